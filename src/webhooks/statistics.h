#pragma once

#include <cstdint>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"

namespace webhooks {

// What arrived in one hour.
struct DeliveryHour {
  base::Time at;  // its beginning
  std::int64_t received = 0;
  std::int64_t failed = 0;    // failed, or set aside
  std::int64_t finished = 0;  // of those received
  // From receipt to decision, in milliseconds.
  std::int64_t mean_latency = 0;
  std::int64_t worst_latency = 0;
};

// The last `hours` hours, oldest first, the one that is under way last; hours without a delivery too.
base::Result<std::vector<DeliveryHour>> delivery_hours(storage::Connection& connection,
                                                       const auth::OrganizationId& organization, base::Time now,
                                                       int hours);

}  // namespace webhooks
