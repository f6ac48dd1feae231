#pragma once

#include <functional>
#include <string>

#include "auth/principal.h"
#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"
#include "webhooks/ids.h"

namespace webhooks {

// Lets a delivery make runs where it made some before, in the transaction that replays it.
using ReleaseRuns = std::function<base::Status(storage::Transaction&, const DeliveryId&)>;

struct ReplayRequest {
  DeliveryId delivery;
  auth::Principal who;
  std::string request_id;
  bool force = false;   // make runs even where there are some already
  std::string comment;  // why, for the audit log; may be empty
};

// Has a delivery that has ended, however it did, worked through again with the settings of now: it is open again, its
// job is enqueued and the audit log says who asked, in the caller's transaction. What was counted and decided before
// stays. Without `force` a commit that has its run gets no second one.
// kNotFound; kConflict while it is being worked on, or where its body is not kept any more.
base::Status replay_delivery(storage::Transaction& transaction, const base::Clock& clock, const ReplayRequest& request,
                             const ReleaseRuns& release_runs);

}  // namespace webhooks
