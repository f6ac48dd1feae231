#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/result.h"
#include "signin/ids.h"
#include "storage/database.h"

namespace signin {

// A person at a provider of OpenID Connect, and the user he is here. The subject is what stays the same; the address is
// for people to read.
struct Identity {
  IdentityId id;
  std::string issuer;
  std::string subject;
  auth::UserId user;
  std::string email;
  base::Time created_at = {};
};

base::Result<std::optional<Identity>> find_identity(storage::Connection& connection, std::string_view issuer,
                                                    std::string_view subject);
base::Result<std::vector<Identity>> identities_of(storage::Connection& connection, const auth::UserId& user);
// kConflict if that person is linked already.
base::Status insert_identity(storage::Transaction& transaction, const Identity& identity);
// The number removed.
base::Result<std::int64_t> delete_identity(storage::Transaction& transaction, const auth::UserId& user,
                                           const IdentityId& id);

// Whether this is the first time. `key` is kept until `expires_at`.
base::Result<bool> spend_sign_on(storage::Transaction& transaction, std::string_view key, base::Time now,
                                 base::Time expires_at);

}  // namespace signin
