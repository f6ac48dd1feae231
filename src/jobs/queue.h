#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "storage/database.h"

// Leased work in the database. A job is enqueued in the transaction that makes it necessary, claimed by one worker
// at a time under a lease, and gone (or parked) when its handler says so. A worker that dies loses its lease and the
// job is claimed again: handlers must be safe to repeat.
namespace jobs {

struct JobTag {
  static constexpr std::string_view kPrefix = "job";
};
using JobId = base::Id<JobTag>;

struct NewJob {
  std::string kind;        // "delivery.process"; one handler per kind
  std::string key;         // at most one unfinished job per kind and key; a second enqueue is not an error: the earlier
                           // run_after wins, and a job that is running at that moment runs once more
  std::string payload;     // for the handler; JSON text by convention, never a secret
  base::Time run_after{};  // not before; the epoch means now
};

struct Job {
  JobId id;
  std::string kind;
  std::string key;
  std::string payload;
  int attempt = 1;  // this one counted
  base::Time created_at;
};

// What became of one attempt.
struct Outcome {
  enum class Kind { kDone, kRetry, kPark };
  Kind kind = Kind::kDone;
  std::string reason = {};                 // shown to people; no secrets
  std::optional<base::Millis> delay = {};  // kRetry: instead of the schedule's own back-off

  static Outcome done() { return {}; }
  static Outcome retry(std::string reason, std::optional<base::Millis> delay = {}) {
    return {Kind::kRetry, std::move(reason), delay};
  }
  static Outcome park(std::string reason) { return {Kind::kPark, std::move(reason)}; }
};

// Adds a job inside the caller's transaction; workers of this process are woken when it commits.
base::Status enqueue(storage::Transaction& transaction, const NewJob& job);

using Handler = std::function<Outcome(const Job&)>;

struct WorkerOptions {
  int threads = 2;
  base::Millis lease{30'000};       // renewed while the handler runs
  base::Millis poll{1'000};         // how long an idle worker sleeps without a wake-up
  int park_after = 8;               // attempts, then the job is parked with its last reason
  base::Millis first_delay{1'000};  // back-off doubles from here, with jitter, up to max_delay
  base::Millis max_delay{300'000};
};

// Worker threads for any number of kinds. Each kind has its own threads, so a slow kind never delays another.
// register_handler() before start(). stop() lets running handlers finish (they can poll stopping()).
class Workers {
 public:
  Workers(storage::Database& database, const base::Clock& clock);
  ~Workers();
  void register_handler(const std::string& kind, WorkerOptions options, Handler handler);
  // No lease is longer than that, whatever its kind says. Before start().
  void limit_leases(base::Millis longest);
  void start();
  void stop();
  bool stopping() const;
  // Runs everything that is due now on the calling thread until nothing is; for tests. Returns how many ran.
  int run_due();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Waiting, running and parked counts by kind: for metrics and health.
struct Depth {
  std::string kind;
  std::int64_t waiting = 0;
  std::int64_t running = 0;
  std::int64_t parked = 0;
};
base::Result<std::vector<Depth>> depths(storage::Connection& connection);

}  // namespace jobs
