#include "jobs/health.h"

namespace jobs {

base::Result<std::vector<KindHealth>> health(storage::Connection& connection, base::Time now) {
  // A run_after of 0 is "at once": such a job could have started when it was made.
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT kind, "
                                    "SUM(CASE WHEN state = 'waiting' AND run_after <= $1 THEN 1 ELSE 0 END), "
                                    "SUM(CASE WHEN state = 'waiting' AND run_after > $1 THEN 1 ELSE 0 END), "
                                    "SUM(CASE WHEN state = 'running' THEN 1 ELSE 0 END), "
                                    "SUM(CASE WHEN state = 'parked' THEN 1 ELSE 0 END), "
                                    "MIN(CASE WHEN state = 'waiting' AND run_after <= $1 "
                                    "THEN CASE WHEN run_after < created_at THEN created_at ELSE run_after END END) "
                                    "FROM jobs GROUP BY kind ORDER BY kind",
                                    {now}));
  std::vector<KindHealth> out;
  for (const auto& row : rows) {
    out.push_back({row.text(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4), row.optional_time(5)});
  }
  return out;
}

}  // namespace jobs
