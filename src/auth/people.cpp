// Users and their memberships: part of Service.
#include <utility>

#include "auth/service.h"
#include "auth/service_rules.h"

namespace auth {
namespace {

base::Result<User> require_user(storage::Connection& connection, const UserId& id) {
  ASSIGN_OR_RETURN(auto user, find_user(connection, id));
  if (!user) return base::not_found("There is no such user.");
  return *std::move(user);
}

base::Status require_site_admin_left(storage::Connection& connection) {
  ASSIGN_OR_RETURN(const std::int64_t count, count_site_admins(connection));
  if (count > 0) return {};
  return base::invalid("This would leave the server without a site administrator. Name another one first.");
}

base::Result<Team> require_team_of(storage::Connection& connection, const TeamId& id,
                                   const OrganizationId& organization) {
  ASSIGN_OR_RETURN(auto team, find_team(connection, id));
  if (team && team->organization == organization) return *std::move(team);
  return base::invalid("There is no such team in this organization.", "/data/relationships/teams");
}

}  // namespace

base::Result<User> Service::create_user(const Actor& actor, User user) {
  user.id = UserId::make();
  user.created_at = clock_.now();
  return write([&](storage::Transaction& transaction) -> base::Result<User> {
    RETURN_IF_ERROR(insert_user(transaction, user));
    RETURN_IF_ERROR(accept_invitations(transaction, user.id, user.email));
    RETURN_IF_ERROR(
        audit(transaction, clock_, entry(actor, {}, "user.create", "users", user.id.str(), named(user.username))));
    return user;
  });
}

base::Result<User> Service::update_user(const Actor& actor, const UserId& id,
                                        const std::function<base::Status(User&)>& change) {
  return write([&](storage::Transaction& transaction) -> base::Result<User> {
    ASSIGN_OR_RETURN(User user, require_user(transaction, id));
    const std::string email_before = user.email;
    RETURN_IF_ERROR(change(user));
    RETURN_IF_ERROR(auth::update_user(transaction, user));
    RETURN_IF_ERROR(require_site_admin_left(transaction));
    if (user.email != email_before) RETURN_IF_ERROR(change_membership_email(transaction, id, user.email));
    RETURN_IF_ERROR(
        audit(transaction, clock_, entry(actor, {}, "user.update", "users", id.str(), named(user.username))));
    return user;
  });
}

base::Status Service::delete_user(const Actor& actor, const UserId& id) {
  return write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const User user, require_user(transaction, id));
    ASSIGN_OR_RETURN(const auto memberships, memberships_of(transaction, id));
    for (const Membership& membership : memberships) {
      RETURN_IF_ERROR(lock_organization(transaction, membership.organization, clock_.now()));
    }
    if (sign_in_parts_.erase) RETURN_IF_ERROR(sign_in_parts_.erase(transaction, id));
    RETURN_IF_ERROR(auth::delete_user(transaction, id));
    for (const Membership& membership : memberships) {
      RETURN_IF_ERROR(require_owner_left(transaction, membership.organization));
    }
    RETURN_IF_ERROR(require_site_admin_left(transaction));
    return audit(transaction, clock_, entry(actor, {}, "user.delete", "users", id.str(), named(user.username)));
  });
}

base::Result<Membership> Service::invite(const Actor& actor, const OrganizationId& organization,
                                         const std::string& email, const std::vector<TeamId>& teams) {
  Membership membership{.id = MembershipId::make(), .organization = organization, .email = email};
  membership.created_at = clock_.now();
  return write([&](storage::Transaction& transaction) -> base::Result<Membership> {
    RETURN_IF_ERROR(lock_organization(transaction, organization, clock_.now()));
    ASSIGN_OR_RETURN(const auto user, find_user_by_email(transaction, email));
    membership.user = user ? user->id : UserId();
    RETURN_IF_ERROR(insert_membership(transaction, membership));
    for (const TeamId& id : teams) {
      ASSIGN_OR_RETURN(const Team team, require_team_of(transaction, id, organization));
      RETURN_IF_ERROR(require_may_grant(transaction, actor, team));
      RETURN_IF_ERROR(add_team_member(transaction, id, membership.id));
    }
    RETURN_IF_ERROR(audit(transaction, clock_,
                          entry(actor, organization, "organization-membership.create", "organization-memberships",
                                membership.id.str(), named(email))));
    return membership;
  });
}

base::Status Service::remove_membership(const Actor& actor, const MembershipId& id) {
  return write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto membership, find_membership(transaction, id));
    if (!membership) return base::not_found("There is no such membership.");
    const OrganizationId& organization = membership->organization;
    RETURN_IF_ERROR(lock_organization(transaction, organization, clock_.now()));
    ASSIGN_OR_RETURN(const auto teams, teams_of(transaction, id));
    for (const TeamId& team_id : teams) {
      ASSIGN_OR_RETURN(const Team team, require_team(transaction, team_id));
      if (team.is_owners) RETURN_IF_ERROR(require_may_grant(transaction, actor, team));
    }
    RETURN_IF_ERROR(delete_membership(transaction, id));
    RETURN_IF_ERROR(require_owner_left(transaction, organization));
    return audit(transaction, clock_,
                 entry(actor, organization, "organization-membership.delete", "organization-memberships", id.str(),
                       named(membership->email)));
  });
}

}  // namespace auth
