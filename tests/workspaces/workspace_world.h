#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/providers/world.h"
#include "webhooks/hook_cache.h"
#include "webhooks/registrar.h"
#include "workspaces/routes.h"
#include "workspaces/service.h"
#include "workspaces/variable.h"

namespace fakes {

// Workspaces and their routes over a World with one provider and the repositories "1" (acme/infra) and "2"
// (acme/other).
class WorkspaceWorld {
 public:
  explicit WorkspaceWorld(storage::Database& database, const std::vector<storage::Component>& more = {});
  // Of the folder above, for ?include=; empty: nothing.
  decltype(workspaces::Routes::included) included;

  // Made by the API; `attributes` are added to the name.
  World::Answer create(const std::string& name, const nlohmann::json& attributes = nlohmann::json::object());
  World::Answer get(const std::string& target) { return world.call(http::Method::kGet, target); }
  World::Answer post(const std::string& target, const nlohmann::json& body = nullptr) {
    return world.call(http::Method::kPost, target, body);
  }
  World::Answer patch(const std::string& id, const nlohmann::json& attributes);
  World::Answer remove(const std::string& target) { return world.call(http::Method::kDelete, target); }
  // {"identifier": "acme/infra", "oauth-token-id": …} with `more` added.
  nlohmann::json repository(const nlohmann::json& more = nlohmann::json::object()) const;
  static nlohmann::json document(const nlohmann::json& attributes);

  World world;
  providers::OAuthTokenId token;
  std::unique_ptr<webhooks::HookCache> cache;
  std::unique_ptr<webhooks::Registrar> registrar;
  std::unique_ptr<workspaces::Variables> variables;
  std::unique_ptr<workspaces::Service> service;
};

}  // namespace fakes
