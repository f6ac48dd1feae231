#pragma once

#include <functional>
#include <string>

#include "app/system_status.h"
#include "auth/ids.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/router.h"
#include "http/server.h"
#include "runs/run_key.h"
#include "runs/service.h"
#include "storage/database.h"

namespace auth {
class Bootstrap;
class Guard;
class Service;
}  // namespace auth
namespace connections {
class Service;
}
namespace federation {
class Issuer;
}
namespace keys {
class Service;
}
namespace oauth {
class Service;
}
namespace providers {
class Service;
}
namespace signin {
class Service;
class SignOn;
}  // namespace signin
namespace vcs {
class Registry;
}
namespace webhooks {
class Receiver;
class Registrar;
}  // namespace webhooks
namespace workspaces {
class Service;
class Variables;
}  // namespace workspaces

namespace app {

// Everything routes are made of. What is named must outlive the router.
struct RouterParts {
  storage::Database& database;
  const base::Clock& clock;
  const vcs::Registry& registry;
  std::string public_url;
  auth::Guard& guard;
  auth::Service& auth_service;
  auth::Bootstrap& bootstrap;
  signin::Service& signin;
  signin::SignOn& sign_on;
  providers::Service& providers;
  webhooks::Registrar& registrar;
  webhooks::Receiver& receiver;
  keys::Service& keys;
  workspaces::Service& workspaces;
  workspaces::Variables& variables;
  runs::Service& runs;
  connections::Service& connections;
  federation::Issuer& issuer;
  oauth::Service& oauth;
  std::function<http::ServerStats()> http_stats;
  SystemFacts facts;
};

// Adds every route and the guard in front of them. kInternal, naming it, if a route has no permission.
base::Status set_up_router(http::Router& router, const RouterParts& parts);

struct Features {
  auth::Service& auth;
  providers::Service& providers;
  keys::Service& keys;
  workspaces::Service& workspaces;
  connections::Service& connections;
  runs::Service& runs;
};
// Tells the lower folders what they ask of the higher ones: who uses a key, how many workspaces a project has, what
// to do when a workspace was connected.
void bind_features(const Features& features);

// The workspaces' SSH keys, for runs.
runs::OpenRunKey run_keys(keys::Service& keys);

// Whether an organization has an SSH key, for workspaces.
std::function<base::Result<bool>(storage::Connection&, const auth::OrganizationId&, const std::string&)> ssh_key_check(
    keys::Service& keys);

}  // namespace app
