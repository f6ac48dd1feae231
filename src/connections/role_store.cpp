#include "connections/role_store.h"

#include "auth/sql.h"

namespace connections::store {
namespace {

base::Status done(base::Result<std::int64_t> result) {
  if (!result) return std::move(result).error();
  return {};
}

std::optional<std::string> user_of(const Subject& subject) {
  return subject.kind == Subject::Kind::kUser ? std::optional(subject.id) : std::nullopt;
}
std::optional<std::string> team_of(const Subject& subject) {
  return subject.kind == Subject::Kind::kTeam ? std::optional(subject.id) : std::nullopt;
}

// Columns: user id, its name, team id, its name.
Subject subject_from(const storage::Row& row) {
  if (!row.is_null(0)) return {Subject::Kind::kUser, row.text(0), row.text(1)};
  return {Subject::Kind::kTeam, row.text(2), row.text(3)};
}

}  // namespace

base::Result<std::vector<Assignment>> list_roles(storage::Connection& connection, const ServiceConnectionId& id) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT r.user_id, u.username, r.team_id, t.name, r.role FROM service_connection_roles r "
                       "LEFT JOIN users u ON u.id = r.user_id LEFT JOIN teams t ON t.id = r.team_id "
                       "WHERE r.connection_id = $1 ORDER BY COALESCE(u.username, t.name), r.user_id, r.team_id",
                       {id}));
  std::vector<Assignment> all;
  for (const auto& row : rows) all.push_back({subject_from(row), static_cast<Role>(row.integer(4))});
  return all;
}

base::Status set_role(storage::Transaction& transaction, const ServiceConnectionId& id, const Assignment& assignment) {
  RETURN_IF_ERROR(remove_role(transaction, id, assignment.subject));
  return done(transaction.execute(
      "INSERT INTO service_connection_roles (connection_id, user_id, team_id, role) VALUES ($1, $2, $3, $4)",
      {id, user_of(assignment.subject), team_of(assignment.subject), static_cast<int>(assignment.role)}));
}

base::Result<bool> remove_role(storage::Transaction& transaction, const ServiceConnectionId& id,
                               const Subject& subject) {
  const char* sql = subject.kind == Subject::Kind::kUser
                        ? "DELETE FROM service_connection_roles WHERE connection_id = $1 AND user_id = $2"
                        : "DELETE FROM service_connection_roles WHERE connection_id = $1 AND team_id = $2";
  ASSIGN_OR_RETURN(const auto count, transaction.execute(sql, {id, subject.id}));
  return count > 0;
}

base::Result<Members> group_members(storage::Connection& connection, const auth::ProjectId& project, Group group) {
  Members members;
  ASSIGN_OR_RETURN(const auto setting, connection.find("SELECT has_default_members FROM service_connection_groups "
                                                       "WHERE project_id = $1 AND name = $2",
                                                       {project, group_name(group)}));
  if (setting) members.has_default_members = setting->boolean(0);
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT m.user_id, u.username, m.team_id, t.name FROM service_connection_group_members m "
                       "LEFT JOIN users u ON u.id = m.user_id LEFT JOIN teams t ON t.id = m.team_id "
                       "WHERE m.project_id = $1 AND m.group_name = $2 ORDER BY COALESCE(u.username, t.name)",
                       {project, group_name(group)}));
  for (const auto& row : rows) members.subjects.push_back(subject_from(row));
  return members;
}

base::Status set_default_members(storage::Transaction& transaction, const auth::ProjectId& project, Group group,
                                 bool has_them) {
  return done(transaction.execute(
      "INSERT INTO service_connection_groups (project_id, name, has_default_members) VALUES ($1, $2, $3) "
      "ON CONFLICT (project_id, name) DO UPDATE SET has_default_members = excluded.has_default_members",
      {project, group_name(group), has_them}));
}

base::Status add_member(storage::Transaction& transaction, const auth::ProjectId& project, Group group,
                        const Subject& subject) {
  return done(
      transaction.execute("INSERT INTO service_connection_group_members (project_id, group_name, user_id, team_id) "
                          "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                          {project, group_name(group), user_of(subject), team_of(subject)}));
}

base::Status remove_member(storage::Transaction& transaction, const auth::ProjectId& project, Group group,
                           const Subject& subject) {
  const char* sql = subject.kind == Subject::Kind::kUser
                        ? "DELETE FROM service_connection_group_members WHERE project_id = $1 AND group_name = $2 AND "
                          "user_id = $3"
                        : "DELETE FROM service_connection_group_members WHERE project_id = $1 AND group_name = $2 AND "
                          "team_id = $3";
  return done(transaction.execute(sql, {project, group_name(group), subject.id}));
}

base::Result<std::optional<Subject>> find_subject(storage::Connection& connection,
                                                  const auth::OrganizationId& organization, const Subject& subject) {
  const bool is_user = subject.kind == Subject::Kind::kUser;
  const char* sql = is_user
                        ? "SELECT u.id, u.username FROM users u JOIN organization_memberships m ON m.user_id = u.id "
                          "WHERE m.organization_id = $1 AND (u.id = $2 OR u.username_key = $3)"
                        : "SELECT id, name FROM teams WHERE organization_id = $1 AND (id = $2 OR name_key = $3)";
  ASSIGN_OR_RETURN(const auto row, connection.find(sql, {organization, subject.id, auth::key_of(subject.id)}));
  if (!row) return std::optional<Subject>();
  return std::optional(Subject{subject.kind, row->text(0), row->text(1)});
}

}  // namespace connections::store
