#include <utility>

#include "api/precondition.h"
#include "auth/access.h"
#include "auth/resource.h"
#include "auth/route_parts.h"

namespace auth {
namespace {

using jsonapi::Json;
using jsonapi::Resource;

struct Shown {
  Project project;
  std::string organization;
  std::string execution_mode;  // its own or the organization's
  std::int64_t workspaces = 0;
  Rights rights;
};

base::Result<Shown> shown(storage::Connection& connection, const Principal& reader, const Project& project,
                          std::int64_t workspaces) {
  Shown result{.project = project};
  ASSIGN_OR_RETURN(const auto organization, find_organization(connection, project.organization));
  if (!organization) return not_visible();
  result.organization = organization->name;
  result.execution_mode = project.default_execution_mode.value_or(organization->default_execution_mode);
  result.workspaces = workspaces;
  ASSIGN_OR_RETURN(result.rights, rights_in(connection, reader, project.organization));
  return result;
}

base::Result<Shown> shown(Service& service, storage::Connection& connection, const http::Request& request,
                          const Project& project) {
  ASSIGN_OR_RETURN(const auto workspaces, service.count_workspaces(connection, project.id));
  return shown(connection, principal_of(request), project, workspaces);
}

Resource to_resource(const Shown& shown) {
  const Project& project = shown.project;
  const bool manages = can(shown.rights, Action::kManageProjects);
  const auto& duration = project.auto_destroy_activity_duration;
  Resource resource{.type = "projects", .id = project.id.str()};
  resource.attributes = {
      {"name", project.name},
      {"description", project.description},
      {"created-at", base::format_time(project.created_at)},
      {"is-default", project.is_default},
      {"is-unified", false},
      {"workspace-count", shown.workspaces},
      {"team-count", 0},
      {"auto-destroy-activity-duration", duration ? Json(*duration) : Json()},
      {"default-execution-mode", shown.execution_mode},
      {"setting-overwrites",
       {{"default-execution-mode", project.default_execution_mode.has_value()}, {"default-agent-pool", false}}},
      {"permissions",
       {{"can-read", can(shown.rights, Action::kReadProjects)},
        {"can-update", manages},
        {"can-destroy", manages && !project.is_default},
        {"can-create-workspace", can(shown.rights, Action::kManageWorkspaces)},
        {"can-move-workspace", manages},
        {"can-manage-tags", manages}}}};
  resource.to_one("organization", "organizations", shown.organization, "/api/v2/organizations/" + shown.organization)
      .to_one("default-agent-pool", "agent-pools", "");
  resource.links = {{"self", "/api/v2/projects/" + project.id.str()}};
  return resource;
}

std::string tag_of(const Project& project) {
  const auto or_null = [](const auto& text) { return text ? Json(*text) : Json(); };
  return api::entity_tag({project.name, project.description, or_null(project.auto_destroy_activity_duration),
                          or_null(project.default_execution_mode)});
}

http::Response answer(Service& service, const http::Request& request, int status, const Project& project) {
  HANDLE(const Shown one, request,
         service.read([&](storage::Connection& connection) { return shown(service, connection, request, project); }));
  return api::with_entity_tag(status == 201 ? api::created(to_resource(one)) : api::ok(to_resource(one)),
                              tag_of(project));
}

Changes<Project> changes_of(jsonapi::Document& document) {
  Changes<Project> changes;
  changes.set(document, "name", name_member(document, "name", " -_", 40), &Project::name);
  auto description = document.text("description", 4096);
  if (description.present && !description.has_value()) description.value = std::string();
  changes.set(document, "description", description, &Project::description);
  auto duration = name_member(document, "auto-destroy-activity-duration", "", 20);
  changes.set_or_clear(duration, &Project::auto_destroy_activity_duration);
  changes.set_or_clear(execution_mode_member(document, "default-execution-mode"), &Project::default_execution_mode);
  auto overwrites = document.nested("setting-overwrites");
  if (overwrites.has_value()) {
    const auto overwrites_mode = overwrites.value->boolean("default-execution-mode");
    if (overwrites_mode.has_value() && !*overwrites_mode) {
      changes.add([](Project& project) { project.default_execution_mode.reset(); });
    }
  }
  return changes;
}

http::Response list(Service& service, const http::Request& request) {
  HANDLE(const auto page, request, api::page(request));
  const ProjectFilter filter{.names = api::filter(request, "filter[names]"),
                             .name_contains = request.query_value("q").value_or("")};
  std::int64_t total = 0;
  HANDLE(const auto all, request,
         service.read([&](storage::Connection& connection) -> base::Result<std::vector<Resource>> {
           ASSIGN_OR_RETURN(const auto found, list_projects(connection, organization_of(request), filter, page));
           total = found.total;
           std::vector<Resource> resources;
           for (const Project& project : found.items) {
             ASSIGN_OR_RETURN(const Shown one, shown(service, connection, request, project));
             resources.push_back(to_resource(one));
           }
           return resources;
         }));
  return api::list(request, all, page, total);
}

http::Response create(Service& service, const http::Request& request) {
  HANDLE(auto document, request, api::document(request));
  const Changes<Project> changes = changes_of(document);
  if (document.problems().empty()) document.required_line("name");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  Project project;
  project.organization = organization_of(request);
  changes.apply(project);
  HANDLE(const Project made, request, service.create_project(actor_of(request), project));
  return answer(service, request, 201, made);
}

http::Response get(Service& service, const http::Request& request) {
  HANDLE(const auto project, request, service.read([&](storage::Connection& connection) {
    return find_project(connection, ProjectId(request.param("project_id")));
  }));
  if (!project) return api::error(request, not_visible());
  return answer(service, request, 200, *project);
}

http::Response update(Service& service, const http::Request& request) {
  HANDLE(auto document, request, api::document(request));
  const Changes<Project> changes = changes_of(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const ProjectId id(request.param("project_id"));
  HANDLE(const Project changed, request,
         service.update_project(actor_of(request), id, [&](Project& project) -> base::Status {
           RETURN_IF_ERROR(api::check_if_match(request, tag_of(project)));
           changes.apply(project);
           return {};
         }));
  return answer(service, request, 200, changed);
}

http::Response remove(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, service.delete_project(actor_of(request), ProjectId(request.param("project_id"))));
  return api::no_content();
}

}  // namespace

base::Result<std::optional<Resource>> project_resource(storage::Connection& connection, const Principal& reader,
                                                       const ProjectId& project, std::int64_t workspaces) {
  ASSIGN_OR_RETURN(const auto found, find_project(connection, project));
  if (!found) return std::optional<Resource>();
  ASSIGN_OR_RETURN(const auto one, shown(connection, reader, *found, workspaces));
  return std::optional<Resource>(to_resource(one));
}

std::vector<http::Route> project_routes(Service& service) {
  using http::Method;
  const std::string all = "/api/v2/organizations/:organization/projects";
  const std::string one = "/api/v2/projects/:project_id";
  return {{Method::kGet, all, wrap(service, list)},
          {Method::kPost, all, wrap(service, create)},
          {Method::kGet, one, wrap(service, get)},
          {Method::kPatch, one, wrap(service, update)},
          {Method::kDelete, one, wrap(service, remove)}};
}

}  // namespace auth
