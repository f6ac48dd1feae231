#include "auth/service_rules.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "jsonapi/json.h"

namespace auth {

AuditEntry entry(const Actor& actor, const OrganizationId& organization, std::string action, std::string target_type,
                 std::string target_id, std::string detail) {
  return {organization,         actor.who,         std::move(action), std::move(target_type),
          std::move(target_id), std::move(detail), actor.request_id};
}

std::string named(std::string_view name) { return jsonapi::dump({{"name", std::string(name)}}); }

base::Status lock_organization(storage::Transaction& transaction, const OrganizationId& id, base::Time now) {
  ASSIGN_OR_RETURN(const auto count,
                   transaction.execute("UPDATE organizations SET updated_at = $2 WHERE id = $1", {id, now}));
  if (count == 0) return base::not_found("There is no such organization.");
  return {};
}

base::Status require_may_grant(storage::Connection& connection, const Actor& actor, const Team& team) {
  ASSIGN_OR_RETURN(const Rights rights, rights_in(connection, actor.who, team.organization));
  if (team.is_owners && !rights.owner && !rights.site_admin) {
    return base::forbidden("Only an owner of the organization can change its owners.");
  }
  if (!may_grant(rights, team.access)) {
    return base::forbidden("The team has access that you do not have yourself, so you cannot give it to anybody.");
  }
  return {};
}

base::Status require_owner_left(storage::Connection& connection, const OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto owners, find_owners(connection, organization));
  if (!owners || owners->user_count > 0) return {};
  ASSIGN_OR_RETURN(const std::string name, organization_name(connection, organization));
  return base::invalid("This would leave the organization " + name +
                       " without an owner. Add another owner first, or delete the organization.");
}

base::Result<Team> require_team(storage::Connection& connection, const TeamId& id) {
  ASSIGN_OR_RETURN(auto team, find_team(connection, id));
  if (!team) return base::not_found("There is no such team.");
  return *std::move(team);
}

}  // namespace auth
