#pragma once

#include <functional>
#include <vector>

#include "auth/guard.h"
#include "http/router.h"
#include "storage/database.h"
#include "vcs/kind.h"
#include "webhooks/ids.h"
#include "webhooks/registrar.h"
#include "webhooks/replay.h"

namespace jsonapi {
struct Resource;
}

namespace webhooks {

struct Routes {
  storage::Database& database;
  const base::Clock& clock;
  Registrar& registrar;
  const vcs::Registry& registry;
  // What was decided about a delivery, by the layer that decides: resources of one type, shown with the delivery.
  std::function<base::Result<std::vector<jsonapi::Resource>>(storage::Connection&, const DeliveryId&)> decisions = {};
  // For a replay that may make runs again, by the layer that makes them. Inside the replay's transaction.
  ReleaseRuns release_runs = {};
};

// Adds the routes of hooks and deliveries (not the receiver's: see Receiver::add_routes) and tells the guard who owns
// "vcs_hook_id" and "delivery_id". What is passed must outlive the router.
void add_routes(http::Router& router, auth::Guard& guard, const Routes& routes);

}  // namespace webhooks
