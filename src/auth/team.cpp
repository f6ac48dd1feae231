#include "auth/team.h"

#include "auth/sql.h"

#define TEAM_COLUMNS                                                                                       \
  "id, organization_id, name, is_owners, visibility, access, sso_team_id, allow_member_token_management, " \
  "created_at"
#define TEAM_SELECT                                                         \
  "SELECT " TEAM_COLUMNS                                                    \
  ", (SELECT COUNT(*) FROM team_members m JOIN organization_memberships o " \
  "ON o.id = m.membership_id WHERE m.team_id = teams.id AND o.user_id IS NOT NULL)"

namespace auth {
namespace {

Team team_from(const storage::Row& row) {
  Team team;
  team.id = row.id<TeamId>(0);
  team.organization = row.id<OrganizationId>(1);
  team.name = row.text(2);
  team.is_owners = row.boolean(3);
  team.visibility = row.text(4);
  team.access = static_cast<AccessBits>(row.integer(5));
  team.sso_team_id = row.optional_text(6);
  team.allow_member_token_management = row.boolean(7);
  team.created_at = row.time(8);
  team.user_count = row.integer(9);
  return team;
}

base::Result<std::optional<Team>> find_one(storage::Connection& connection, std::string_view sql,
                                           const storage::Value& value) {
  ASSIGN_OR_RETURN(const auto row, connection.find(sql, {value}));
  if (!row) return std::optional<Team>();
  return std::optional<Team>(team_from(*row));
}

// " AND name IN ($4, $5, …)": placeholders only.
std::string any_of_names(const std::vector<std::string>& names, std::vector<storage::Value>& parameters) {
  if (names.empty()) return {};
  std::string clause;
  for (const std::string& name : names) {
    parameters.emplace_back(name);
    clause += (clause.empty() ? "$" : ", $") + std::to_string(parameters.size());
  }
  return " AND name IN (" + clause + ")";
}

}  // namespace

base::Result<std::optional<Team>> find_team(storage::Connection& connection, const TeamId& id) {
  return find_one(connection, TEAM_SELECT " FROM teams WHERE id = $1", id);
}

base::Result<std::optional<Team>> find_owners(storage::Connection& connection, const OrganizationId& organization) {
  return find_one(connection, TEAM_SELECT " FROM teams WHERE organization_id = $1 AND is_owners = 1", organization);
}

base::Result<base::Page<Team>> list_teams(storage::Connection& connection, const OrganizationId& organization,
                                          const TeamFilter& filter, const base::PageRequest& page) {
  std::vector<storage::Value> parameters = {organization, contains_pattern(filter.name_contains),
                                            filter.visible_to ? filter.visible_to->str() : std::string()};
  const std::string where =
      " FROM teams WHERE organization_id = $1 AND name_key LIKE $2 ESCAPE '\\' AND ($3 = '' OR visibility <> 'secret' "
      "OR id IN (SELECT m.team_id FROM team_members m JOIN organization_memberships o ON o.id = m.membership_id "
      "WHERE o.user_id = $3))" +
      any_of_names(filter.names, parameters);
  return page_of(connection, {TEAM_SELECT, where, " ORDER BY name_key", std::move(parameters)}, page, team_from);
}

base::Result<std::vector<TeamMember>> team_members(storage::Connection& connection, const TeamId& team) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT o.user_id, o.id FROM team_members m JOIN organization_memberships o "
                                    "ON o.id = m.membership_id WHERE m.team_id = $1 ORDER BY o.created_at, o.id",
                                    {team}));
  std::vector<TeamMember> members;
  for (const storage::Row& row : rows) members.push_back({row.id<UserId>(0), row.id<MembershipId>(1)});
  return members;
}

base::Result<std::vector<TeamId>> teams_of(storage::Connection& connection, const MembershipId& membership) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT team_id FROM team_members WHERE membership_id = $1 ORDER BY team_id", {membership}));
  std::vector<TeamId> teams;
  for (const storage::Row& row : rows) teams.push_back(row.id<TeamId>(0));
  return teams;
}

base::Result<std::int64_t> count_active_members(storage::Connection& connection, const TeamId& team) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT COUNT(*) FROM team_members m JOIN organization_memberships o "
                                   "ON o.id = m.membership_id WHERE m.team_id = $1 AND o.user_id IS NOT NULL",
                                   {team}));
  return row->integer(0);
}

base::Status insert_team(storage::Transaction& transaction, const Team& team) {
  const auto done = transaction.execute(
      "INSERT INTO teams (" TEAM_COLUMNS ", name_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {team.id, team.organization, team.name, team.is_owners, team.visibility, std::int64_t{team.access},
       team.sso_team_id, team.allow_member_token_management, team.created_at, key_of(team.name)});
  if (!done) return taken(done.error(), "name");
  return {};
}

base::Status update_team(storage::Transaction& transaction, const Team& team) {
  const auto done = transaction.execute(
      "UPDATE teams SET name = $2, visibility = $3, access = $4, sso_team_id = $5, "
      "allow_member_token_management = $6, name_key = $7 WHERE id = $1",
      {team.id, team.name, team.visibility, std::int64_t{team.access}, team.sso_team_id,
       team.allow_member_token_management, key_of(team.name)});
  if (!done) return taken(done.error(), "name");
  return {};
}

base::Status delete_team(storage::Transaction& transaction, const TeamId& id) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM teams WHERE id = $1", {id}));
  return {};
}

base::Status add_team_member(storage::Transaction& transaction, const TeamId& team, const MembershipId& membership) {
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO team_members (team_id, membership_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", {team, membership}));
  return {};
}

base::Status remove_team_member(storage::Transaction& transaction, const TeamId& team, const MembershipId& membership) {
  RETURN_IF_ERROR(
      transaction.execute("DELETE FROM team_members WHERE team_id = $1 AND membership_id = $2", {team, membership}));
  return {};
}

base::Result<Rights> user_rights(storage::Connection& connection, const UserId& user,
                                 const OrganizationId& organization) {
  // A member without a team has one row of NULLs.
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT t.is_owners, t.access FROM organization_memberships o "
                                                     "LEFT JOIN team_members m ON m.membership_id = o.id "
                                                     "LEFT JOIN teams t ON t.id = m.team_id "
                                                     "WHERE o.organization_id = $1 AND o.user_id = $2",
                                                     {organization, user}));
  Rights rights;
  rights.member = !rows.empty();
  for (const storage::Row& row : rows) {
    rights.owner = rights.owner || row.boolean(0);
    rights.access |= static_cast<AccessBits>(row.integer(1));
  }
  return rights;
}

base::Result<Rights> team_rights(storage::Connection& connection, const TeamId& team,
                                 const OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT is_owners, access FROM teams WHERE id = $1 AND organization_id = $2",
                                   {team, organization}));
  Rights rights;
  if (!row) return rights;
  rights.member = true;
  rights.owner = row->boolean(0);
  rights.access = static_cast<AccessBits>(row->integer(1));
  return rights;
}

}  // namespace auth
