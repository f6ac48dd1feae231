#pragma once

#include <string>

#include "auth/principal.h"
#include "base/clock.h"
#include "http/router.h"
#include "storage/database.h"

namespace auth {

// A POST that names itself (Idempotency-Key, draft-ietf-httpapi-idempotency-key-header) is done once: who sends it
// again within a day gets the first answer again. Answers of 5xx and 429 are not kept, so that the request can be
// repeated. Thread-safe.
class Idempotency {
 public:
  static constexpr base::Millis kKeep{24LL * 3'600'000};
  static constexpr base::Millis kGivenUp{120'000};  // longer than any request takes: whoever began it is gone

  Idempotency(storage::Database& database, const base::Clock& clock) : database_(database), clock_(clock) {}

  // Calls `next`, unless the caller sent the same before. 409: the key was used for another request, or the first is
  // still under way; 400: no key at all, or one for a call whose answer holds a secret, which is never kept.
  http::Response handle(const http::Request& request, const Principal& caller, const http::Handler& next);
  static bool asks(const http::Request& request);

 private:
  void forget(const std::string& owner, const std::string& key);

  storage::Database& database_;
  const base::Clock& clock_;
};

}  // namespace auth
