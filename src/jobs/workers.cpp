#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <list>
#include <map>
#include <mutex>
#include <thread>

#include "base/guarded.h"
#include "base/random.h"
#include "base/thread.h"
#include "jobs/bell.h"
#include "jobs/queue.h"
#include "jobs/store.h"
#include "logging/log.h"

namespace jobs {
namespace {

// Doubles from first_delay, with up to a quarter more or less so that what failed together is not retried together.
base::Millis back_off(const WorkerOptions& options, int attempt) {
  const int doublings = std::clamp(attempt - 1, 0, 20);
  const auto delay = std::min(options.max_delay.count(), options.first_delay.count() << doublings);
  unsigned char byte = 0;
  base::fill_random({&byte, 1});
  return base::Millis(delay * (192 + byte / 2) / 256);
}

Outcome run_handler(const Handler& handler, const Job& job) {
  try {
    return handler(job);
  } catch (const std::exception& problem) {
    logging::error("a job's handler threw", {{"kind", job.kind}, {"key", job.key}, {"what", problem.what()}});
    return Outcome::retry("an unexpected failure; the log has more");
  }
}

}  // namespace

class Workers::Impl {
 public:
  Impl(storage::Database& database, const base::Clock& clock) : store_(database), clock_(clock) {}
  ~Impl() { stop(); }

  void register_handler(const std::string& kind, WorkerOptions options, Handler handler) {
    lanes_.emplace(kind, Lane{options, std::move(handler)});
  }

  void limit_leases(base::Millis longest) {
    for (auto& [kind, lane] : lanes_) lane.options.lease = std::min(lane.options.lease, longest);
  }

  void start() {
    if (const auto taken = store_.take_back_after_restart(); !taken) {
      logging::error("jobs of an earlier process could not be taken back", {{"detail", taken.error().detail}});
    }
    listener_.emplace([this](const std::string& kind) { wake(kind); });
    for (auto& [kind, lane] : lanes_) {
      for (int i = 0; i < lane.options.threads; ++i) {
        threads_.push_back(base::start_thread(
            kind, [this, &kind = kind, &lane = lane](const std::stop_token& stop) { work(kind, lane, stop); }));
      }
    }
    threads_.push_back(base::start_thread("job-leases", [this](const std::stop_token& stop) { keep_leases(stop); }));
  }

  void stop() {
    stopping_ = true;
    listener_.reset();
    for (auto& thread : threads_) thread.request_stop();
    threads_.clear();  // joins
  }

  bool stopping() const { return stopping_; }

  int run_due() {
    int ran = 0;
    for (bool found = true; found;) {
      found = false;
      for (auto& [kind, lane] : lanes_) {
        while (run_one(kind, lane)) {
          found = true;
          ++ran;
        }
      }
    }
    return ran;
  }

 private:
  struct Lane {
    Lane(WorkerOptions lane_options, Handler lane_handler) : options(lane_options), handler(std::move(lane_handler)) {}
    Lane(Lane&& other) noexcept : options(other.options), handler(std::move(other.handler)) {}  // before any thread
    WorkerOptions options;
    Handler handler;
    std::mutex mutex;
    std::condition_variable_any woken;
    std::uint64_t rings = 0;
  };

  void wake(const std::string& kind) {
    const auto lane = lanes_.find(kind);
    if (lane == lanes_.end()) return;
    const std::lock_guard lock(lane->second.mutex);
    ++lane->second.rings;
    lane->second.woken.notify_one();
  }

  void work(const std::string& kind, Lane& lane, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::uint64_t heard = 0;
      {
        const std::lock_guard lock(lane.mutex);
        heard = lane.rings;
      }
      if (run_one(kind, lane)) continue;
      std::unique_lock lock(lane.mutex);
      lane.woken.wait_for(lock, stop, lane.options.poll, [&] { return lane.rings != heard; });
    }
  }

  // True if there was a job.
  bool run_one(const std::string& kind, Lane& lane) {
    auto claimed = store_.claim(kind, clock_.now(), lane.options.lease);
    if (!claimed) {
      logging::warning("no job could be claimed", {{"kind", kind}, {"detail", claimed.error().detail}});
      return false;
    }
    if (!*claimed) return false;
    const Leased leased = std::move(**claimed);
    running_.with([&](auto& running) { running.push_back(leased); });
    settle(leased, lane.options, attempt(leased.job, lane));
    running_.with(
        [&](auto& running) { running.remove_if([&](const Leased& one) { return one.lease == leased.lease; }); });
    return true;
  }

  // A job that took the whole process down is counted too, so it does not come back for ever.
  static Outcome attempt(const Job& job, const Lane& lane) {
    if (job.attempt > lane.options.park_after) return Outcome::park("given up: the process ended while working on it");
    Outcome outcome = run_handler(lane.handler, job);
    if (outcome.kind == Outcome::Kind::kRetry && job.attempt >= lane.options.park_after) {
      return Outcome::park("given up after " + std::to_string(job.attempt) + " attempts: " + outcome.reason);
    }
    return outcome;
  }

  void settle(const Leased& leased, const WorkerOptions& options, const Outcome& outcome) {
    const base::Time now = clock_.now();
    base::Status settled;
    switch (outcome.kind) {
      case Outcome::Kind::kDone: settled = store_.finish(leased, now); break;
      case Outcome::Kind::kRetry:
        settled =
            store_.retry(leased, now + outcome.delay.value_or(back_off(options, leased.job.attempt)), outcome.reason);
        break;
      case Outcome::Kind::kPark:
        logging::warning("a job is parked",
                         {{"kind", leased.job.kind}, {"key", leased.job.key}, {"reason", outcome.reason}});
        settled = store_.park(leased, outcome.reason);
        break;
    }
    if (!settled) {
      logging::error("a job's outcome could not be stored; it will run again",
                     {{"kind", leased.job.kind}, {"key", leased.job.key}, {"detail", settled.error().detail}});
      unsettled(leased, now);
    }
  }

  // The database may be back in a moment: without this a SQLite job would wait for the next start.
  void unsettled(const Leased& leased, base::Time now) {
    for (int i = 0; i < 3; ++i) {
      if (store_.retry(leased, now + base::Millis(1000), "its outcome could not be stored")) return;
    }
  }

  void keep_leases(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    base::Millis shortest{30'000};
    for (const auto& [kind, lane] : lanes_) shortest = std::min(shortest, lane.options.lease);
    while (!stop.stop_requested()) {
      std::unique_lock lock(mutex);
      never.wait_for(lock, stop, shortest / 3, [] { return false; });
      const auto running = running_.copy();
      if (const auto renewed = store_.renew({running.begin(), running.end()}, shortest); !renewed) {
        logging::warning("leases could not be renewed", {{"detail", renewed.error().detail}});
      }
      if (const auto taken = store_.take_back_expired(); !taken) {
        logging::warning("expired leases could not be taken back", {{"detail", taken.error().detail}});
      }
    }
  }

  Store store_;
  const base::Clock& clock_;
  std::map<std::string, Lane> lanes_;
  base::Guarded<std::list<Leased>> running_;
  std::atomic<bool> stopping_ = false;
  std::optional<Listener> listener_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

Workers::Workers(storage::Database& database, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(database, clock)) {}
Workers::~Workers() = default;
void Workers::register_handler(const std::string& kind, WorkerOptions options, Handler handler) {
  impl_->register_handler(kind, options, std::move(handler));
}
void Workers::limit_leases(base::Millis longest) { impl_->limit_leases(longest); }
void Workers::start() { impl_->start(); }
void Workers::stop() { impl_->stop(); }
bool Workers::stopping() const { return impl_->stopping(); }
int Workers::run_due() { return impl_->run_due(); }

}  // namespace jobs
