#include "auth/service_rules.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "jsonapi/json.h"

namespace auth {
namespace {

base::Status make_owner(storage::Transaction& transaction, const Organization& organization, const User& user,
                        base::Time now) {
  const Membership membership{.id = MembershipId::make(),
                              .organization = organization.id,
                              .user = user.id,
                              .email = user.email,
                              .created_at = now};
  RETURN_IF_ERROR(insert_membership(transaction, membership));
  Team owners;
  owners.id = TeamId::make();
  owners.organization = organization.id;
  owners.name = "owners";
  owners.is_owners = true;
  owners.visibility = "organization";
  owners.created_at = now;
  RETURN_IF_ERROR(insert_team(transaction, owners));
  return add_team_member(transaction, owners.id, membership.id);
}

base::Status make_default_project(storage::Transaction& transaction, const OrganizationId& organization,
                                  base::Time now) {
  Project project;
  project.id = ProjectId::make();
  project.organization = organization;
  project.name = "Default Project";
  project.description = "The default project for this organization";
  project.is_default = true;
  project.created_at = now;
  return insert_project(transaction, project);
}

}  // namespace

AuditEntry entry(const Actor& actor, const OrganizationId& organization, std::string action, std::string target_type,
                 std::string target_id, std::string detail) {
  return {organization,         actor.who,         std::move(action), std::move(target_type),
          std::move(target_id), std::move(detail), actor.request_id};
}

std::string named(std::string_view name) { return jsonapi::dump({{"name", std::string(name)}}); }

base::Status found_organization(storage::Transaction& transaction, const Organization& organization,
                                const User& creator) {
  RETURN_IF_ERROR(insert_organization(transaction, organization));
  RETURN_IF_ERROR(make_owner(transaction, organization, creator, organization.created_at));
  return make_default_project(transaction, organization.id, organization.created_at);
}

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
