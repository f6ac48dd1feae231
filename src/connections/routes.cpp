#include "connections/routes.h"

#include "connections/route_groups.h"

namespace connections {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t kBodyLimit = std::size_t{4} << 20U;  // several certificates, a kubeconfig

std::optional<std::map<std::string, std::string>> read_tags(jsonapi::Document& document) {
  const auto tags = document.object("tags");
  if (!tags.present) return std::nullopt;
  std::map<std::string, std::string> result;
  if (!tags.has_value()) return result;
  for (const auto& [name, value] : tags->items()) {
    if (!value.is_string() || name.empty() || name.size() > 255 || value.get_ref<const std::string&>().size() > 1024) {
      document.problem("tags", "tags are texts by name, a name of at most 255 bytes and a text of at most 1024");
      break;
    }
    result[name] = value.get<std::string>();
  }
  return result;
}

base::Result<jsonapi::Resource> shown(Service& service, const Seen& seen) {
  ASSIGN_OR_RETURN(const auto name, service.organization_name(seen.connection.organization));
  return connection_resource(seen, name);
}

base::Result<store::Filter> filter_of(const Request& request) {
  store::Filter filter;
  for (const char* name : {"filter[type]", "filter[connection-type]"}) {
    for (auto& type : api::filter(request, name)) filter.types.push_back(std::move(type));
  }
  if (filter.types.size() > 100) return base::malformed("filter[type] takes at most 100 types");
  filter.scheme = request.query_value("filter[scheme]").value_or("");
  filter.project = request.query_value("filter[project][id]").value_or("");
  filter.result = request.query_value("filter[verification]").value_or("");
  filter.search = request.query_value("search[name]").value_or(request.query_value("q").value_or(""));
  return filter;
}

Response list_of(Service& service, const Request& request, const std::string& project) {
  HANDLE(const auto page, request, api::page(request));
  HANDLE(auto filter, request, filter_of(request));
  if (!project.empty()) filter.project = project;
  const auto& organization = auth::organization_of(request);
  HANDLE(const auto found, request, service.list(auth::principal_of(request), organization, filter, page));
  HANDLE(const auto name, request, service.organization_name(organization));
  std::vector<jsonapi::Resource> resources;
  for (const auto& seen : found.items) resources.push_back(connection_resource(seen, name));
  return api::list(request, resources, page, found.total);
}

Response list_in_project(Service& service, const Request& request) {
  return list_of(service, request, request.param("project_id"));
}
Response list_in_organization(Service& service, const Request& request) { return list_of(service, request, ""); }

Response create(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  Problems problems;
  const auto wanted = read_new(document, problems);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const auto made =
      service.create(auth::actor_of(request), auth::organization_of(request), project_id(request), wanted, problems);
  if (!made) return refuse(request, made.error(), problems);
  HANDLE(const auto resource, request, shown(service, *made));
  return api::created(resource);
}

Response show(Service& service, const Request& request) {
  HANDLE(const auto seen, request,
         service.find(auth::principal_of(request), auth::organization_of(request), connection_id(request)));
  HANDLE(const auto resource, request, shown(service, seen));
  return api::ok(resource);
}

Response update(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  Problems problems;
  const auto change = read_change(document, problems);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const auto changed =
      service.update(auth::actor_of(request), auth::organization_of(request), connection_id(request), change, problems);
  if (!changed) return refuse(request, changed.error(), problems);
  HANDLE(const auto resource, request, shown(service, *changed));
  return api::ok(resource);
}

Response remove(Service& service, const Request& request) {
  const bool force = request.query_value("force").value_or("") == "true";
  HANDLE(const auto left, request,
         service.remove(auth::actor_of(request), auth::organization_of(request), connection_id(request), force));
  if (left.empty()) return api::no_content();
  return api::json(200, jsonapi::dump(jsonapi::Json{{"meta", {{"left-at-the-service", left}}}}));
}

Response list_uses(Service& service, const Request& request) {
  HANDLE(const auto uses, request,
         service.uses(auth::principal_of(request), auth::organization_of(request), connection_id(request)));
  std::vector<jsonapi::Resource> resources;
  for (const auto& use : uses) resources.push_back(use_resource(use));
  return api::list(request, resources);
}

Response share(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto projects = document.identifiers("projects");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, service.share(auth::actor_of(request), auth::organization_of(request), connection_id(request),
                                        projects));
  return api::no_content();
}

Response unshare(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto projects = document.identifiers("projects");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, service.unshare(auth::actor_of(request), auth::organization_of(request),
                                          connection_id(request), projects));
  return api::no_content();
}

auth::OwnerLookup owner_of_connection() {
  return
      [](storage::Connection& connection, const std::string& id) -> base::Result<std::optional<auth::OrganizationId>> {
        ASSIGN_OR_RETURN(const auto row,
                         connection.find("SELECT organization_id FROM service_connections WHERE id = $1", {id}));
        return row ? std::optional(row->id<auth::OrganizationId>(0)) : std::nullopt;
      };
}

}  // namespace

catalogue::Given read_given(jsonapi::Document& document, Problems& problems) {
  catalogue::Given given;
  const auto parameters = document.object("parameters");
  if (parameters.has_value()) {
    std::vector<catalogue::Problem> found;
    given = catalogue::given_from_json(*parameters, "/data/attributes/parameters", found);
    const auto errors = catalogue::as_errors(found);
    problems.insert(problems.end(), errors.begin(), errors.end());
  }
  given.url_encoded = document.boolean("url-encoded").value.value_or(false);
  return given;
}

NewConnection read_new(jsonapi::Document& document, Problems& problems) {
  NewConnection wanted;
  wanted.name = document.required_line("name");
  wanted.type = document.required_line("connection-type");
  wanted.scheme = document.line("scheme").value.value_or("");
  wanted.description = document.text("description", 10'000).value.value_or("");
  wanted.owner = document.line("owner").value;
  wanted.tags = read_tags(document).value_or(std::map<std::string, std::string>());
  wanted.allow_all = document.boolean("allow-all-workspaces").value.value_or(false);
  wanted.inherits_roles = document.boolean("inherits-roles").value.value_or(true);
  wanted.verify = document.boolean("verify").value.value_or(true);
  wanted.given = read_given(document, problems);
  wanted.signed_in = read_signed_in(document);
  return wanted;
}

Change read_change(jsonapi::Document& document, Problems& problems) {
  Change change;
  const auto name = document.line("name");
  if (name.present) change.name = name.value.value_or("");
  change.type = document.line("connection-type").value;
  change.scheme = document.line("scheme").value;
  const auto description = document.text("description", 10'000);
  if (description.present) change.description = description.value.value_or("");
  const auto owner = document.line("owner");
  if (owner.present) change.owner = owner.value.value_or("");
  change.tags = read_tags(document);
  change.allow_all = document.boolean("allow-all-workspaces").value;
  change.inherits_roles = document.boolean("inherits-roles").value;
  change.verify = document.boolean("verify").value.value_or(true);
  change.given = read_given(document, problems);
  change.signed_in = read_signed_in(document);
  return change;
}

std::vector<http::Route> record_routes(Service& service) {
  const std::string in_project = "/api/v2/projects/:project_id/service-connections";
  const std::string one = "/api/v2/service-connections/:service_connection_id";
  const std::string shared = one + "/relationships/shared-projects";
  const auto big = [&](Method method, const std::string& pattern, HandlerOf handler) {
    return http::Route{method, pattern, bound(service, handler), http::Lane::kApi, kBodyLimit};
  };
  return {
      {Method::kGet, in_project, bound(service, list_in_project)},
      big(Method::kPost, in_project, create),
      {Method::kGet, "/api/v2/organizations/:organization/service-connections", bound(service, list_in_organization)},
      {Method::kGet, one, bound(service, show)},
      big(Method::kPatch, one, update),
      {Method::kDelete, one, bound(service, remove)},
      {Method::kGet, one + "/uses", bound(service, list_uses)},
      {Method::kPost, shared, bound(service, share)},
      {Method::kDelete, shared, bound(service, unshare)}};
}

void add_routes(http::Router& router, auth::Guard& guard, Service& service) {
  guard.register_owner("service_connection_id", owner_of_connection());
  for (const auto& group :
       {record_routes, verification_routes, option_routes, role_routes, use_routes, type_routes, sign_in_routes}) {
    router.add(group(service));
  }
}

}  // namespace connections
