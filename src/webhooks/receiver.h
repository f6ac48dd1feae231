#pragma once

#include <map>

#include "base/clock.h"
#include "base/guarded.h"
#include "http/router.h"
#include "storage/database.h"
#include "webhooks/hook_cache.h"
#include "webhooks/inbox_writer.h"
#include "webhooks/rush.h"

namespace webhooks {

// The public end: POST /webhooks/vcs/:hook_uuid. A delivery is proven over its raw bytes and committed to disk before
// the 2xx; it is parsed later, by a worker (see Dispatcher). Thread-safe.
//
//   202 stored; also for a hook that is switched off, so that the provider goes on sending
//   200 stored before (same delivery id), or a provider's ping
//   400 contradictory headers        401 not proven        404 no such hook
//   413 too large                    415 a form            503 + Retry-After not stored: send it again
class Receiver {
 public:
  Receiver(storage::Database& database, const base::Clock& clock, HookCache& cache)
      : database_(database), clock_(clock), cache_(cache), inbox_(database, clock, rush_) {}

  // 25 MB, the most GitHub and GitLab send, and room for the headers' share of a mistake.
  static constexpr std::size_t kBodyLimit = (std::size_t{25} << 20U) + (std::size_t{64} << 10U);

  // A refusal at once; what is accepted is answered when it is on disk (http::Response::later).
  http::Response receive(const http::Request& request);
  // For those who work on what was received.
  const Rush& rush() const { return rush_; }
  void add_routes(http::Router& router);

 private:
  http::Response store(const http::Request& request, std::shared_ptr<const KnownHook> hook,
                       const vcs::Verified& verified);
  http::Response refusal(const http::Request& request, const base::Error& cause);
  void count_rejected(const HookId& hook);

  struct Rejected {
    std::int64_t count = 0;
    base::SteadyTime stored = {};
    bool ever_stored = false;
  };

  storage::Database& database_;
  const base::Clock& clock_;
  HookCache& cache_;
  base::Guarded<std::map<HookId, Rejected>> rejected_;
  Rush rush_;
  InboxWriter inbox_;  // last: its threads use the rest
};

}  // namespace webhooks
