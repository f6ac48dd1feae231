#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "auth/principal.h"
#include "auth/rights.h"
#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"

namespace auth {

// Who a token speaks for, and what that principal has in an organization. Thread-safe.
//
// Over SQLite, which one process owns, answers are kept in memory until invalidate(): Service calls it after every
// change and before it answers, so a revoked token is dead when the caller hears of it. Over PostgreSQL another
// machine may have made the change, so each request asks the database.
class Access {
 public:
  Access(storage::Database& database, const base::Clock& clock);
  ~Access();  // writes what it still knows about the use of tokens

  // kUnauthorized — with the same words — for a text that is no token, an unknown, a revoked and an expired one.
  base::Result<Principal> identify(std::string_view token_text);

  base::Result<Rights> rights(const Principal& principal, const OrganizationId& organization);
  base::Result<std::optional<OrganizationId>> organization_named(std::string_view name);

  void invalidate();

  // last-used-at is written by a thread of its own, at most once a minute for each token. For tests: writes what waits.
  void flush_usage();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The same without memory, inside a transaction.
base::Result<Rights> rights_in(storage::Connection& connection, const Principal& principal,
                               const OrganizationId& organization);

}  // namespace auth
