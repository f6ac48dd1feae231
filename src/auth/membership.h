#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/page.h"
#include "base/result.h"
#include "storage/database.h"

namespace auth {

// A user's place in an organization. Without a user it is an invitation: it becomes active when a site administrator
// makes the user with that e-mail address.
struct Membership {
  MembershipId id;
  OrganizationId organization;
  UserId user;  // empty: invited
  std::string email;
  base::Time created_at = {};

  bool is_active() const { return !user.empty(); }
};

base::Result<std::optional<Membership>> find_membership(storage::Connection& connection, const MembershipId& id);
base::Result<std::optional<Membership>> find_membership(storage::Connection& connection,
                                                        const OrganizationId& organization, const UserId& user);
base::Result<std::vector<Membership>> memberships_of(storage::Connection& connection, const UserId& user);

struct MembershipFilter {
  std::string contains = {};  // in the e-mail address or the user's name
  std::vector<std::string> emails = {};
  std::string status = {};  // "active", "invited" or empty
};
base::Result<base::Page<Membership>> list_memberships(storage::Connection& connection,
                                                      const OrganizationId& organization,
                                                      const MembershipFilter& filter, const base::PageRequest& page);

// For the service. kInvalid if the address is already there.
base::Status insert_membership(storage::Transaction& transaction, const Membership& membership);
base::Status delete_membership(storage::Transaction& transaction, const MembershipId& id);
// Gives the invitations for the user's address to the user.
base::Status accept_invitations(storage::Transaction& transaction, const UserId& user, std::string_view email);
base::Status change_membership_email(storage::Transaction& transaction, const UserId& user, std::string_view email);

}  // namespace auth
