#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "storage/database.h"
#include "webhooks/inbox.h"

// Deliveries of one organization that came together, on disk as one row: taking many in costs hardly more than taking
// one, and each becomes a row of its own when there is time. See docs/adr/0011-bundles.md.
namespace webhooks {

// Stores them as a bundle, with the job "delivery.spread" that will take it apart. Part of the transaction that answers
// for them. All are of one organization; there is at least one.
base::Status store_bundle(storage::Transaction& transaction, std::span<const PreparedDelivery* const> deliveries);

// Makes each delivery of the bundle a row of its own, with its job, exactly as if it had come alone (duplicates and
// contradictions included), and removes the bundle. One that is gone has been taken apart already.
base::Status spread_bundle(storage::Transaction& transaction, const base::Clock& clock, const std::string& id);
// For one that the database does not take as a whole: two halves, so that what spoils it ends up alone. Nothing happens
// to a bundle of one.
base::Status halve_bundle(storage::Transaction& transaction, const std::string& id);

// How many deliveries of the organization are on disk and not rows of their own yet.
base::Result<std::int64_t> arriving(storage::Connection& connection, const auth::OrganizationId& organization);

// The bytes of a bundle, and what is in them; an error if they are not what encode() made.
std::string encode(std::span<const PreparedDelivery* const> deliveries);
base::Result<std::vector<PreparedDelivery>> decode(std::string_view bytes);

}  // namespace webhooks
