#include "workspaces/routes.h"

#include "base/strings.h"
#include "workspaces/decode.h"
#include "workspaces/resource.h"
#include "workspaces/route_groups.h"

namespace workspaces {
namespace {

using http::Method;
using http::Request;
using http::Response;
using jsonapi::Resource;

base::Result<std::vector<Resource>> shown(const Routes& routes, const Request& request,
                                          const std::vector<Workspace>& workspaces) {
  return routes.service.database().read([&](storage::Connection& connection) {
    return workspace_resources(connection, routes.service.providers(), auth::principal_of(request), workspaces,
                               api::includes(request));
  });
}

// What ?include= asks for: what stands below workspaces here, the rest by the folders above.
base::Result<std::vector<Resource>> included(const Routes& routes, const Request& request,
                                             const std::vector<Workspace>& workspaces) {
  const auto names = api::includes(request);
  if (names.empty()) return std::vector<Resource>();
  ASSIGN_OR_RETURN(auto out, routes.service.database().read([&](storage::Connection& connection) {
    return included_resources(connection, auth::principal_of(request), workspaces, names);
  }));
  if (!routes.included) return out;
  ASSIGN_OR_RETURN(const auto more, routes.included(request, workspaces, names));
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

Response answer(const Routes& routes, const Request& request, const Workspace& workspace, int status = 200) {
  HANDLE(const auto resources, request, shown(routes, request, {workspace}));
  HANDLE(const auto more, request, included(routes, request, {workspace}));
  auto response = status == 201 ? api::created(resources.front(), more) : api::ok(resources.front(), more);
  response.headers.set("ETag", version_of(workspace));
  return response;
}

constexpr std::size_t kMostTagFilters = 20;

// filter[tagged][N][key] and filter[tagged][N][value]; an empty value asks for any.
std::vector<std::pair<std::string, std::string>> tagged(const Request& request) {
  constexpr std::string_view kStart = "filter[tagged]", kKey = "[key]";
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : request.query) {
    if (!name.starts_with(kStart) || !name.ends_with(kKey) || value.empty()) continue;
    const auto one = name.substr(0, name.size() - kKey.size());
    out.emplace_back(value, request.query_value(one + "[value]").value_or(""));
  }
  return out;
}

std::vector<std::string> tags_in(const Request& request, const std::string& name) {
  std::vector<std::string> out;
  for (const auto& tag : base::split(request.query_value(name).value_or(""), ',')) {
    if (const auto text = base::trim(tag); !text.empty()) out.emplace_back(text);
  }
  return out;
}

base::Result<store::Filter> read_filter(const Request& request) {
  store::Filter filter;
  filter.organization = auth::organization_of(request);
  filter.name_contains = request.query_value("search[name]").value_or("");
  filter.wildcard_name = request.query_value("search[wildcard-name]").value_or("");
  filter.project = request.query_value("filter[project][id]").value_or("");
  filter.run_status = request.query_value("filter[current-run][status]").value_or("");
  filter.tags = tags_in(request, "search[tags]");
  filter.without_tags = tags_in(request, "search[exclude-tags]");
  filter.tagged = tagged(request);
  if (filter.tags.size() + filter.without_tags.size() + filter.tagged.size() > kMostTagFilters) {
    return base::malformed("at most " + std::to_string(kMostTagFilters) + " tags can be asked for at once");
  }
  auto sort = request.query_value("sort").value_or("name");
  filter.descending = sort.starts_with('-');
  if (filter.descending) sort.erase(0, 1);
  if (sort.empty() || sort == "name") return filter;
  if (sort == "current-run.created-at") {
    filter.order = store::Order::kCurrentRun;
  } else if (sort == "latest-change-at") {
    filter.order = store::Order::kLatestChange;
  } else {
    return base::malformed("sort is name, current-run.created-at or latest-change-at, with '-' in front to reverse");
  }
  return filter;
}

Response list_workspaces(const Routes& routes, const Request& request) {
  HANDLE(const auto page, request, api::page(request));
  HANDLE(const auto filter, request, read_filter(request));
  HANDLE(const auto found, request, routes.service.list(filter, page));
  HANDLE(const auto resources, request, shown(routes, request, found.items));
  HANDLE(const auto more, request, included(routes, request, found.items));
  return api::list(request, resources, page, found.total, more);
}

Response create_workspace(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto write = read_write(document);
  document.required_text("name");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto made, request,
         routes.service.create(auth::actor_of(request), auth::organization_of(request), write));
  return answer(routes, request, made, 201);
}

Response show_workspace(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  return answer(routes, request, workspace);
}

Response update_workspace(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(auto document, request, api::document(request));
  auto write = read_write(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const std::string expected(request.headers.get_or("If-Match"));
  if (!expected.empty() && expected != "*") write.expected_version = expected;
  HANDLE(const auto changed, request, routes.service.update(auth::actor_of(request), workspace.id, write));
  return answer(routes, request, changed);
}

Response delete_workspace(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  RETURN_PROBLEM(request, routes.service.remove(auth::actor_of(request), workspace.id));
  return api::no_content();
}

Response safe_delete_workspace(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  RETURN_PROBLEM(request, routes.service.safe_remove(auth::actor_of(request), workspace.id));
  return api::no_content();
}

Response lock_workspace(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(auto document, request, api::document(request, jsonapi::Document::Body::kMayBeEmpty));
  const auto reason = document.text("reason", 4'096);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto locked, request,
         routes.service.lock(auth::actor_of(request), workspace.id, reason.value.value_or("")));
  return answer(routes, request, locked);
}

Response unlock_workspace(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(const auto unlocked, request, routes.service.unlock(auth::actor_of(request), workspace.id));
  return answer(routes, request, unlocked);
}

Response force_unlock_workspace(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(const auto unlocked, request, routes.service.force_unlock(auth::actor_of(request), workspace.id));
  return answer(routes, request, unlocked);
}

// {"data":{"type":"workspaces","attributes":{"id":…}}}, {"data":{"type":"ssh-keys","id":…}} or {"data":null}.
base::Result<std::string> key_of_body(const Request& request) {
  ASSIGN_OR_RETURN(const auto body, jsonapi::parse(request.body));
  const auto* data = jsonapi::find(body, "data");
  if (body.is_object() && body.contains("data") && (data == nullptr || data->is_null())) return std::string();
  if (data == nullptr || !data->is_object()) return base::invalid("the body names an SSH key, or null", "/data");
  const auto type = jsonapi::get_text(*data, "type");
  const auto* id = jsonapi::find(*data, type == "ssh-keys" ? "id" : "attributes.id");
  if (id == nullptr || id->is_null()) return std::string();
  if (!id->is_string()) return base::invalid("the id of an SSH key is text", "/data");
  return id->get<std::string>();
}

Response assign_key(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(const auto key, request, key_of_body(request));
  HANDLE(const auto changed, request, routes.service.assign_ssh_key(auth::actor_of(request), workspace.id, key));
  return answer(routes, request, changed);
}

// No state is kept here, so nobody reads another's; clients ask all the same.
Response list_state_consumers(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(const auto page, request, api::page(request));
  return api::list(request, {}, page, 0);
}

Response move_workspaces(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto ids = document.identifiers("workspaces");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, routes.service.move_to_project(auth::actor_of(request),
                                                         auth::ProjectId(request.param("project_id")), ids));
  return api::no_content();
}

void add_forms(http::Router& router, const Routes& routes, const std::string& one) {
  add_route(router, routes, Method::kGet, one, show_workspace);
  add_route(router, routes, Method::kPatch, one, update_workspace);
  add_route(router, routes, Method::kDelete, one, delete_workspace);
  add_route(router, routes, Method::kPost, one + "/actions/safe-delete", safe_delete_workspace);
}

}  // namespace

base::Result<Workspace> workspace_of(const Routes& routes, const Request& request) {
  if (const auto id = request.params.find("workspace_id"); id != request.params.end()) {
    return routes.service.find(WorkspaceId(id->second));
  }
  return routes.service.find(auth::organization_of(request), request.param("workspace_name"));
}

void add_routes(http::Router& router, auth::Guard& guard, const Routes& routes) {
  guard.register_owner(
      "workspace_id",
      [](storage::Connection& connection, const std::string& id) -> base::Result<std::optional<auth::OrganizationId>> {
        ASSIGN_OR_RETURN(const auto row, connection.find("SELECT organization_id FROM workspaces WHERE id = $1", {id}));
        return row ? std::optional(row->id<auth::OrganizationId>(0)) : std::nullopt;
      });
  const std::string all = "/api/v2/organizations/:organization/workspaces";
  const std::string one = "/api/v2/workspaces/:workspace_id";
  add_route(router, routes, Method::kGet, all, list_workspaces);
  add_route(router, routes, Method::kPost, all, create_workspace);
  add_forms(router, routes, all + "/:workspace_name");
  add_forms(router, routes, one);
  add_route(router, routes, Method::kPost, one + "/actions/lock", lock_workspace);
  add_route(router, routes, Method::kPost, one + "/actions/unlock", unlock_workspace);
  add_route(router, routes, Method::kPost, one + "/actions/force-unlock", force_unlock_workspace);
  add_route(router, routes, Method::kPatch, one + "/relationships/ssh-key", assign_key);
  add_route(router, routes, Method::kGet, one + "/relationships/remote-state-consumers", list_state_consumers);
  add_route(router, routes, Method::kPost, "/api/v2/projects/:project_id/relationships/workspaces", move_workspaces);
  add_variable_routes(router, routes);
  add_tag_routes(router, guard, routes);
  add_decision_routes(router, routes);
}

}  // namespace workspaces
