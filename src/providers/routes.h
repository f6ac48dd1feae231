#pragma once

#include <string>

#include "auth/guard.h"
#include "http/router.h"
#include "providers/service.h"
#include "storage/database.h"
#include "vcs/kind.h"

namespace providers {

struct Routes {
  Service& service;
  storage::Database& database;
  const vcs::Registry& registry;
  std::string public_url;  // "https://bridge.corp", no trailing slash
};

// Adds every route of this folder and tells the guard who owns "oauth_client_id" and "oauth_token_id". What is passed
// must outlive the router.
void add_routes(http::Router& router, auth::Guard& guard, const Routes& routes);

}  // namespace providers
