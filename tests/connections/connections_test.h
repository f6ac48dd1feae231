#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/migrations.h"
#include "base/file.h"
#include "base/guarded.h"
#include "connections/migrations.h"
#include "connections/routes.h"
#include "connections/service.h"
#include "jobs/migrations.h"
#include "jobs/queue.h"
#include "logging/log.h"
#include "oauth/migrations.h"
#include "oauth/routes.h"
#include "oauth/service.h"
#include "storage/migrations.h"
#include "tests/auth/world.h"
#include "tests/connections/fake_sign_ins.h"
#include "vault/migrations.h"
#include "vault/vault.h"
#include "workspaces/migrations.h"
#include "workspaces/store.h"

// Service connections over the real access block and vault, on each kind of database: every call goes through router,
// guard, handler, service and store. Outside services are what `answer` says.
class ConnectionsTest : public auth::WorldTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    const auto migrated = storage::migrate(
        database(), {jobs::migrations(), vault::migrations(), auth::migrations(), auth::answer_migrations(),
                     workspaces::migrations(), connections::migrations(), oauth::migrations()});
    ASSERT_TRUE(migrated) << migrated.error().message << migrated.error().detail;
    world_ = std::make_unique<auth::World>(database());
    directory.emplace(*base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "connections-"));
    vault = *vault::Vault::open(database(), directory->path() / "master.key");
    start();
    connections::add_routes(world_->router, world_->guard, *service);
    world_->router.add(oauth::routes(
        *oauth, [this](const http::Request&) { return base::Result<std::optional<oauth::Visitor>>(browser); }));
    world_->guard.register_owner("workspace_id",
                                 [](storage::Connection& connection,
                                    const std::string& id) -> base::Result<std::optional<auth::OrganizationId>> {
                                   ASSIGN_OR_RETURN(
                                       const auto row,
                                       connection.find("SELECT organization_id FROM workspaces WHERE id = $1", {id}));
                                   return row ? std::optional(row->id<auth::OrganizationId>(0)) : std::nullopt;
                                 });
    acme = *world_->service.access().organization_named("acme").value();
    project =
        *world_->service.read([&](storage::Connection& connection) { return auth::default_project(connection, acme); });
  }
  void TearDown() override {
    workers.reset();
    service.reset();
    oauth.reset();
    vault.reset();
    directory.reset();
    auth::WorldTest::TearDown();
  }

  void start() {
    oauth = std::make_unique<oauth::Service>(oauth::Service::Dependencies{
        database(), world_->clock, *vault, outside, policy, catalogue::Catalogue::builtin(), issuer});
    oauth->set_uses(connections::Service::users_of);
    connections::Service::Dependencies needed{
        database(),
        world_->clock,
        *vault,
        catalogue::Catalogue::builtin(),
        [this](const connections::Attempt& attempt) { return try_it(attempt); },
        [this](const connections::Attempt& attempt, const auto& names) {
          fetched_for.with([&](auto& all) { all.emplace_back(attempt.subject, attempt.token_lifetime.count()); });
          catalogue::StepFacts facts;
          for (const auto& name : names) facts.captures[name] = base::Secret("fetched-" + name);
          return base::Result<catalogue::StepFacts>(std::move(facts));
        },
        issuer,
        4,
        oauth.get()};
    needed.lister = [this](const connections::Attempt& attempt, const catalogue::Parameter& parameter) {
      options_asked.with([&](auto& all) { all.push_back(parameter.id); });
      return service_options ? service_options(attempt) : base::Result<connections::Options>(connections::Options{});
    };
    needed.accounts.name = [](const connections::ServiceConnectionId& id) { return "account-of-" + id.str(); };
    needed.accounts.can_make = [](const catalogue::Scheme& scheme) { return !scheme.on_create.empty(); };
    needed.accounts.make = [this](const connections::Attempt&, const std::string& name) {
      return make_account ? make_account(name) : connections::AccountMade{};
    };
    needed.accounts.remove = [this](const connections::Attempt&, const std::string& name) {
      accounts_removed.with([&](auto& all) { all.push_back(name); });
      return remove_account ? remove_account(name) : connections::AccountRemoved{{"ServiceAccount " + name}, {}};
    };
    service = std::make_unique<connections::Service>(std::move(needed));
    start_workers();
  }
  // Again: as after a restart, with nothing but what the database knows.
  void start_workers() {
    workers = std::make_unique<jobs::Workers>(database(), world_->clock);
    service->register_jobs(*workers);
    oauth->register_jobs(*workers);
  }

  connections::Report try_it(const connections::Attempt& attempt) {
    attempts.with([&](auto& all) { all.push_back(attempt.name); });
    return answer ? answer(attempt) : ok();
  }
  static connections::Report ok() {
    connections::Report report;
    report.result = "ok";
    report.milliseconds = 7;
    report.steps = {{"whoami", "http", "ok", "", 7}};
    return report;
  }

  std::string connections_path() const { return "/api/v2/projects/" + project.str() + "/service-connections"; }
  static std::string path_of(const std::string& id) { return "/api/v2/service-connections/" + id; }

  static jsonapi::Json generic(const std::string& name) {
    return {
        {"name", name},
        {"connection-type", "generic"},
        {"scheme", "username_password"},
        {"parameters",
         {{"server_url", "https://service.example.com/api"}, {"username", "ada"}, {"password", "canary-password"}}}};
  }
  // Made as ada; the id.
  std::string make(const std::string& name, const jsonapi::Json& more = jsonapi::Json::object()) {
    auto wanted = generic(name);
    wanted.update(more);
    const auto made = world_->post(connections_path(), world_->ada.token, auth::attributes(wanted));
    EXPECT_EQ(made.status, 201) << made.body;
    return made.id();
  }
  std::string make_azure() {
    return world_
        ->post(connections_path(), world_->ada.token,
               auth::attributes({{"name", "cloud"},
                                 {"connection-type", "azure_rm"},
                                 {"scheme", "service_principal_key"},
                                 {"parameters",
                                  {{"subscription_id", "00000000-0000-0000-0000-00000000000a"},
                                   {"subscription_name", "Production"},
                                   {"tenant_id", "00000000-0000-0000-0000-00000000000b"},
                                   {"client_id", "00000000-0000-0000-0000-00000000000c"},
                                   {"client_secret", "canary-client-secret"}}}}))
        .id();
  }
  std::string make_workspace(const std::string& name, std::optional<auth::ProjectId> in = {}) {
    workspaces::Workspace workspace;
    workspace.id = workspaces::WorkspaceId::make();
    workspace.organization = acme;
    workspace.project = in.value_or(project);
    workspace.name = name;
    workspace.created_at = workspace.updated_at = workspace.latest_change_at = world_->clock.now();
    const auto done = database().write(
        [&](storage::Transaction& transaction) { return workspaces::store::insert(transaction, workspace); });
    EXPECT_TRUE(done) << done.error().message << done.error().detail;
    return workspace.id.str();
  }
  auth::ProjectId make_project(const std::string& name) {
    const auto made =
        world_->post("/api/v2/organizations/acme/projects", world_->ada.token, auth::attributes({{"name", name}}));
    EXPECT_EQ(made.status, 201) << made.body;
    return auth::ProjectId(made.id());
  }
  std::vector<std::string> audited(const std::string& target) {
    const auto log = world_->get("/api/v2/organizations/acme/audit-events?page%5Bsize%5D=100", world_->ada.token);
    std::vector<std::string> actions;
    for (const auto& event : log.json["data"]) {
      if (jsonapi::get_text(event, "attributes.target-id") == target) {
        actions.push_back(jsonapi::get_text(event, "attributes.action"));
      }
    }
    return actions;
  }
  static std::string pointer_of(const auth::Reply& reply) {
    return reply.json["errors"].empty() ? "" : jsonapi::get_text(reply.json["errors"][0], "source.pointer");
  }
  static std::string detail_of(const auth::Reply& reply) {
    return reply.json["errors"].empty() ? "" : jsonapi::get_text(reply.json["errors"][0], "detail");
  }

  std::optional<base::TemporaryDirectory> directory;
  std::unique_ptr<vault::Vault> vault;
  FakeSignIns outside;
  net::OutboundPolicy policy;
  std::optional<oauth::Visitor> browser;  // that comes back from a service
  std::unique_ptr<oauth::Service> oauth;
  std::unique_ptr<connections::Service> service;
  std::unique_ptr<jobs::Workers> workers;
  std::function<connections::Report(const connections::Attempt&)> answer;
  std::function<base::Result<connections::Options>(const connections::Attempt&)> service_options;
  base::Guarded<std::vector<std::string>> options_asked;  // fields whose choices a service was asked for
  std::function<connections::AccountMade(const std::string& name)> make_account;
  std::function<connections::AccountRemoved(const std::string& name)> remove_account;
  base::Guarded<std::vector<std::string>> accounts_removed;
  std::string issuer = "https://bridge.example.com";
  base::Guarded<std::vector<std::string>> attempts;
  base::Guarded<std::vector<std::pair<std::string, std::int64_t>>> fetched_for;  // subject, seconds
  auth::OrganizationId acme;
  auth::ProjectId project;
};
