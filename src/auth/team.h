#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/ids.h"
#include "auth/rights.h"
#include "base/clock.h"
#include "base/page.h"
#include "base/result.h"
#include "storage/database.h"

namespace auth {

// Members of an organization who share rights. The team "owners" is made with the organization, may do everything
// there, always has a member, and can be neither renamed nor deleted.
struct Team {
  TeamId id;
  OrganizationId organization;
  std::string name;
  bool is_owners = false;
  std::string visibility = "secret";  // or "organization": every member sees it
  AccessBits access = 0;
  std::optional<std::string> sso_team_id = {};
  bool allow_member_token_management = true;
  base::Time created_at = {};
  std::int64_t user_count = 0;  // read only
};

base::Result<std::optional<Team>> find_team(storage::Connection& connection, const TeamId& id);
base::Result<std::optional<Team>> find_owners(storage::Connection& connection, const OrganizationId& organization);

struct TeamFilter {
  std::vector<std::string> names = {};  // any of these, exactly; empty: all
  std::string name_contains = {};
  std::optional<UserId> visible_to = {};  // leaves out secret teams the user is not in
};
base::Result<base::Page<Team>> list_teams(storage::Connection& connection, const OrganizationId& organization,
                                          const TeamFilter& filter, const base::PageRequest& page);

struct TeamMember {
  UserId user;  // empty while only invited
  MembershipId membership;
};
base::Result<std::vector<TeamMember>> team_members(storage::Connection& connection, const TeamId& team);
base::Result<std::vector<TeamId>> teams_of(storage::Connection& connection, const MembershipId& membership);
base::Result<std::int64_t> count_active_members(storage::Connection& connection, const TeamId& team);

// For the service. kInvalid if the name is taken.
base::Status insert_team(storage::Transaction& transaction, const Team& team);
base::Status update_team(storage::Transaction& transaction, const Team& team);
base::Status delete_team(storage::Transaction& transaction, const TeamId& id);
base::Status add_team_member(storage::Transaction& transaction, const TeamId& team, const MembershipId& membership);
base::Status remove_team_member(storage::Transaction& transaction, const TeamId& team, const MembershipId& membership);

// Rights of a user (all teams) or a team in the organization.
base::Result<Rights> user_rights(storage::Connection& connection, const UserId& user,
                                 const OrganizationId& organization);
base::Result<Rights> team_rights(storage::Connection& connection, const TeamId& team,
                                 const OrganizationId& organization);

}  // namespace auth
