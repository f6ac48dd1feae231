#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"

namespace signin {

// How often one may guess. Kept in the database, so a restart or a second server gives no new tries. Three allowances,
// each refilled as time passes, so nobody is locked out for ever:
//   this name from this address   5, then one a minute
//   this address                 50, then ten a minute   (IPv6: the network of 64 bits)
//   this name from anywhere     100, then one in 36 s    — but not from an address this user signed in from in the last
//                                                          30 days: who guesses elsewhere does not lock the owner out
// Names are kept as hashes: people type passwords into the wrong field. Thread-safe.
class Throttle {
 public:
  Throttle(storage::Database& database, const base::Clock& clock);

  // Counts one try before the password is looked at, so that many at once are all counted. kRateLimited, with
  // retry_after, if an allowance is used up; nothing is counted then.
  base::Status take(std::string_view name, std::string_view address);
  // The try was good: it does not count, and the name has its tries from this address again.
  base::Status succeeded(std::string_view name, std::string_view address);

 private:
  storage::Database& database_;
  const base::Clock& clock_;
};

}  // namespace signin
