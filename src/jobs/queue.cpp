#include "jobs/queue.h"

#include "jobs/bell.h"
#include "jobs/store.h"

namespace jobs {

base::Status enqueue(storage::Transaction& transaction, const NewJob& job) {
  // The earlier of two times wins; a job that is running at this moment will run once more.
  auto added = transaction.execute(
      "INSERT INTO jobs (id, kind, key, payload, state, run_after, created_at) "
      "VALUES ($1, $2, $3, $4, 'waiting', $5, $6) "
      "ON CONFLICT (kind, key) WHERE state <> 'parked' DO UPDATE SET "
      "run_after = CASE WHEN excluded.run_after < jobs.run_after THEN excluded.run_after ELSE jobs.run_after END, "
      "again = CASE WHEN jobs.state = 'running' THEN 1 ELSE jobs.again END",
      {JobId::make(), job.kind, job.key, job.payload, job.run_after, base::system_clock().now()});
  if (!added) return std::move(added).error();
  transaction.on_commit([kind = job.kind] { ring(kind); });
  return {};
}

base::Result<std::vector<Depth>> depths(storage::Connection& connection) {
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT kind, "
                                                     "SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), "
                                                     "SUM(CASE WHEN state = 'running' THEN 1 ELSE 0 END), "
                                                     "SUM(CASE WHEN state = 'parked' THEN 1 ELSE 0 END) "
                                                     "FROM jobs GROUP BY kind ORDER BY kind"));
  std::vector<Depth> found;
  for (const auto& row : rows) found.push_back({row.text(0), row.integer(1), row.integer(2), row.integer(3)});
  return found;
}

}  // namespace jobs
