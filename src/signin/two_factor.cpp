#include "signin/two_factor.h"

#include <algorithm>

#include "base/strings.h"
#include "signin/one_time_code.h"

namespace signin {
namespace {

vault::Owner owner_of(const auth::UserId& user) { return {"", "one_time_codes", user.str(), "secret"}; }

// Apps show the code with a space in the middle.
std::string without_spaces(std::string_view code) { return base::replace_all(base::trim(code), " ", ""); }

base::Result<bool> use_current_code(storage::Transaction& transaction, vault::Vault& vault, const auth::UserId& user,
                                    const TwoFactor& state, std::string_view code, base::Time now) {
  ASSIGN_OR_RETURN(const base::Secret secret, vault.get(transaction, state.secret, owner_of(user)));
  const auto step = accepted_step(secret, without_spaces(code), now, state.last_step);
  if (!step) return false;
  // Two at once with one code: the second finds the step taken.
  ASSIGN_OR_RETURN(const auto taken,
                   transaction.execute("UPDATE one_time_codes SET last_step = $2 WHERE user_id = $1 AND last_step < $2",
                                       {user, *step}));
  return taken == 1;
}

}  // namespace

base::Result<std::optional<TwoFactor>> find_two_factor(storage::Connection& connection, const auth::UserId& user) {
  ASSIGN_OR_RETURN(
      const auto row,
      connection.find("SELECT secret_id, confirmed, last_step FROM one_time_codes WHERE user_id = $1", {user}));
  if (!row) return std::optional<TwoFactor>();
  return std::optional(TwoFactor{row->id<vault::SecretId>(0), row->boolean(1), row->integer(2)});
}

base::Result<std::int64_t> count_recovery_codes(storage::Connection& connection, const auth::UserId& user) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1", {user}));
  return row->integer(0);
}

base::Status begin_two_factor(storage::Transaction& transaction, vault::Vault& vault, const auth::UserId& user,
                              const base::Secret& secret, base::Time now) {
  ASSIGN_OR_RETURN(const auto state, find_two_factor(transaction, user));
  if (state && state->confirmed) {
    return base::conflict("One-time codes are on already. Turn them off first to begin with another app.");
  }
  RETURN_IF_ERROR(end_two_factor(transaction, vault, user));
  ASSIGN_OR_RETURN(const vault::SecretId id, vault.put(transaction, owner_of(user), secret));
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO one_time_codes (user_id, secret_id, confirmed, last_step, created_at) VALUES ($1, $2, 0, 0, $3)",
      {user, id, now}));
  return {};
}

base::Status end_two_factor(storage::Transaction& transaction, vault::Vault& vault, const auth::UserId& user) {
  ASSIGN_OR_RETURN(const auto state, find_two_factor(transaction, user));
  if (state) RETURN_IF_ERROR(vault.erase(transaction, state->secret));
  RETURN_IF_ERROR(transaction.execute("DELETE FROM one_time_codes WHERE user_id = $1", {user}));
  RETURN_IF_ERROR(transaction.execute("DELETE FROM recovery_codes WHERE user_id = $1", {user}));
  return {};
}

base::Result<bool> confirm_two_factor(storage::Transaction& transaction, vault::Vault& vault, const auth::UserId& user,
                                      std::string_view code, const std::vector<base::Secret>& recovery_codes,
                                      base::Time now) {
  ASSIGN_OR_RETURN(const auto state, find_two_factor(transaction, user));
  if (!state) return base::conflict("There is nothing to confirm: begin with POST /api/v2/account/totp.");
  if (state->confirmed) return base::conflict("One-time codes are on already.");
  ASSIGN_OR_RETURN(const bool is_right, use_current_code(transaction, vault, user, *state, code, now));
  if (!is_right) return false;
  RETURN_IF_ERROR(transaction.execute("UPDATE one_time_codes SET confirmed = 1 WHERE user_id = $1", {user}));
  for (const base::Secret& recovery : recovery_codes) {
    RETURN_IF_ERROR(transaction.execute("INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)",
                                        {user, recovery_hash(recovery.reveal())}));
  }
  return true;
}

base::Result<bool> use_code(storage::Transaction& transaction, vault::Vault& vault, const auth::UserId& user,
                            std::string_view code, base::Time now) {
  ASSIGN_OR_RETURN(const auto state, find_two_factor(transaction, user));
  if (!state || !state->confirmed) return false;
  ASSIGN_OR_RETURN(const bool is_current, use_current_code(transaction, vault, user, *state, code, now));
  if (is_current) return true;
  ASSIGN_OR_RETURN(const auto used, transaction.execute("DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2",
                                                        {user, recovery_hash(code)}));
  return used == 1;
}

}  // namespace signin
