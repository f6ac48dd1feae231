#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/access.h"
#include "auth/ids.h"
#include "auth/membership.h"
#include "auth/organization.h"
#include "auth/principal.h"
#include "auth/project.h"
#include "auth/team.h"
#include "auth/token.h"
#include "auth/user.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "storage/database.h"

namespace auth {

// Who does something, and in which request: what the audit log wants to know.
struct Actor {
  Principal who;
  std::string request_id = {};
};
Actor actor_of(const http::Request& request);

struct NewToken {
  TokenKind kind = TokenKind::kUser;
  UserId user = {};
  TeamId team = {};
  OrganizationId organization = {};
  bool is_single = false;  // replaces the one there is
  std::string description = {};
  std::optional<base::Time> expires_at = {};
};

struct MadeToken {
  Token token;
  base::Secret text;  // shown once, kept nowhere
};

// Every change to tenants and people: rules, the write and its audit line in one transaction, and then the caches.
// Whether the actor may do it at all was the guard's question; what depends on the thing itself (nobody hands out more
// than he has, the last owner stays) is asked here. Thread-safe.
//
// Changes come as functions that alter the current row inside the transaction, so that two at once do not undo each
// other; they may run more than once.
class Service {
 public:
  Service(storage::Database& database, const base::Clock& clock, Access& access);

  // The creator becomes the first owner; the organization gets its "owners" team and "Default Project".
  base::Result<Organization> create_organization(const Actor& actor, Organization organization);
  base::Result<Organization> update_organization(const Actor& actor, const OrganizationId& id,
                                                 const std::function<base::Status(Organization&)>& change);
  // With all it has, on every table. Nobody sees it from now on; its row stays, unseen, while clean-up needs it (see
  // set_organization_end).
  base::Status delete_organization(const Actor& actor, const OrganizationId& id);

  // A new user gets the memberships it was invited to by e-mail address.
  base::Result<User> create_user(const Actor& actor, User user);
  base::Result<User> update_user(const Actor& actor, const UserId& id,
                                 const std::function<base::Status(User&)>& change);
  base::Status delete_user(const Actor& actor, const UserId& id);

  base::Result<Membership> invite(const Actor& actor, const OrganizationId& organization, const std::string& email,
                                  const std::vector<TeamId>& teams);
  base::Status remove_membership(const Actor& actor, const MembershipId& id);

  base::Result<Team> create_team(const Actor& actor, Team team);
  base::Result<Team> update_team(const Actor& actor, const TeamId& id,
                                 const std::function<base::Status(Team&)>& change);
  base::Status delete_team(const Actor& actor, const TeamId& id);
  // The users must belong to the organization; one that does not is kNotFound, and nothing is changed.
  base::Status add_to_team(const Actor& actor, const TeamId& id, const std::vector<MembershipId>& members);
  base::Status remove_from_team(const Actor& actor, const TeamId& id, const std::vector<MembershipId>& members);
  base::Result<std::vector<MembershipId>> memberships_of_users(const OrganizationId& organization,
                                                               const std::vector<UserId>& users);
  // Each by username or by id, as clients send either.
  base::Result<std::vector<MembershipId>> memberships_of_names(const OrganizationId& organization,
                                                               const std::vector<std::string>& usernames);

  base::Result<Project> create_project(const Actor& actor, Project project);
  base::Result<Project> update_project(const Actor& actor, const ProjectId& id,
                                       const std::function<base::Status(Project&)>& change);
  base::Status delete_project(const Actor& actor, const ProjectId& id);

  base::Result<MadeToken> create_token(const Actor& actor, const NewToken& wanted);
  base::Status delete_token(const Actor& actor, const TokenId& id);

  // How many workspaces a project has: they live in a folder above this one. Before the server starts.
  using WorkspaceCounter = std::function<base::Result<std::int64_t>(storage::Connection&, const ProjectId&)>;
  void set_workspace_counter(WorkspaceCounter counter) { workspace_counter_ = std::move(counter); }
  base::Result<std::int64_t> count_workspaces(storage::Connection& connection, const ProjectId& project) const;

  // What sign-in, a folder above this one, has of a user. Before the server starts.
  struct SignInParts {
    std::function<base::Result<bool>(storage::Connection&, const UserId&)> asks_for_codes;
    std::function<base::Status(storage::Transaction&, const UserId&)> erase;  // in the deleting transaction: secrets
  };
  void set_sign_in_parts(SignInParts parts) { sign_in_parts_ = std::move(parts); }
  base::Result<bool> asks_for_codes(storage::Connection& connection, const UserId& user) const {
    return sign_in_parts_.asks_for_codes ? sign_in_parts_.asks_for_codes(connection, user) : base::Result<bool>(false);
  }

  // What the folders above give up, and still need, when an organization goes. Before the server starts.
  struct OrganizationEnd {
    // In the deleting transaction: erases secrets, asks for what is at providers to be removed.
    std::function<base::Status(storage::Transaction&, const Actor&, const OrganizationId&)> begin;
    // Is its row needed still? Whoever needed it last calls auth::delete_organization.
    std::function<base::Result<bool>(storage::Connection&, const OrganizationId&)> in_use;
  };
  void set_organization_end(OrganizationEnd end) { organization_end_ = std::move(end); }

  // Reads, for handlers and features above.
  template <class Function>
  auto read(Function&& function) {
    return database_.read(std::forward<Function>(function));
  }
  Access& access() { return access_; }
  const base::Clock& clock() const { return clock_; }

 private:
  template <class Function>
  auto write(Function&& function) {
    auto done = database_.write(std::forward<Function>(function));
    access_.invalidate();
    return done;
  }

  storage::Database& database_;
  const base::Clock& clock_;
  Access& access_;
  WorkspaceCounter workspace_counter_;
  OrganizationEnd organization_end_;
  SignInParts sign_in_parts_;
};

}  // namespace auth
