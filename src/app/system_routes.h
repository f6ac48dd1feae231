#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/router.h"
#include "http/server.h"
#include "storage/database.h"

namespace app {

struct System {
  storage::Database& database;
  std::function<http::ServerStats()> http_stats;
};

// The block "system" of the permission table: status page, health, readiness, metrics, discovery. None tells an
// outsider more than that the server lives; metrics are for callers on this machine only.
std::vector<http::Route> system_routes(const System& system);

}  // namespace app
