#pragma once

#include <string>

#include "http/server.h"
#include "storage/database.h"

namespace app {

// The counters of the process in Prometheus' text form, version 0.0.4. What the database cannot tell at the moment is
// left out.
std::string metrics_text(storage::Database& database, const http::ServerStats& http);

}  // namespace app
