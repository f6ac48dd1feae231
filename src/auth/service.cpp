// Organizations and projects; people.cpp and teams.cpp have the rest of the class.
#include "auth/service.h"

#include <utility>

#include "auth/service_rules.h"

namespace auth {
namespace {

base::Result<Project> require_project(storage::Connection& connection, const ProjectId& id) {
  ASSIGN_OR_RETURN(auto project, find_project(connection, id));
  if (!project) return base::not_found("There is no such project.");
  return *std::move(project);
}

}  // namespace

Actor actor_of(const http::Request& request) { return {principal_of(request), request.request_id}; }

Service::Service(storage::Database& database, const base::Clock& clock, Access& access)
    : database_(database), clock_(clock), access_(access) {}

base::Result<Organization> Service::create_organization(const Actor& actor, Organization organization) {
  if (actor.who.kind != Principal::Kind::kUser) {
    return base::not_found("Only a user can create an organization: send the token of a user.");
  }
  organization.id = OrganizationId::make();
  organization.created_at = clock_.now();
  return write([&](storage::Transaction& transaction) -> base::Result<Organization> {
    ASSIGN_OR_RETURN(const auto creator, find_user(transaction, actor.who.user));
    if (!creator) return base::not_found("There is no such user.");
    RETURN_IF_ERROR(found_organization(transaction, organization, *creator));
    RETURN_IF_ERROR(audit(transaction, clock_,
                          entry(actor, organization.id, "organization.create", "organizations", organization.id.str(),
                                named(organization.name))));
    return organization;
  });
}

base::Result<Organization> Service::update_organization(const Actor& actor, const OrganizationId& id,
                                                        const std::function<base::Status(Organization&)>& change) {
  return write([&](storage::Transaction& transaction) -> base::Result<Organization> {
    RETURN_IF_ERROR(lock_organization(transaction, id, clock_.now()));
    ASSIGN_OR_RETURN(auto organization, find_organization(transaction, id));
    if (!organization) return base::not_found("There is no such organization.");
    RETURN_IF_ERROR(change(*organization));
    RETURN_IF_ERROR(auth::update_organization(transaction, *organization, clock_.now()));
    RETURN_IF_ERROR(
        audit(transaction, clock_,
              entry(actor, id, "organization.update", "organizations", id.str(), named(organization->name))));
    return *std::move(organization);
  });
}

base::Status Service::delete_organization(const Actor& actor, const OrganizationId& id) {
  return write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const std::string name, organization_name(transaction, id));
    RETURN_IF_ERROR(mark_organization_deleted(transaction, id, clock_.now()));
    bool in_use = false;
    if (organization_end_.begin) RETURN_IF_ERROR(organization_end_.begin(transaction, actor, id));
    if (organization_end_.in_use) {
      ASSIGN_OR_RETURN(in_use, organization_end_.in_use(transaction, id));
    }
    if (!in_use) RETURN_IF_ERROR(auth::delete_organization(transaction, id));
    return audit(transaction, clock_, entry(actor, id, "organization.delete", "organizations", id.str(), named(name)));
  });
}

base::Result<Project> Service::create_project(const Actor& actor, Project project) {
  project.id = ProjectId::make();
  project.created_at = clock_.now();
  return write([&](storage::Transaction& transaction) -> base::Result<Project> {
    RETURN_IF_ERROR(insert_project(transaction, project));
    RETURN_IF_ERROR(
        audit(transaction, clock_,
              entry(actor, project.organization, "project.create", "projects", project.id.str(), named(project.name))));
    return project;
  });
}

base::Result<Project> Service::update_project(const Actor& actor, const ProjectId& id,
                                              const std::function<base::Status(Project&)>& change) {
  return write([&](storage::Transaction& transaction) -> base::Result<Project> {
    ASSIGN_OR_RETURN(Project project, require_project(transaction, id));
    RETURN_IF_ERROR(change(project));
    RETURN_IF_ERROR(auth::update_project(transaction, project));
    RETURN_IF_ERROR(
        audit(transaction, clock_,
              entry(actor, project.organization, "project.update", "projects", id.str(), named(project.name))));
    return project;
  });
}

base::Result<std::int64_t> Service::count_workspaces(storage::Connection& connection, const ProjectId& project) const {
  if (!workspace_counter_) return std::int64_t{0};
  return workspace_counter_(connection, project);
}

base::Status Service::delete_project(const Actor& actor, const ProjectId& id) {
  return write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const Project project, require_project(transaction, id));
    RETURN_IF_ERROR(auth::delete_project(transaction, id));
    return audit(transaction, clock_,
                 entry(actor, project.organization, "project.delete", "projects", id.str(), named(project.name)));
  });
}

}  // namespace auth
