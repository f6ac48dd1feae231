#include "auth/guard.h"
#include "connections/route_groups.h"

namespace connections {
namespace {

using http::Method;
using http::Request;
using http::Response;

std::optional<Subject::Kind> kind_from(const std::string& type) {
  if (type == "users") return Subject::Kind::kUser;
  if (type == "teams") return Subject::Kind::kTeam;
  return std::nullopt;
}

Subject read_subject(jsonapi::Document& document) {
  const auto kind = kind_from(document.required_line("subject-type"));
  if (!kind && document.problems().empty()) document.problem("subject-type", "a subject is of 'users' or 'teams'");
  return {kind.value_or(Subject::Kind::kUser), document.required_line("subject-id")};
}

// {"data": [{"type": "users" or "teams", "id": …}, …]}
std::vector<Subject> read_subjects(jsonapi::Document& document) {
  std::vector<Subject> subjects;
  for (const auto& item : jsonapi::get_array(document.raw(), "data")) {
    const auto kind = kind_from(jsonapi::get_text(item, "type"));
    const auto id = jsonapi::get_text(item, "id");
    if (!kind || id.empty()) {
      document.problem("data", "each member needs a type, 'users' or 'teams', and an id");
      break;
    }
    subjects.push_back({*kind, id});
  }
  if (subjects.empty() && document.problems().empty()) document.problem("data", "name at least one user or team");
  return subjects;
}

Response list_roles(Service& service, const Request& request) {
  HANDLE(const auto roles, request,
         service.roles(auth::principal_of(request), auth::organization_of(request), connection_id(request)));
  std::vector<jsonapi::Resource> resources;
  for (const auto& role : roles) resources.push_back(role_resource(connection_id(request), role));
  return api::list(request, resources);
}

Response set_role(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto subject = read_subject(document);
  const auto role = role_from(document.required_line("role"));
  if (!role && document.problems().empty()) {
    document.problem("role", "a role is 'reader', 'user' or 'administrator'");
  }
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, service.set_role(auth::actor_of(request), auth::organization_of(request),
                                           connection_id(request), subject, *role));
  return api::no_content();
}

Response remove_role(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto subject = read_subject(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, service.remove_role(auth::actor_of(request), auth::organization_of(request),
                                              connection_id(request), subject));
  return api::no_content();
}

Response list_groups(Service& service, const Request& request) {
  std::vector<jsonapi::Resource> resources;
  for (const Group group : {Group::kEndpointCreators, Group::kEndpointAdministrators}) {
    HANDLE(const auto members, request,
           service.group(auth::principal_of(request), auth::organization_of(request), project_id(request), group));
    resources.push_back(group_resource(project_id(request), group, members));
  }
  return api::list(request, resources);
}

Response update_group(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto group = group_from(request.param("group"));
  if (!group) return api::error(request, auth::not_visible());
  const auto has_them = document.boolean("default-members");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  if (has_them.has_value()) {
    RETURN_PROBLEM(request, service.set_default_members(auth::actor_of(request), auth::organization_of(request),
                                                        project_id(request), *group, *has_them));
  }
  HANDLE(const auto members, request,
         service.group(auth::principal_of(request), auth::organization_of(request), project_id(request), *group));
  return api::ok(group_resource(project_id(request), *group, members));
}

Response change_members(Service& service, const Request& request, bool add) {
  HANDLE(auto document, request, api::document(request));
  const auto group = group_from(request.param("group"));
  if (!group) return api::error(request, auth::not_visible());
  const auto subjects = read_subjects(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, service.change_members(auth::actor_of(request), auth::organization_of(request),
                                                 project_id(request), *group, subjects, add));
  return api::no_content();
}

Response add_members(Service& service, const Request& request) { return change_members(service, request, true); }
Response remove_members(Service& service, const Request& request) { return change_members(service, request, false); }

}  // namespace

std::vector<http::Route> role_routes(Service& service) {
  const std::string roles = "/api/v2/service-connections/:service_connection_id/roles";
  const std::string groups = "/api/v2/projects/:project_id/service-connection-groups";
  const std::string members = groups + "/:group/relationships/members";
  return {{Method::kGet, roles, bound(service, list_roles)},
          {Method::kPost, roles, bound(service, set_role)},
          {Method::kDelete, roles, bound(service, remove_role)},
          {Method::kGet, groups, bound(service, list_groups)},
          {Method::kPatch, groups + "/:group", bound(service, update_group)},
          {Method::kPost, members, bound(service, add_members)},
          {Method::kDelete, members, bound(service, remove_members)}};
}

}  // namespace connections
