// Teams and tokens: part of Service.
#include <utility>

#include "auth/audit_log.h"
#include "auth/service.h"
#include "auth/service_rules.h"

namespace auth {
namespace {

base::Status require_members(storage::Connection& connection, const OrganizationId& organization,
                             const std::vector<MembershipId>& members) {
  for (const MembershipId& id : members) {
    ASSIGN_OR_RETURN(const auto membership, find_membership(connection, id));
    if (!membership || membership->organization != organization) {
      return base::not_found("A member that you name does not belong to this organization.");
    }
  }
  return {};
}

// The organization a token belongs to; none for a user's.
base::Result<OrganizationId> organization_of_token(storage::Connection& connection, const Token& token) {
  if (token.kind != TokenKind::kTeam) return token.organization;
  ASSIGN_OR_RETURN(const Team team, require_team(connection, token.team));
  return team.organization;
}

std::string owner_of(const NewToken& wanted) {
  switch (wanted.kind) {
    case TokenKind::kUser: return wanted.user.str();
    case TokenKind::kTeam: return wanted.team.str();
    case TokenKind::kOrganization:
    case TokenKind::kAudit: return wanted.organization.str();
  }
  return {};
}

Token token_from(const NewToken& wanted, const Actor& actor, base::Time now) {
  Token token;
  token.id = TokenId::make();
  token.kind = wanted.kind;
  token.user = wanted.user;
  token.team = wanted.team;
  token.organization = wanted.organization;
  token.is_single = wanted.is_single;
  token.description = wanted.description;
  token.created_by = actor_id(actor.who);
  token.created_at = now;
  token.expires_at = wanted.expires_at;
  return token;
}

}  // namespace

base::Result<Team> Service::create_team(const Actor& actor, Team team) {
  team.id = TeamId::make();
  team.created_at = clock_.now();
  return write([&](storage::Transaction& transaction) -> base::Result<Team> {
    RETURN_IF_ERROR(require_may_grant(transaction, actor, team));
    RETURN_IF_ERROR(insert_team(transaction, team));
    RETURN_IF_ERROR(audit(transaction, clock_,
                          entry(actor, team.organization, "team.create", "teams", team.id.str(), named(team.name))));
    return team;
  });
}

base::Result<Team> Service::update_team(const Actor& actor, const TeamId& id,
                                        const std::function<base::Status(Team&)>& change) {
  return write([&](storage::Transaction& transaction) -> base::Result<Team> {
    ASSIGN_OR_RETURN(Team team, require_team(transaction, id));
    RETURN_IF_ERROR(lock_organization(transaction, team.organization, clock_.now()));
    // Asked before and after: neither a mightier team nor a mightier outcome is for everyone.
    RETURN_IF_ERROR(require_may_grant(transaction, actor, team));
    const std::string name_before = team.name;
    RETURN_IF_ERROR(change(team));
    if (team.is_owners && team.name != name_before) {
      return base::invalid("The team \"owners\" cannot be renamed.", "/data/attributes/name");
    }
    RETURN_IF_ERROR(require_may_grant(transaction, actor, team));
    RETURN_IF_ERROR(auth::update_team(transaction, team));
    RETURN_IF_ERROR(audit(transaction, clock_,
                          entry(actor, team.organization, "team.update", "teams", id.str(), named(team.name))));
    return team;
  });
}

base::Status Service::delete_team(const Actor& actor, const TeamId& id) {
  return write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const Team team, require_team(transaction, id));
    if (team.is_owners) return base::invalid("The team \"owners\" cannot be deleted.");
    RETURN_IF_ERROR(auth::delete_team(transaction, id));
    return audit(transaction, clock_,
                 entry(actor, team.organization, "team.delete", "teams", id.str(), named(team.name)));
  });
}

base::Status Service::add_to_team(const Actor& actor, const TeamId& id, const std::vector<MembershipId>& members) {
  return write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const Team team, require_team(transaction, id));
    RETURN_IF_ERROR(lock_organization(transaction, team.organization, clock_.now()));
    RETURN_IF_ERROR(require_may_grant(transaction, actor, team));
    RETURN_IF_ERROR(require_members(transaction, team.organization, members));
    for (const MembershipId& member : members) {
      RETURN_IF_ERROR(add_team_member(transaction, id, member));
      RETURN_IF_ERROR(
          audit(transaction, clock_,
                entry(actor, team.organization, "team.add-member", "teams", id.str(), named(member.str()))));
    }
    return {};
  });
}

base::Status Service::remove_from_team(const Actor& actor, const TeamId& id, const std::vector<MembershipId>& members) {
  return write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const Team team, require_team(transaction, id));
    RETURN_IF_ERROR(lock_organization(transaction, team.organization, clock_.now()));
    if (team.is_owners) RETURN_IF_ERROR(require_may_grant(transaction, actor, team));
    RETURN_IF_ERROR(require_members(transaction, team.organization, members));
    for (const MembershipId& member : members) {
      RETURN_IF_ERROR(remove_team_member(transaction, id, member));
      RETURN_IF_ERROR(
          audit(transaction, clock_,
                entry(actor, team.organization, "team.remove-member", "teams", id.str(), named(member.str()))));
    }
    return require_owner_left(transaction, team.organization);
  });
}

base::Result<std::vector<MembershipId>> Service::memberships_of_users(const OrganizationId& organization,
                                                                      const std::vector<UserId>& users) {
  return read([&](storage::Connection& connection) -> base::Result<std::vector<MembershipId>> {
    std::vector<MembershipId> members;
    for (const UserId& user : users) {
      ASSIGN_OR_RETURN(const auto membership, find_membership(connection, organization, user));
      if (!membership) return base::not_found("A user that you name does not belong to this organization.");
      members.push_back(membership->id);
    }
    return members;
  });
}

base::Result<std::vector<MembershipId>> Service::memberships_of_names(const OrganizationId& organization,
                                                                      const std::vector<std::string>& usernames) {
  ASSIGN_OR_RETURN(const auto users, read([&](storage::Connection& connection) -> base::Result<std::vector<UserId>> {
                     std::vector<UserId> found;
                     for (const std::string& name : usernames) {
                       ASSIGN_OR_RETURN(const auto user, find_user_by_name(connection, name));
                       found.push_back(user ? user->id : UserId(name));  // an id does as well
                     }
                     return found;
                   }));
  return memberships_of_users(organization, users);
}

base::Result<MadeToken> Service::create_token(const Actor& actor, const NewToken& wanted) {
  MadeToken made{token_from(wanted, actor, clock_.now()), make_token_text(wanted.kind)};
  made.token.hash = token_hash(made.text.reveal());
  if (wanted.expires_at && *wanted.expires_at <= made.token.created_at) {
    return base::invalid("The time of expiry must be in the future.", "/data/attributes/expired-at");
  }
  const base::Status done = write([&](storage::Transaction& transaction) -> base::Status {
    if (wanted.kind == TokenKind::kTeam) {
      ASSIGN_OR_RETURN(const Team team, require_team(transaction, wanted.team));
      RETURN_IF_ERROR(require_may_grant(transaction, actor, team));
    }
    ASSIGN_OR_RETURN(const OrganizationId organization, organization_of_token(transaction, made.token));
    if (wanted.is_single) {
      ASSIGN_OR_RETURN(const auto old, find_single_token(transaction, wanted.kind, owner_of(wanted)));
      if (old) RETURN_IF_ERROR(auth::delete_token(transaction, old->id));
    }
    RETURN_IF_ERROR(insert_token(transaction, made.token));
    return audit(transaction, clock_,
                 entry(actor, organization, "authentication-token.create", "authentication-tokens", made.token.id.str(),
                       named(owner_of(wanted))));
  });
  if (!done) return done.error();
  return made;
}

base::Status Service::delete_token(const Actor& actor, const TokenId& id) {
  return write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto token, find_token(transaction, id));
    if (!token) return base::not_found("There is no such token.");
    ASSIGN_OR_RETURN(const OrganizationId organization, organization_of_token(transaction, *token));
    RETURN_IF_ERROR(auth::delete_token(transaction, id));
    return audit(transaction, clock_,
                 entry(actor, organization, "authentication-token.delete", "authentication-tokens", id.str()));
  });
}

}  // namespace auth
