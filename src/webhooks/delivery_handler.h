#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/result.h"
#include "providers/ids.h"
#include "storage/database.h"
#include "vcs/event.h"
#include "vcs/kind.h"
#include "webhooks/ids.h"

namespace webhooks {

// The delivery that is being worked on.
struct DeliveryContext {
  DeliveryId delivery;
  HookId hook;
  auth::OrganizationId organization;
  providers::OAuthClientId client;
  providers::OAuthTokenId token;
  const vcs::Kind* kind = nullptr;  // never null
  // Of the hook, not of the payload; every event's repository id was checked to be this one. A RepositoryRenamed among
  // the events was confirmed by the provider and holds what it said.
  std::string repository_id, repository_path;
  std::string event_name;  // the provider's own
  base::Time received_at;
  int attempt = 1;
  bool replayed = false;  // asked for by a person, maybe long after it came
};

// What the handler made of a delivery. kDone: mark_done() was called in the transaction that committed.
struct HandlerOutcome {
  enum class Kind { kDone, kRetry };
  Kind kind = Kind::kDone;
  std::string reason = {};                 // kRetry: why, for people
  std::optional<base::Millis> delay = {};  // kRetry: instead of the usual back-off

  static HandlerOutcome done() { return {}; }
  static HandlerOutcome retry(std::string reason, std::optional<base::Millis> delay = {}) {
    return {Kind::kRetry, std::move(reason), delay};
  }
};

// Turns the events of a delivery into runs. Declared here, implemented by the layer that owns runs, bound in app/.
// Called on a worker thread, several at once, never inside a transaction; the same delivery may come again after a
// crash or a retry, so everything it leaves behind is written in one transaction together with mark_done().
// An Error is taken as a retry with the error's message (kInvalid: the delivery is parked with it).
class DeliveryHandler {
 public:
  virtual ~DeliveryHandler() = default;
  virtual base::Result<HandlerOutcome> handle(const DeliveryContext& context,
                                              const std::vector<vcs::Event>& events) = 0;
};

// Closes the delivery in the caller's transaction: "3 runs started", "no workspace matched". kConflict if it is not
// open any more (another worker finished it): let the transaction fail then, so that nothing happens twice.
base::Status mark_done(storage::Transaction& transaction, const base::Clock& clock, const DeliveryId& delivery,
                       std::string_view summary);

}  // namespace webhooks
