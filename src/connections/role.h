#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/ids.h"
#include "auth/principal.h"
#include "auth/rights.h"
#include "base/result.h"
#include "connections/ids.h"
#include "storage/database.h"

namespace connections {

// What somebody may do with one connection; each includes the one before. The database stores the numbers.
//   Reader         sees it
//   User           names it in a workspace, authorizes a workspace for it, verifies it
//   Administrator  changes, shares and deletes it, hands out roles, withdraws authorizations
enum class Role { kNone = 0, kReader = 1, kUser = 2, kAdministrator = 3 };
const char* role_name(Role role);  // "reader"
std::optional<Role> role_from(std::string_view name);

// The two groups that every project has. Unless they are told not to, Endpoint Creators has the project's contributors
// (those who may manage workspaces) as members, Endpoint Administrators its administrators (those who may manage
// projects). Whoever is in the latter may create, too. Owners of the organization are always administrators.
enum class Group { kEndpointCreators, kEndpointAdministrators };
const char* group_name(Group group);  // "endpoint-creators"
std::optional<Group> group_from(std::string_view name);

// A user or a team.
struct Subject {
  enum class Kind { kUser, kTeam };
  Kind kind = Kind::kUser;
  std::string id;
  std::string name = {};  // filled in when it is read

  const char* type() const { return kind == Kind::kUser ? "users" : "teams"; }
};

// Who looks at an organization's connections, as the SQL of this folder asks for it.
struct Viewer {
  auth::OrganizationId organization;
  auth::Rights rights;
  std::string user, team;  // empty if it is none

  bool sees_all() const { return rights.owner; }
  bool is_contributor() const { return auth::can(rights, auth::Action::kManageWorkspaces); }
  bool is_project_administrator() const { return auth::can(rights, auth::Action::kManageProjects); }
};
base::Result<Viewer> viewer_of(storage::Connection& connection, const auth::Principal& principal,
                               const auth::OrganizationId& organization);

base::Result<bool> is_member(storage::Connection& connection, const Viewer& viewer, const auth::ProjectId& project,
                             Group group);
base::Result<bool> may_create(storage::Connection& connection, const Viewer& viewer, const auth::ProjectId& project);
base::Result<bool> may_administer(storage::Connection& connection, const Viewer& viewer,
                                  const auth::ProjectId& project);

}  // namespace connections

// The role that a viewer has for the row `c` of service_connections. Parameters: $1 organization, $2 sees all (0, 1),
// $3 is a project administrator (0, 1), $4 user, $5 team.
#define CONNECTIONS_IS_VIEWER(row)                                                                                    \
  "(" row ".user_id = $4 OR " row ".team_id = $5 OR " row                                                             \
  ".team_id IN (SELECT tm.team_id FROM team_members tm JOIN organization_memberships om ON om.id = tm.membership_id " \
  "WHERE om.user_id = $4 AND om.organization_id = $1))"
#define CONNECTIONS_IS_IN_GROUP(project, group)                                                         \
  "(($3 = 1 AND NOT EXISTS (SELECT 1 FROM service_connection_groups g WHERE g.project_id = " project    \
  " AND g.name = " group                                                                                \
  " AND g.has_default_members = 0)) OR EXISTS (SELECT 1 FROM service_connection_group_members m WHERE " \
  "m.project_id = " project " AND m.group_name = " group " AND " CONNECTIONS_IS_VIEWER("m") "))"
#define CONNECTIONS_HAS_ROLE(role)                                                                    \
  "EXISTS (SELECT 1 FROM service_connection_roles r WHERE r.connection_id = c.id AND r.role >= " role \
  " AND " CONNECTIONS_IS_VIEWER("r") ")"
#define CONNECTIONS_VIEWER_ROLE \
  "(CASE WHEN $2 = 1 THEN 3 WHEN " CONNECTIONS_HAS_ROLE("3") " OR (c.inherits_roles = 1 AND " CONNECTIONS_IS_IN_GROUP( \
      "c.project_id", "'endpoint-administrators'") ") THEN 3 WHEN " CONNECTIONS_HAS_ROLE("2")                       \
  " OR EXISTS (SELECT 1 FROM service_connection_projects s WHERE s.connection_id = c.id AND s.is_home = 0 AND "     \
  CONNECTIONS_IS_IN_GROUP("s.project_id", "'endpoint-administrators'") ") THEN 2 WHEN " CONNECTIONS_HAS_ROLE("1")   \
  " THEN 1 ELSE 0 END)"
