#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "git/mirror.h"
#include "keys/migrations.h"
#include "keys/routes.h"
#include "keys/service.h"
#include "test_paths.h"
#include "tests/providers/world.h"
#include "tests/support/database_test.h"

// The keys' service and routes over the providers' world, on each kind of database. 127.0.0.1 may be called.
class KeysTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    world = std::make_unique<fakes::World>(database(), std::vector<storage::Component>{keys::migrations()});
    root.emplace(*base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "keys-"));
    mirrors = std::move(*git::Mirrors::open(root->path() / "mirrors"));
    policy.emplace(*net::OutboundPolicy::parse({"127.0.0.1"}, {"127.0.0.1"}));
    service = std::make_unique<keys::Service>(
        keys::Service::Dependencies{world->database, world->clock, world->vault, *policy, *world->service, *mirrors,
                                    ssh::HostProbe(std::string(RUNBRIDGE_BINARY_DIR) + "/bin/runbridge-ssh-probe")});
    keys::add_routes(world->router, *world->guard, *service);
  }
  void TearDown() override {
    service.reset();
    mirrors.reset();
    world.reset();
    root.reset();
    support::DatabaseTest::TearDown();
  }

  fakes::World::Answer post(const std::string& target, const nlohmann::json& attributes) {
    return world->call(http::Method::kPost, target, {{"data", {{"type", "x"}, {"attributes", attributes}}}});
  }
  fakes::World::Answer get(const std::string& target) { return world->call(http::Method::kGet, target); }

  static auth::Principal ada() {
    auth::Principal principal;
    principal.kind = auth::Principal::Kind::kUser;
    principal.user = auth::UserId("user-ada");
    principal.name = "ada";
    return principal;
  }

  std::unique_ptr<fakes::World> world;
  std::optional<base::TemporaryDirectory> root;
  std::unique_ptr<git::Mirrors> mirrors;
  std::optional<net::OutboundPolicy> policy;
  std::unique_ptr<keys::Service> service;
};
