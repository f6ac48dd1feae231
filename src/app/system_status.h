#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/server.h"
#include "jsonapi/resource.h"
#include "storage/database.h"

namespace app {

// What a process knows of itself.
struct SystemFacts {
  const base::Clock& clock;
  base::Time started_at;
  std::filesystem::path data_directory;
  std::vector<std::pair<std::string, int>> workers;  // what for, and how many at once
};

// How the server is, for its administrators: version, uptime, database, disk, queues, workers. What cannot be found
// out is null.
base::Result<jsonapi::Resource> system_status(storage::Database& database, const SystemFacts& facts,
                                              const http::ServerStats& http);

}  // namespace app
