#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "auth/guard.h"
#include "auth/ids.h"
#include "auth/principal.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "http/router.h"
#include "jobs/queue.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"
#include "providers/routes.h"
#include "providers/service.h"
#include "storage/database.h"
#include "storage/migrations.h"
#include "tests/providers/scripted_forge.h"
#include "vault/vault.h"

namespace fakes {

// Wall and steady clock, moved together by hand.
class ManualClock : public base::Clock {
 public:
  base::Time now() const override { return start_ + passed_.copy(); }
  base::SteadyTime steady() const override { return base::SteadyTime(std::chrono::hours(1)) + passed_.copy(); }
  void advance(base::Millis by) {
    passed_.with([&](base::Millis& passed) { passed += by; });
  }

 private:
  base::Time start_ = base::from_millis(1'770'000'000'000);
  base::Guarded<base::Millis> passed_;
};

// Keeps secrets in memory and counts them; as strict about owners as the real one.
class MemoryVault : public vault::Vault {
 public:
  base::Result<vault::SecretId> put(storage::Transaction& transaction, const vault::Owner& owner,
                                    const base::Secret& secret) override;
  base::Result<base::Secret> get(storage::Connection& connection, const vault::SecretId& id,
                                 const vault::Owner& owner) override;
  base::Status erase(storage::Transaction& transaction, const vault::SecretId& id) override;
  std::size_t size() const;
  std::size_t opened() const;  // how many times get() was called

 private:
  struct State {
    std::map<vault::SecretId, std::pair<std::string, base::Secret>> secrets;
    std::size_t opened = 0;
  };
  base::Guarded<State> state_;
};

// Refuses every call: what is tested here reaches providers through ScriptedForge.
class NoNetwork : public net::HttpClient {
 public:
  base::Result<net::ClientResponse> send(const net::Endpoint&, const net::ClientRequest&) override {
    return base::unavailable("no network in tests");
  }
};

// Two organizations, a scripted provider kind and the providers' service and routes over a real database.
class World {
 public:
  // Applies the migrations up to this folder's and `more`.
  explicit World(storage::Database& database, const std::vector<storage::Component>& more = {});
  // The scripted kind of that name proves and parses deliveries as the genuine one does, from now on.
  void use_genuine(const vcs::Kind& genuine);

  struct Answer {
    int status = 0;
    std::string text;
    nlohmann::json body;
    const nlohmann::json& data() const { return body.at("data"); }
    const nlohmann::json& attributes() const { return data().at("attributes"); }
    std::string detail() const;  // of the first error
    std::string pointer() const;
  };
  // Calls a route as the administrator, with `acting_for` as the organization that the guard would have found. Nothing
  // here checks that the thing is its own: that is the guard's work, and its tests'.
  Answer call(http::Method method, const std::string& target, const nlohmann::json& body = nullptr);
  auth::OrganizationId acting_for;

  // A registered client; the JSON's attributes are added to the usual ones. Returns the client's id.
  std::string create_client(const nlohmann::json& attributes = nlohmann::json::object());
  providers::OAuthTokenId token_of(const std::string& client_id);
  std::vector<std::string> columns(const std::string& sql);  // first column of every row, as text
  int run_jobs() { return workers.run_due(); }
  auth::ProjectId make_project(const std::string& name);
  // A service of its own over the same database, as after a restart.
  void restart_service();

  storage::Database& database;
  ManualClock clock;
  ScriptedForge forge;
  vcs::Registry registry;
  MemoryVault vault;
  NoNetwork network;
  net::OutboundPolicy policy;
  auth::OrganizationId acme, globex;
  std::unique_ptr<providers::Service> service;
  jobs::Workers workers;
  std::unique_ptr<auth::Guard> guard;
  http::Router router;
};

}  // namespace fakes
