#include "jobs/store.h"

#include "base/random.h"

namespace jobs {
namespace {

constexpr std::string_view kClaimSqlite =
    "UPDATE jobs SET state = 'running', attempts = attempts + 1, again = 0, lease = $3 "
    "WHERE id = (SELECT id FROM jobs WHERE kind = $1 AND state = 'waiting' AND run_after <= $2 "
    "ORDER BY run_after, created_at LIMIT 1) "
    "RETURNING id, kind, key, payload, attempts, created_at";

constexpr std::string_view kClaimPostgres =
    "UPDATE jobs SET state = 'running', attempts = attempts + 1, again = 0, lease = $3, "
    "leased_until = CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) + CAST($4 AS BIGINT) "
    "WHERE id = (SELECT id FROM jobs WHERE kind = $1 AND state = 'waiting' AND run_after <= $2 "
    "ORDER BY run_after, created_at LIMIT 1 FOR UPDATE SKIP LOCKED) "
    "RETURNING id, kind, key, payload, attempts, created_at";

base::Result<storage::Rows> claim_postgres(storage::Transaction& transaction, const std::string& kind, base::Time now,
                                           const std::string& token, base::Millis lease) {
  // SKIP LOCKED keeps workers apart by itself; a snapshot would only make them repeat each other's claims.
  RETURN_IF_ERROR(transaction.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"));
  return transaction.query(kClaimPostgres, {kind, now, token, lease.count()});
}

Leased to_leased(const storage::Row& row, std::string lease) {
  Leased leased;
  leased.job.id = row.id<JobId>(0);
  leased.job.kind = row.text(1);
  leased.job.key = row.text(2);
  leased.job.payload = row.text(3);
  leased.job.attempt = static_cast<int>(row.integer(4));
  leased.job.created_at = row.time(5);
  leased.lease = std::move(lease);
  return leased;
}

base::Status changed(base::Result<std::int64_t> result) {
  if (!result) return std::move(result).error();
  return {};
}

}  // namespace

base::Status Store::take_back_after_restart() {
  if (database_.dialect() != storage::Dialect::kSqlite) return take_back_expired();
  return database_.write([](storage::Transaction& transaction) {
    return changed(transaction.execute("UPDATE jobs SET state = 'waiting', lease = NULL WHERE state = 'running'"));
  });
}

base::Status Store::take_back_expired() {
  if (database_.dialect() == storage::Dialect::kSqlite) return {};
  return database_.write([](storage::Transaction& transaction) {
    return changed(
        transaction.execute("UPDATE jobs SET state = 'waiting', lease = NULL WHERE state = 'running' AND "
                            "leased_until < CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"));
  });
}

base::Result<std::optional<Leased>> Store::claim(const std::string& kind, base::Time now, base::Millis lease) {
  const std::string token = base::random_base58(16);
  using Found = base::Result<std::optional<Leased>>;
  return database_.write([&](storage::Transaction& transaction) -> Found {
    const bool sqlite = transaction.dialect() == storage::Dialect::kSqlite;
    ASSIGN_OR_RETURN(const auto rows, sqlite ? transaction.query(kClaimSqlite, {kind, now, token})
                                             : claim_postgres(transaction, kind, now, token, lease));
    if (rows.empty()) return std::optional<Leased>();
    return std::optional<Leased>(to_leased(rows.front(), token));
  });
}

base::Status Store::renew(const std::vector<Leased>& running, base::Millis lease) {
  if (database_.dialect() == storage::Dialect::kSqlite || running.empty()) return {};
  return database_.write([&](storage::Transaction& transaction) -> base::Status {
    for (const Leased& leased : running) {
      RETURN_IF_ERROR(changed(transaction.execute(
          "UPDATE jobs SET leased_until = CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) + "
          "CAST($3 AS BIGINT) WHERE id = $1 AND lease = $2",
          {leased.job.id, leased.lease, lease.count()})));
    }
    return {};
  });
}

base::Status Store::finish(const Leased& leased, base::Time now) {
  return database_.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto again,
                     transaction.execute("UPDATE jobs SET state = 'waiting', again = 0, attempts = 0, lease = NULL, "
                                         "reason = '', run_after = $3 WHERE id = $1 AND lease = $2 AND again = 1",
                                         {leased.job.id, leased.lease, now}));
    if (again > 0) return {};
    return changed(transaction.execute("DELETE FROM jobs WHERE id = $1 AND lease = $2", {leased.job.id, leased.lease}));
  });
}

base::Status Store::retry(const Leased& leased, base::Time run_after, const std::string& reason) {
  return database_.write([&](storage::Transaction& transaction) {
    return changed(
        transaction.execute("UPDATE jobs SET state = 'waiting', again = 0, lease = NULL, run_after = $3, "
                            "reason = $4 WHERE id = $1 AND lease = $2",
                            {leased.job.id, leased.lease, run_after, reason}));
  });
}

base::Status Store::park(const Leased& leased, const std::string& reason) {
  return database_.write([&](storage::Transaction& transaction) {
    return changed(
        transaction.execute("UPDATE jobs SET state = 'parked', lease = NULL, reason = $3 "
                            "WHERE id = $1 AND lease = $2",
                            {leased.job.id, leased.lease, reason}));
  });
}

}  // namespace jobs
