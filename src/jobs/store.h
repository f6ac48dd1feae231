#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "jobs/queue.h"
#include "storage/database.h"

namespace jobs {

// A job under a lease. `lease` is the fencing token: whatever is written about the job names it, so a worker that
// slept through its lease changes nothing.
struct Leased {
  Job job;
  std::string lease;
};

// The queue's statements. On SQLite a lease has no end, since one process owns the file: what a dead process left is
// taken back when the next one starts. On PostgreSQL it ends by the database's own clock.
class Store {
 public:
  explicit Store(storage::Database& database) : database_(database) {}

  base::Status take_back_after_restart();
  // PostgreSQL: jobs whose worker has let its lease run out, by the database's clock, wait again.
  base::Status take_back_expired();
  base::Result<std::optional<Leased>> claim(const std::string& kind, base::Time now, base::Millis lease);
  base::Status renew(const std::vector<Leased>& running, base::Millis lease);

  base::Status finish(const Leased& leased, base::Time now);  // gone, or waiting again if asked for meanwhile
  base::Status retry(const Leased& leased, base::Time run_after, const std::string& reason);
  base::Status park(const Leased& leased, const std::string& reason);

 private:
  storage::Database& database_;
};

}  // namespace jobs
