#pragma once

#include <string>

#include "auth/guard.h"
#include "http/router.h"
#include "runs/service.h"
#include "storage/database.h"

namespace runs {

struct Routes {
  Service& service;
  storage::Database& database;
  auth::Guard& guard;
  std::string public_url;  // "https://bridge.corp", no trailing slash
};

// Adds every route of this folder and tells the guard who owns "run_id", "plan_id", "apply_id",
// "configuration_version_id" and "comment_id". What is passed must outlive the router.
void add_routes(http::Router& router, const Routes& routes);

}  // namespace runs
