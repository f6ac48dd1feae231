#include "connections/role.h"

#include "auth/access.h"
#include "auth/project.h"

namespace connections {
namespace {

struct RoleName {
  Role role;
  const char* name;
};
constexpr RoleName kRoles[] = {
    {Role::kNone, "none"}, {Role::kReader, "reader"}, {Role::kUser, "user"}, {Role::kAdministrator, "administrator"}};

}  // namespace

const char* role_name(Role role) { return kRoles[static_cast<std::size_t>(role)].name; }

std::optional<Role> role_from(std::string_view name) {
  for (const auto& known : kRoles) {
    if (known.role != Role::kNone && name == known.name) return known.role;
  }
  return std::nullopt;
}

const char* group_name(Group group) {
  return group == Group::kEndpointCreators ? "endpoint-creators" : "endpoint-administrators";
}

std::optional<Group> group_from(std::string_view name) {
  for (const Group group : {Group::kEndpointCreators, Group::kEndpointAdministrators}) {
    if (name == group_name(group)) return group;
  }
  return std::nullopt;
}

base::Result<Viewer> viewer_of(storage::Connection& connection, const auth::Principal& principal,
                               const auth::OrganizationId& organization) {
  Viewer viewer{organization, {}, principal.user.str(), principal.team.str()};
  ASSIGN_OR_RETURN(viewer.rights, auth::rights_in(connection, principal, organization));
  // Who is not of the organization has nothing in it, whatever rows name him.
  if (!auth::can(viewer.rights, auth::Action::kSeeConnections)) viewer.user = viewer.team = "";
  return viewer;
}

base::Result<bool> is_member(storage::Connection& connection, const Viewer& viewer, const auth::ProjectId& project,
                             Group group) {
  const bool by_default =
      group == Group::kEndpointCreators ? viewer.is_contributor() : viewer.is_project_administrator();
  ASSIGN_OR_RETURN(
      const auto row,
      connection.find("SELECT 1 FROM projects p WHERE p.id = $2 AND p.organization_id = $1 "
                      "AND " CONNECTIONS_IS_IN_GROUP("$2", "$6"),
                      {viewer.organization, project, by_default, viewer.user, viewer.team, group_name(group)}));
  return row.has_value();
}

base::Result<bool> may_administer(storage::Connection& connection, const Viewer& viewer,
                                  const auth::ProjectId& project) {
  if (viewer.rights.owner) {
    ASSIGN_OR_RETURN(const auto own, auth::find_project(connection, viewer.organization, project));
    return own.has_value();
  }
  return is_member(connection, viewer, project, Group::kEndpointAdministrators);
}

base::Result<bool> may_create(storage::Connection& connection, const Viewer& viewer, const auth::ProjectId& project) {
  ASSIGN_OR_RETURN(const bool administers, may_administer(connection, viewer, project));
  if (administers) return true;
  return is_member(connection, viewer, project, Group::kEndpointCreators);
}

}  // namespace connections
