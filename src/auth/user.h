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

// A person. Site administrators make users; a user signs in with tokens.
struct User {
  UserId id;
  std::string username;
  std::string email;
  bool site_admin = false;
  base::Time created_at = {};
};

base::Result<std::optional<User>> find_user(storage::Connection& connection, const UserId& id);
base::Result<std::optional<User>> find_user_by_name(storage::Connection& connection, std::string_view username);
base::Result<std::optional<User>> find_user_by_email(storage::Connection& connection, std::string_view email);
base::Result<std::vector<User>> find_users(storage::Connection& connection, const std::vector<UserId>& ids);
base::Result<base::Page<User>> list_users(storage::Connection& connection, std::string_view contains,
                                          const base::PageRequest& page);
base::Result<std::int64_t> count_site_admins(storage::Connection& connection);
// True if some organization has both.
base::Result<bool> share_organization(storage::Connection& connection, const UserId& a, const UserId& b);

// For the service. kInvalid if name or e-mail is taken.
base::Status insert_user(storage::Transaction& transaction, const User& user);
base::Status update_user(storage::Transaction& transaction, const User& user);
base::Status delete_user(storage::Transaction& transaction, const UserId& id);

}  // namespace auth
