#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "storage/database.h"
#include "vault/vault.h"

namespace signin {

// A user's one-time codes: begun (the secret was shown) or confirmed (a first code was right, sign-ins ask for one).
struct TwoFactor {
  vault::SecretId secret;
  bool confirmed = false;
  std::int64_t last_step = 0;  // the newest step whose code was used
};

base::Result<std::optional<TwoFactor>> find_two_factor(storage::Connection& connection, const auth::UserId& user);
base::Result<std::int64_t> count_recovery_codes(storage::Connection& connection, const auth::UserId& user);

// Takes the place of one that was begun; kConflict if one is confirmed.
base::Status begin_two_factor(storage::Transaction& transaction, vault::Vault& vault, const auth::UserId& user,
                              const base::Secret& secret, base::Time now);
base::Status end_two_factor(storage::Transaction& transaction, vault::Vault& vault, const auth::UserId& user);
// With new recovery codes in place of any others; the first code counts as used. False if the code is not right.
base::Result<bool> confirm_two_factor(storage::Transaction& transaction, vault::Vault& vault, const auth::UserId& user,
                                      std::string_view code, const std::vector<base::Secret>& recovery_codes,
                                      base::Time now);
// Whether `code` is the user's code now, or one of his recovery codes; either works once.
base::Result<bool> use_code(storage::Transaction& transaction, vault::Vault& vault, const auth::UserId& user,
                            std::string_view code, base::Time now);

}  // namespace signin
