#include "signin/throttle.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "auth/sql.h"
#include "base/strings.h"
#include "crypto/hash.h"

namespace signin {
namespace {

// The generic cell rate algorithm: `free_at` is when the allowance is whole again; each try moves it by one interval.
struct Allowance {
  std::string_view kind;
  std::int64_t tries;
  base::Millis interval;
};
constexpr Allowance kPair{"pair", 5, base::Millis(60'000)};
constexpr Allowance kAddress{"address", 50, base::Millis(6'000)};
constexpr Allowance kName{"name", 100, base::Millis(36'000)};
constexpr base::Millis kKnownFor{30LL * 24 * 3600 * 1000};

// An IPv6 user has at least a network of 64 bits to choose addresses from.
std::string network_of(std::string_view address) {
  std::array<unsigned char, 16> bytes{};
  const std::string text(address);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12);
  const std::string raw(bytes.begin(), bytes.end());
  return base::to_hex(raw.starts_with(kMapped) ? raw : raw.substr(0, 8));
}

struct Keys {
  std::string pair, address, name, known;
};

Keys keys_of(std::string_view name, std::string_view address) {
  const std::string who = base::to_hex(crypto::sha256("sign-in:" + auth::key_of(name)));
  const std::string where = network_of(address);
  return {"pair:" + who + ":" + where, "address:" + where, "name:" + who, "known:" + who + ":" + where};
}

base::Result<std::optional<base::Time>> free_at(storage::Connection& connection, const std::string& key) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT free_at FROM sign_in_attempts WHERE key = $1", {key}));
  return row ? std::optional(row->time(0)) : std::nullopt;
}

base::Status put(storage::Transaction& transaction, const std::string& key, base::Time free_at) {
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO sign_in_attempts (key, free_at) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET free_at = "
      "excluded.free_at",
      {key, free_at}));
  return {};
}

base::Error too_many(base::Millis wait) {
  base::Error error{base::Code::kRateLimited, "Too many sign-ins that failed. Wait and try again."};
  error.retry_after = std::max(wait, base::Millis(1000));
  return error;
}

base::Status take_one(storage::Transaction& transaction, const Allowance& allowance, const std::string& key,
                      base::Time now) {
  const base::Time latest = now + allowance.interval * allowance.tries;
  ASSIGN_OR_RETURN(const auto stored, free_at(transaction, key));
  // A clock that was set back must not make the wait longer than it can ever be.
  const base::Time from = std::min(std::max(stored.value_or(now), now), latest);
  const base::Time next = from + allowance.interval;
  if (next > latest) return too_many(next - latest);
  return put(transaction, key, next);
}

base::Status give_back(storage::Transaction& transaction, const Allowance& allowance, const std::string& key) {
  RETURN_IF_ERROR(transaction.execute("UPDATE sign_in_attempts SET free_at = free_at - $2 WHERE key = $1",
                                      {key, allowance.interval.count()}));
  return {};
}

}  // namespace

Throttle::Throttle(storage::Database& database, const base::Clock& clock) : database_(database), clock_(clock) {}

base::Status Throttle::take(std::string_view name, std::string_view address) {
  const Keys keys = keys_of(name, address);
  const base::Time now = clock_.now();
  return database_.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(transaction.execute("DELETE FROM sign_in_attempts WHERE free_at < $1", {now}));
    ASSIGN_OR_RETURN(const auto known, free_at(transaction, keys.known));
    if (!known) RETURN_IF_ERROR(take_one(transaction, kName, keys.name, now));
    RETURN_IF_ERROR(take_one(transaction, kAddress, keys.address, now));
    return take_one(transaction, kPair, keys.pair, now);
  });
}

base::Status Throttle::succeeded(std::string_view name, std::string_view address) {
  const Keys keys = keys_of(name, address);
  const base::Time now = clock_.now();
  return database_.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(transaction.execute("DELETE FROM sign_in_attempts WHERE key = $1", {keys.pair}));
    RETURN_IF_ERROR(give_back(transaction, kAddress, keys.address));
    ASSIGN_OR_RETURN(const auto known, free_at(transaction, keys.known));
    if (!known) RETURN_IF_ERROR(give_back(transaction, kName, keys.name));
    return put(transaction, keys.known, now + kKnownFor);
  });
}

}  // namespace signin
