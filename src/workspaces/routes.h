#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "auth/guard.h"
#include "http/router.h"
#include "jsonapi/resource.h"
#include "workspaces/service.h"

namespace workspaces {

struct Routes {
  Service& service;
  Variables& variables;
  // Resources of folders above that `include=` may ask for ("current_run", "current_run.plan", …).
  std::function<base::Result<std::vector<jsonapi::Resource>>(const http::Request&, const std::vector<Workspace>&,
                                                             const std::set<std::string>&)>
      included = {};
};

// Adds every route of this folder and tells the guard who owns "workspace_id". What is passed must outlive the router.
void add_routes(http::Router& router, auth::Guard& guard, const Routes& routes);

}  // namespace workspaces
