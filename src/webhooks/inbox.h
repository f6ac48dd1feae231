#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/headers.h"
#include "base/page.h"
#include "storage/database.h"
#include "webhooks/delivery_handler.h"
#include "webhooks/hook_cache.h"
#include "webhooks/ids.h"

// What was received, and what became of it: the SQL of deliveries, on the connection of the caller.
namespace webhooks {

enum class DeliveryState {
  kReceived,  // on disk, not worked on to the end yet
  kDone,
  kIgnored,  // understood, and nothing to do
  kParked,   // cannot be understood, or contradicts another one; for people to look at
  kFailed,   // given up after many attempts
};
const char* delivery_state_name(DeliveryState state);  // "received", "done", "ignored", "parked", "failed"
std::optional<DeliveryState> delivery_state_from(std::string_view name);

struct Delivery {
  DeliveryId id;
  HookId hook;
  auth::OrganizationId organization;
  providers::OAuthClientId client;
  providers::OAuthTokenId token;
  std::string kind, repository_path;
  std::string key;  // the provider's delivery id, or "sha256:…" of the body
  std::string event_name;
  DeliveryState state = DeliveryState::kReceived;
  std::string reason;
  std::int64_t attempts = 0;
  std::int64_t retries = 0;  // attempts since the last replay that ended in an orderly way; the others crashed
  std::int64_t replays = 0;
  base::Time received_at;
  std::optional<base::Time> finished_at;
  std::string peer;
  std::int64_t body_size = 0;
  std::string body_digest;  // SHA-256, hex; empty until it has ended
};

// Raw bytes of a delivery. Headers that are secrets themselves (Authorization and the like) are masked before they
// are stored.
struct DeliveryBytes {
  base::Headers headers;
  std::string body;
};

struct Incoming {
  std::string key, event_name, peer;
  const base::Headers* headers = nullptr;
  const std::string* body = nullptr;
};

// All of a delivery that can be worked out before a transaction begins, for the writer's time is everybody's: the
// values of its row, in the order of its INSERT.
struct PreparedDelivery {
  static constexpr std::size_t kColumns = 19;
  std::vector<storage::Value> values;

  std::string_view id() const;
  std::string_view organization() const;
  bool is_open() const;  // its hook is in use: there is work to do
};
PreparedDelivery prepare_delivery(base::Time now, const KnownHook& hook, const Incoming& incoming);

enum class Stored { kNew, kDuplicate, kConflict };
// Stores it. The same key again is a duplicate; with another body it is stored beside the first one, parked, and an
// event tells people. A new one is to be worked on: see enqueue_work().
base::Result<Stored> store_delivery(storage::Transaction& transaction, const base::Clock& clock,
                                    const PreparedDelivery& prepared);

// The job "delivery.process" of a new delivery, if it is open. Part of the transaction that stores it.
base::Status enqueue_work(storage::Transaction& transaction, const PreparedDelivery& prepared);
base::Status enqueue_work(storage::Transaction& transaction, const DeliveryId& delivery);

base::Result<std::optional<Delivery>> find_delivery(storage::Connection& connection, const DeliveryId& id);
base::Result<std::optional<DeliveryBytes>> delivery_bytes(storage::Connection& connection, const DeliveryId& id);

struct DeliveryFilter {
  auth::OrganizationId organization;
  std::vector<DeliveryState> states;  // empty: all
  std::string repository;             // exact path; empty: all
  std::string client;                 // empty: all
  // An id, or a part of repository, event or reason; among the newest kSearched of the time range. Empty: all.
  std::string search;
  std::optional<base::Time> from, to;  // when they were received, both included
  static constexpr std::int64_t kSearched = 1'000;
  bool counted = false;  // the total is exact, however long counting takes
};
// Newest first. A list of all counts those that are on disk and not in the list yet (webhooks/bundle.h). Unless
// `counted`, the total stops where base::count_limit says.
base::Result<base::Page<Delivery>> list_deliveries(storage::Connection& connection, const DeliveryFilter& filter,
                                                   const base::PageRequest& page);

// Ends an open delivery; false if it has ended already.
base::Result<bool> finish_delivery(storage::Transaction& transaction, const base::Clock& clock, const DeliveryId& id,
                                   DeliveryState state, std::string_view reason);
// One orderly attempt more, with why it must be tried again.
base::Status note_retry(storage::Transaction& transaction, const DeliveryId& id, std::string_view reason);

}  // namespace webhooks
