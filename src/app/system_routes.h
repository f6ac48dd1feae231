#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/system_status.h"
#include "http/router.h"
#include "http/server.h"
#include "storage/database.h"

namespace app {

struct System {
  storage::Database& database;
  std::function<http::ServerStats()> http_stats;
  SystemFacts facts;
};

// The block "system" of the permission table: health, readiness, metrics, discovery, and how the server is for its
// administrators. None tells an outsider more than that the server lives; metrics are for callers on this machine only.
std::vector<http::Route> system_routes(const System& system);

}  // namespace app
