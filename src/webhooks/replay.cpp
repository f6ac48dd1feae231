#include "webhooks/replay.h"

#include <nlohmann/json.hpp>

#include "auth/audit.h"
#include "jsonapi/json.h"
#include "webhooks/inbox.h"

namespace webhooks {
namespace {

base::Status check(storage::Transaction& transaction, const Delivery& delivery) {
  if (delivery.state == DeliveryState::kReceived) {
    return base::conflict("the delivery is still being worked on; replay it when that has ended");
  }
  if (delivery.body_size == 0) return {};
  ASSIGN_OR_RETURN(const auto row, transaction.find("SELECT body FROM deliveries WHERE id = $1", {delivery.id}));
  if (row && !row->blob(0).empty()) return {};
  return base::conflict("the body of the delivery is not kept any more; have the provider send it again");
}

// Crashes are told by the attempts of the job, which is a new one: what the old one counted must not hide them.
base::Status open_again(storage::Transaction& transaction, const Delivery& delivery) {
  ASSIGN_OR_RETURN(
      const auto changed,
      transaction.execute(
          "UPDATE deliveries SET state = $2, reason = '', finished_at = NULL, retries = 0, "
          "replays = replays + 1 WHERE id = $1 AND state = $3",
          {delivery.id, delivery_state_name(DeliveryState::kReceived), delivery_state_name(delivery.state)}));
  if (changed != 1) return base::conflict("the delivery changed meanwhile");
  return enqueue_work(transaction, delivery.id);
}

base::Status write_down(storage::Transaction& transaction, const base::Clock& clock, const ReplayRequest& request,
                        const Delivery& delivery) {
  auth::AuditEntry entry;
  entry.organization = delivery.organization;
  entry.who = request.who;
  entry.action = "delivery.replay";
  entry.target_type = "deliveries";
  entry.target_id = delivery.id.str();
  entry.detail = jsonapi::dump({{"repository", delivery.repository_path},
                                {"force", request.force},
                                {"comment", request.comment},
                                {"state-before", delivery_state_name(delivery.state)},
                                {"reason-before", delivery.reason}});
  entry.request_id = request.request_id;
  return auth::audit(transaction, clock, entry);
}

}  // namespace

base::Status replay_delivery(storage::Transaction& transaction, const base::Clock& clock, const ReplayRequest& request,
                             const ReleaseRuns& release_runs) {
  ASSIGN_OR_RETURN(const auto delivery, find_delivery(transaction, request.delivery));
  if (!delivery) return base::not_found("not found");
  RETURN_IF_ERROR(check(transaction, *delivery));
  RETURN_IF_ERROR(open_again(transaction, *delivery));
  if (request.force && release_runs) RETURN_IF_ERROR(release_runs(transaction, delivery->id));
  return write_down(transaction, clock, request, *delivery);
}

}  // namespace webhooks
