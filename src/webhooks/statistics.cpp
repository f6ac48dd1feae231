#include "webhooks/statistics.h"

namespace webhooks {
namespace {

constexpr std::int64_t kHour = 3'600'000;

}  // namespace

base::Result<std::vector<DeliveryHour>> delivery_hours(storage::Connection& connection,
                                                       const auth::OrganizationId& organization, base::Time now,
                                                       int hours) {
  const std::int64_t first = base::to_millis(now) / kHour - hours + 1;
  std::vector<DeliveryHour> out(static_cast<std::size_t>(hours));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].at = base::from_millis((first + static_cast<std::int64_t>(i)) * kHour);
  }
  // A replay finishes long after the receipt and says nothing of how fast the server is.
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT received_at / 3600000 AS hour, COUNT(*), "
                       "SUM(CASE WHEN state IN ('failed', 'parked') THEN 1 ELSE 0 END), "
                       "SUM(CASE WHEN finished_at IS NULL OR replays > 0 THEN 0 ELSE 1 END), "
                       "SUM(CASE WHEN finished_at IS NULL OR replays > 0 THEN 0 ELSE finished_at - received_at END), "
                       "MAX(CASE WHEN finished_at IS NULL OR replays > 0 THEN 0 ELSE finished_at - received_at END) "
                       "FROM deliveries WHERE organization_id = $1 AND received_at >= $2 AND received_at <= $3 "
                       "GROUP BY received_at / 3600000",
                       {organization, first * kHour, now}));
  for (const auto& row : rows) {
    auto& hour = out[static_cast<std::size_t>(row.integer(0) - first)];
    hour.received = row.integer(1);
    hour.failed = row.integer(2);
    hour.finished = row.integer(3);
    hour.mean_latency = hour.finished == 0 ? 0 : row.integer(4) / hour.finished;
    hour.worst_latency = row.integer(5);
  }
  return out;
}

}  // namespace webhooks
