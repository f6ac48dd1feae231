#pragma once

#include "base/clock.h"
#include "jobs/queue.h"
#include "providers/service.h"
#include "storage/database.h"
#include "vcs/kind.h"
#include "webhooks/delivery_handler.h"
#include "webhooks/inbox.h"
#include "webhooks/registrar.h"
#include "webhooks/rush.h"

namespace webhooks {

// Works on stored deliveries: the jobs "delivery.spread", of many that came together, and "delivery.process". Parses,
// settles what concerns the hook itself (pings, renames, another repository's events), and hands the rest to the
// DeliveryHandler. A delivery whose parsing took the process down is parked at its fourth attempt; one that cannot be
// understood at once. Thread-safe.
class Dispatcher {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    const vcs::Registry& registry;
    providers::Service& providers;
    Registrar& registrar;
    DeliveryHandler& handler;
    const Rush* rush = nullptr;  // whom to give way to, if anybody
  };
  explicit Dispatcher(Dependencies dependencies) : dependencies_(dependencies) {}

  static constexpr int kCrashes = 3;    // attempts that never came back, then it is parked
  static constexpr int kAttempts = 15;  // orderly attempts, then it has failed (about half an hour)

  void register_jobs(jobs::Workers& workers, int threads = 2);
  jobs::Outcome process(const jobs::Job& job);
  jobs::Outcome spread(const jobs::Job& job);

 private:
  struct Open {
    Delivery delivery;
    DeliveryBytes bytes;
    std::optional<Hook> hook;
  };
  base::Result<std::optional<Open>> read(const DeliveryId& id);
  jobs::Outcome parse(const Open& open, int attempt);
  jobs::Outcome act(const Open& open, const vcs::Kind& kind, vcs::Parsed parsed, int attempt);
  base::Status confirm_rename(const Hook& hook, vcs::RepositoryRenamed& renamed);
  jobs::Outcome finish(const Open& open, DeliveryState state, const std::string& reason);
  jobs::Outcome retry(const Open& open, int attempt, const std::string& reason, std::optional<base::Millis> delay);

  Dependencies dependencies_;
};

}  // namespace webhooks
