#pragma once

#include <set>
#include <string>
#include <vector>

#include "auth/guard.h"
#include "http/router.h"
#include "jsonapi/resource.h"
#include "runs/service.h"
#include "storage/database.h"
#include "workspaces/service.h"

namespace runs {

struct Routes {
  Service& service;
  storage::Database& database;
  auth::Guard& guard;
  std::string public_url;  // "https://bridge.corp", no trailing slash
  workspaces::Service& workspaces;
};

// Adds every route of this folder and tells the guard who owns "run_id", "plan_id", "apply_id",
// "configuration_version_id" and "comment_id". What is passed must outlive the router.
void add_routes(http::Router& router, const Routes& routes);

// What ?include= may ask for of runs when workspaces are shown: for workspaces::Routes::included.
base::Result<std::vector<jsonapi::Resource>> included_of_workspaces(
    const Routes& routes, const http::Request& request, const std::vector<workspaces::Workspace>& workspaces,
    const std::set<std::string>& names);

}  // namespace runs
