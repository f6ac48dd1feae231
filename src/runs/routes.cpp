#include "runs/routes.h"

#include <algorithm>
#include <utility>

#include "api/api.h"
#include "api/exact_count.h"
#include "base/strings.h"
#include "connections/service.h"
#include "jsonapi/document.h"
#include "jsonapi/json.h"
#include "runs/resource.h"
#include "runs/resources.h"
#include "runs/route_groups.h"
#include "runs/store.h"
#include "workspaces/store.h"

namespace runs {
namespace {

using http::Method;
using http::Request;
using http::Response;

// The owner of a thing, by its own row.
auth::OwnerLookup owner_by(std::string_view sql) {
  return [sql](storage::Connection& connection,
               const std::string& id) -> base::Result<std::optional<auth::OrganizationId>> {
    ASSIGN_OR_RETURN(const auto row, connection.find(sql, {id}));
    return row ? std::optional(row->id<auth::OrganizationId>(0)) : std::optional<auth::OrganizationId>();
  };
}

Resources resources_on(const Routes& routes, storage::Connection& connection, const Request& request) {
  return Resources({connection, routes.service.providers(), auth::principal_of(request),
                    [&routes](const std::string& phase) { return routes.public_url + routes.service.log_path(phase); },
                    base::system_clock().now()});
}

struct Shown {
  std::vector<jsonapi::Resource> resources, included;
};
base::Result<Shown> shown(const Routes& routes, const Request& request, const std::vector<Run>& runs) {
  return routes.database.read([&](storage::Connection& connection) -> base::Result<Shown> {
    auto resources = resources_on(routes, connection, request);
    Shown out;
    ASSIGN_OR_RETURN(out.resources, resources.of(runs));
    RETURN_IF_ERROR(resources.include(runs, api::includes(request)));
    out.included = resources.included();
    return out;
  });
}

jsonapi::Resource shown(const Routes& routes, const Phase& phase) {
  return phase_resource(phase, routes.public_url + routes.service.log_path(phase.id));
}

base::Result<Run> find_run(const Routes& routes, const std::string& id) {
  ASSIGN_OR_RETURN(
      auto run, routes.database.read([&](storage::Connection& connection) { return store::find_run(connection, id); }));
  if (!run) return auth::not_visible();
  return *std::move(run);
}

Response show_run(const Routes& routes, const Request& request) {
  HANDLE(const auto run, request, find_run(routes, request.param("run_id")));
  HANDLE(const auto answer, request, shown(routes, request, {run}));
  return api::ok(answer.resources.front(), answer.included);
}

// Each as the page and the command line need it to offer "Authorize": what is named, and whether the run may have it.
Response list_service_connections(const Routes& routes, const Request& request) {
  HANDLE(const auto run, request, find_run(routes, request.param("run_id")));
  HANDLE(const auto named, request, routes.service.connections_of(run));
  jsonapi::Json data = jsonapi::Json::array();
  for (const auto& one : named) {
    data.push_back({{"type", "service-connections"},
                    {"id", one.id.str()},
                    {"meta", {{"name", one.name}, {"authorized", one.authorized}, {"workspace", run.workspace}}}});
  }
  return api::json(200, jsonapi::dump({{"data", data}, {"links", {{"self", request.path}}}}));
}

std::vector<RunVariable> variables_of(jsonapi::Document& document) {
  std::vector<RunVariable> variables;
  const auto* list = jsonapi::find(document.raw(), "data.attributes.variables");
  if (list == nullptr || !list->is_array()) return variables;
  for (const auto& item : *list) {
    RunVariable variable{jsonapi::get_text(item, "key"), jsonapi::get_text(item, "value")};
    const bool usable = !variable.key.empty() && variable.key.size() <= 255 &&
                        variable.key.find_first_of(std::string_view("=\0\n", 3)) == std::string::npos &&
                        variable.value.find('\0') == std::string::npos;
    if (!usable) {
      document.problem("variables", "each variable needs a key without '=' or line breaks, and a value");
      break;
    }
    variables.push_back(std::move(variable));
  }
  return variables;
}

NewRun read_new_run(jsonapi::Document& document) {
  NewRun run;
  run.workspace = document.related("workspace", "workspaces").value.value_or("");
  run.configuration_version = document.related("configuration-version", "configuration-versions").value.value_or("");
  run.message = document.text("message", 10'000).value.value_or("");
  run.plan_only = document.boolean("plan-only").value.value_or(false);
  run.is_destroy = document.boolean("is-destroy").value.value_or(false);
  run.refresh = document.boolean("refresh").value.value_or(true);
  run.refresh_only = document.boolean("refresh-only").value.value_or(false);
  run.allow_empty_apply = document.boolean("allow-empty-apply").value.value_or(false);
  run.auto_apply = document.boolean("auto-apply").value;
  run.target_addresses = document.texts("target-addrs", 100).value.value_or(std::vector<std::string>());
  run.replace_addresses = document.texts("replace-addrs", 100).value.value_or(std::vector<std::string>());
  run.variables = variables_of(document);
  run.service_connections = document.texts("service-connections", 100).value.value_or(std::vector<std::string>());
  return run;
}

Response create_run(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const NewRun wanted = read_new_run(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto owner, request, routes.database.read([&](storage::Connection& connection) {
    return owner_by("SELECT organization_id FROM workspaces WHERE id = $1")(connection, wanted.workspace);
  }));
  if (!owner) return api::error(request, auth::not_visible());
  const auto& who = auth::principal_of(request);
  RETURN_PROBLEM(request, routes.guard.require(who, auth::Action::kQueueRuns, *owner));
  // Who may not apply may not have it applied by itself either.
  HANDLE(const bool may_apply, request, routes.guard.allowed(who, auth::Action::kApplyRuns, *owner));
  if (wanted.auto_apply.value_or(false) && !may_apply) return api::error(request, auth::not_visible());
  HANDLE(const auto run, request, routes.service.create_run(who, wanted));
  HANDLE(const auto answer, request, shown(routes, request, {run}));
  return api::created(answer.resources.front(), answer.included);
}

store::RunFilter filter_of(const Request& request) {
  store::RunFilter filter;
  filter.statuses = api::filter(request, "filter[status]");
  filter.sources = api::filter(request, "filter[source]");
  for (const auto& group : api::filter(request, "filter[status_group]")) {
    for (const Status status : statuses()) {
      const bool in = (group == "final" && is_final(status)) || (group == "non_final" && !is_final(status)) ||
                      (group == "discardable" && is_discardable(status));
      if (in) filter.statuses.emplace_back(status_name(status));
    }
  }
  const auto operations = api::filter(request, "filter[operation]");
  bool plan_only = false;
  bool others = operations.empty();
  for (const auto& operation : operations) (operation == "plan_only" ? plan_only : others) = true;
  if (plan_only != others) filter.plan_only = plan_only;
  filter.user = request.query_value("search[user]").value_or("");
  filter.commit = request.query_value("search[commit]").value_or("");
  filter.text = request.query_value("search[basic]").value_or("");
  return filter;
}

Response list(const Routes& routes, const Request& request, store::RunFilter filter) {
  HANDLE(const auto page, request, api::page(request));
  HANDLE(filter.counted, request, api::exact_count(request));
  HANDLE(const auto runs, request, routes.database.read([&](storage::Connection& connection) {
    return store::list_runs(connection, filter, page);
  }));
  HANDLE(const auto answer, request, shown(routes, request, runs.items));
  return api::list(request, answer.resources, page, runs.total, answer.included);
}

Response list_of_workspace(const Routes& routes, const Request& request) {
  auto filter = filter_of(request);
  filter.workspace = request.param("workspace_id");
  return list(routes, request, std::move(filter));
}

// Their ids. A name that the organization does not have is no id either: it must not reach another's runs.
base::Result<std::vector<std::string>> workspaces_named(const Routes& routes, const Request& request) {
  auto names = api::filter(request, "filter[workspace_names]");
  if (names.empty()) return names;
  return routes.database.read([&](storage::Connection& connection) -> base::Result<std::vector<std::string>> {
    for (auto& name : names) {
      ASSIGN_OR_RETURN(const auto found,
                       workspaces::store::find_by_name(connection, auth::organization_of(request), name));
      name = found ? found->id.str() : "none";
    }
    return names;
  });
}

Response list_of_organization(const Routes& routes, const Request& request) {
  auto filter = filter_of(request);
  filter.organization = auth::organization_of(request);
  HANDLE(filter.among, request, workspaces_named(routes, request));
  if (filter.among.size() == 1) filter.workspace = filter.among.front();
  return list(routes, request, std::move(filter));
}

Response list_queue(const Routes& routes, const Request& request) {
  store::RunFilter filter;
  filter.organization = auth::organization_of(request);
  filter.unfinished_only = true;
  filter.oldest_first = true;
  return list(routes, request, std::move(filter));
}

Response show_capacity(const Routes& routes, const Request& request) {
  HANDLE(const auto capacity, request, routes.database.read([&](storage::Connection& connection) {
    return store::capacity(connection, auth::organization_of(request));
  }));
  jsonapi::Resource out{"organization-capacity", request.param("organization")};
  out.attributes = {{"pending", capacity.pending}, {"running", capacity.running}};
  return api::ok(out);
}

using Act = base::Status (Service::*)(const auth::Principal&, const RunId&, const std::string&);

Response act(const Routes& routes, const Request& request, Act action) {
  HANDLE(auto document, request, api::document(request, jsonapi::Document::Body::kMayBeEmpty));
  const std::string comment = document.text("comment", 10'000).value.value_or("");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request,
                 (routes.service.*action)(auth::principal_of(request), RunId(request.param("run_id")), comment));
  return api::accepted();
}

base::Result<Shown> shown(const Routes& routes, const Request& request, storage::Connection& connection,
                          const std::vector<RunEvent>& events) {
  Shown out;
  for (const auto& event : events) out.resources.push_back(event_resource(event));
  auto resources = resources_on(routes, connection, request);
  RETURN_IF_ERROR(resources.include(events, api::includes(request)));
  out.included = resources.included();
  return out;
}

Response list_events(const Routes& routes, const Request& request) {
  HANDLE(const auto answer, request, routes.database.read([&](storage::Connection& connection) -> base::Result<Shown> {
    ASSIGN_OR_RETURN(const auto events, store::list_events(connection, RunId(request.param("run_id"))));
    return shown(routes, request, connection, events);
  }));
  return api::list(request, answer.resources, answer.included);
}

Response show_event(const Routes& routes, const Request& request) {
  HANDLE(const auto answer, request, routes.database.read([&](storage::Connection& connection) -> base::Result<Shown> {
    ASSIGN_OR_RETURN(const auto event, store::find_event(connection, request.param("run_event_id")));
    if (!event) return auth::not_visible();
    return shown(routes, request, connection, {*event});
  }));
  return api::ok(answer.resources.front(), answer.included);
}

Response list_comments(const Routes& routes, const Request& request) {
  HANDLE(const auto comments, request, routes.database.read([&](storage::Connection& connection) {
    return store::list_comments(connection, RunId(request.param("run_id")));
  }));
  std::vector<jsonapi::Resource> resources;
  for (const auto& comment : comments) resources.push_back(comment_resource(comment));
  return api::list(request, resources);
}

Response create_comment(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const std::string body = document.required_text("body", 10'000);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto comment, request,
         routes.service.comment(auth::principal_of(request), RunId(request.param("run_id")), body));
  return api::created(comment_resource(comment));
}

Response show_comment(const Routes& routes, const Request& request) {
  HANDLE(const auto comment, request, routes.database.read([&](storage::Connection& connection) {
    return store::find_comment(connection, request.param("comment_id"));
  }));
  return comment ? api::ok(comment_resource(*comment)) : api::error(request, auth::not_visible());
}

Response show_phase(const Routes& routes, const Request& request, const std::string& id) {
  HANDLE(const auto phase, request,
         routes.database.read([&](storage::Connection& connection) { return store::find_phase(connection, id); }));
  return phase ? api::ok(shown(routes, *phase)) : api::error(request, auth::not_visible());
}

Response show_phase_of_run(const Routes& routes, const Request& request, bool plan) {
  HANDLE(const auto run, request, find_run(routes, request.param("run_id")));
  return show_phase(routes, request, plan ? run.plan_id : run.apply_id);
}

// What a run made or was given is somebody else's text: no browser is to take it for a page of this server.
void make_download(Response& response, const std::string& name) {
  response.headers.set("Content-Disposition", "attachment; filename=\"" + name + "\"");
  response.headers.set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'");
  response.headers.set("Cache-Control", "no-store");
}

Response read_log(const Routes& routes, const Request& request) {
  const auto number = [&](const char* name, std::int64_t otherwise) {
    const auto value = base::to_integer(request.query_value(name).value_or(""));
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value.value_or(otherwise)));
  };
  HANDLE(const auto text, request,
         routes.service.read_log(request.param("log_secret"), number("offset", 0), number("limit", 65'536)));
  auto response = api::plain(200, text);
  make_download(response, "log.txt");
  return response;
}

base::Result<std::string> configuration_id(const Routes& routes, const Request& request) {
  if (!request.params.contains("run_id")) return request.param("configuration_version_id");
  ASSIGN_OR_RETURN(const auto run, find_run(routes, request.param("run_id")));
  return run.configuration_version.str();
}

base::Result<ConfigurationVersion> find_configuration(const Routes& routes, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, configuration_id(routes, request));
  ASSIGN_OR_RETURN(auto version, routes.database.read([&](storage::Connection& connection) {
    return store::find_configuration(connection, id);
  }));
  if (!version) return auth::not_visible();
  return *std::move(version);
}

base::Result<std::optional<Ingress>> ingress_of(const Routes& routes, const ConfigurationVersion& version) {
  return routes.database.read(
      [&](storage::Connection& connection) { return store::find_ingress(connection, version.ingress); });
}

base::Result<std::vector<jsonapi::Resource>> ingresses_of(const Routes& routes, const Request& request,
                                                          const std::vector<ConfigurationVersion>& versions) {
  using Found = base::Result<std::vector<jsonapi::Resource>>;
  return routes.database.read([&](storage::Connection& connection) -> Found {
    auto resources = resources_on(routes, connection, request);
    RETURN_IF_ERROR(resources.include_ingresses(versions));
    return resources.included();
  });
}

Response show_configuration(const Routes& routes, const Request& request) {
  HANDLE(const auto version, request, find_configuration(routes, request));
  std::vector<jsonapi::Resource> included;
  if (api::includes(request).contains("ingress_attributes")) {
    HANDLE(included, request, ingresses_of(routes, request, {version}));
  }
  return api::ok(configuration_resource(version), included);
}

Response show_ingress(const Routes& routes, const Request& request) {
  HANDLE(const auto version, request, find_configuration(routes, request));
  HANDLE(const auto ingress, request, ingress_of(routes, version));
  return ingress ? api::ok(ingress_resource(*ingress, version)) : api::error(request, auth::not_visible());
}

Response list_configurations(const Routes& routes, const Request& request) {
  HANDLE(const auto page, request, api::page(request));
  HANDLE(const auto versions, request, routes.database.read([&](storage::Connection& connection) {
    return store::list_configurations(connection, request.param("workspace_id"), page);
  }));
  std::vector<jsonapi::Resource> resources;
  for (const auto& version : versions.items) resources.push_back(configuration_resource(version));
  std::vector<jsonapi::Resource> included;
  if (api::includes(request).contains("ingress_attributes")) {
    HANDLE(included, request, ingresses_of(routes, request, versions.items));
  }
  return api::list(request, resources, page, versions.total, included);
}

Response download(const Routes& routes, const Request& request) {
  HANDLE(const auto version, request, find_configuration(routes, request));
  HANDLE(const auto path, request, routes.service.archive_of(version));
  Response response;
  response.headers.set("Content-Type", "application/gzip");
  make_download(response, "configuration.tar.gz");
  response.file = path.string();
  return response;
}

void register_owners(auth::Guard& guard) {
  guard.register_owner("run_id", owner_by("SELECT organization_id FROM runs WHERE id = $1"));
  guard.register_owner("configuration_version_id",
                       owner_by("SELECT organization_id FROM configuration_versions WHERE id = $1"));
  constexpr const char* kOfPhase =
      "SELECT r.organization_id FROM run_phases p JOIN runs r ON r.id = p.run_id WHERE p.id = $1";
  guard.register_owner("plan_id", owner_by(kOfPhase));
  guard.register_owner("apply_id", owner_by(kOfPhase));
  guard.register_owner(
      "run_event_id",
      owner_by("SELECT r.organization_id FROM run_events e JOIN runs r ON r.id = e.run_id WHERE e.id = $1"));
  guard.register_owner(
      "comment_id",
      owner_by("SELECT r.organization_id FROM run_comments c JOIN runs r ON r.id = c.run_id WHERE c.id = $1"));
}

}  // namespace

void add_routes(http::Router& router, const Routes& routes) {
  register_owners(routes.guard);
  const auto add = [&](Method method, const char* pattern, auto function) {
    router.add({method, pattern, [routes, function](const Request& request) { return function(routes, request); }});
  };
  const auto add_action = [&](const char* pattern, Act action) {
    add(Method::kPost, pattern,
        [action](const Routes& all, const Request& request) { return act(all, request, action); });
  };
  add(Method::kGet, "/api/v2/logs/:log_secret", read_log);
  add(Method::kGet, "/api/v2/workspaces/:workspace_id/configuration-versions", list_configurations);
  add(Method::kGet, "/api/v2/configuration-versions/:configuration_version_id", show_configuration);
  add(Method::kGet, "/api/v2/configuration-versions/:configuration_version_id/ingress-attributes", show_ingress);
  add(Method::kGet, "/api/v2/configuration-versions/:configuration_version_id/download", download);
  add(Method::kPost, "/api/v2/runs", create_run);
  add(Method::kGet, "/api/v2/runs/:run_id", show_run);
  add(Method::kGet, "/api/v2/workspaces/:workspace_id/runs", list_of_workspace);
  add(Method::kGet, "/api/v2/organizations/:organization/runs", list_of_organization);
  add(Method::kGet, "/api/v2/organizations/:organization/runs/queue", list_queue);
  add(Method::kGet, "/api/v2/organizations/:organization/capacity", show_capacity);
  add_action("/api/v2/runs/:run_id/actions/apply", &Service::confirm);
  add_action("/api/v2/runs/:run_id/actions/discard", &Service::discard);
  add_action("/api/v2/runs/:run_id/actions/cancel", &Service::cancel);
  add_action("/api/v2/runs/:run_id/actions/force-cancel", &Service::force_cancel);
  add(Method::kGet, "/api/v2/runs/:run_id/relationships/service-connections", list_service_connections);
  add(Method::kGet, "/api/v2/runs/:run_id/configuration-version", show_configuration);
  add(Method::kGet, "/api/v2/runs/:run_id/configuration-version/download", download);
  add(Method::kGet, "/api/v2/runs/:run_id/run-events", list_events);
  add(Method::kGet, "/api/v2/run-events/:run_event_id", show_event);
  add(Method::kGet, "/api/v2/runs/:run_id/comments", list_comments);
  add(Method::kPost, "/api/v2/runs/:run_id/comments", create_comment);
  add(Method::kGet, "/api/v2/comments/:comment_id", show_comment);
  add(Method::kGet, "/api/v2/runs/:run_id/plan",
      [](const Routes& all, const Request& request) { return show_phase_of_run(all, request, true); });
  add(Method::kGet, "/api/v2/runs/:run_id/apply",
      [](const Routes& all, const Request& request) { return show_phase_of_run(all, request, false); });
  add(Method::kGet, "/api/v2/plans/:plan_id",
      [](const Routes& all, const Request& request) { return show_phase(all, request, request.param("plan_id")); });
  add(Method::kGet, "/api/v2/applies/:apply_id",
      [](const Routes& all, const Request& request) { return show_phase(all, request, request.param("apply_id")); });
  add_preview_routes(router, routes);
}

base::Result<std::vector<jsonapi::Resource>> included_of_workspaces(
    const Routes& routes, const Request& request, const std::vector<workspaces::Workspace>& workspaces,
    const std::set<std::string>& names) {
  using Found = base::Result<std::vector<jsonapi::Resource>>;
  return routes.database.read([&](storage::Connection& connection) -> Found {
    auto resources = resources_on(routes, connection, request);
    RETURN_IF_ERROR(resources.include(workspaces, names));
    return resources.included();
  });
}

}  // namespace runs
