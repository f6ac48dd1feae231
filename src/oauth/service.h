#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/service.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "catalogue/catalogue.h"
#include "jobs/queue.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"
#include "oauth/authorization.h"
#include "oauth/configuration.h"
#include "oauth/grant.h"
#include "oauth/store.h"
#include "storage/database.h"
#include "vault/vault.h"

namespace oauth {

struct NewConfiguration {
  std::string name;
  std::string source_type;
  std::string url;  // empty: the service's own, if it has one
  std::string client_id;
  base::Secret client_secret;
};

// What is not set stays.
struct ConfigurationChange {
  std::optional<std::string> name, source_type, url, client_id;
  std::optional<base::Secret> client_secret;  // empty: taken away
};

using Problems = std::vector<base::Error>;

// Whose browser came back.
struct Visitor {
  auth::UserId user;
  std::string session;
};

// OAuth applications registered for this installation, and the sign-ins of people in their name that fill the secret of
// a service connection. What a sign-in brings goes from the service into the vault and from there into the connection:
// no browser and no client of the API ever has it. Thread-safe; several processes on one database share everything.
class Service {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    vault::Vault& vault;
    net::HttpClient& client;
    const net::OutboundPolicy& policy;
    std::shared_ptr<const catalogue::Catalogue> catalogue;
    std::string public_url;
  };
  explicit Service(Dependencies dependencies) : to_(std::move(dependencies)) {}

  // Makes this process run the job "oauth.authorization".
  void register_jobs(jobs::Workers& workers);

  // --- Configurations -----------------------------------------------------------------------------------------------

  // The address to register at a service: where it sends browsers back to.
  std::string callback_url() const { return to_.public_url + "/oauth2/callback"; }

  base::Result<std::vector<Configuration>> configurations();
  base::Result<Configuration> configuration(const ConfigurationId& id);
  // Errors in `problems` if there are several.
  base::Result<Configuration> create(const auth::Actor& actor, const NewConfiguration& wanted, Problems& problems);
  // kConflict for another service or URL while connections use it: their tokens would go there.
  base::Result<Configuration> update(const auth::Actor& actor, const ConfigurationId& id,
                                     const ConfigurationChange& change, Problems& problems);
  // kConflict with the list of what uses it, unless forced. Erases its secret and the sign-ins under way.
  base::Status remove(const auth::Actor& actor, const ConfigurationId& id, bool force);
  // By id, or by name without regard to case.
  static base::Result<std::optional<Configuration>> find(storage::Connection& connection, std::string_view id_or_name);
  // All registered for one service.
  static base::Result<std::vector<Configuration>> of_source(storage::Connection& connection, Source source);

  // Names of the connections that use one. Before the server starts.
  using UsesOf = std::function<base::Result<std::vector<std::string>>(storage::Connection&, const ConfigurationId&)>;
  void set_uses(UsesOf uses) { uses_ = std::move(uses); }

  // --- Sign-ins -----------------------------------------------------------------------------------------------------

  struct Wanted {
    std::string configuration;  // id or name; empty: the only one there is
    Source source = Source::kGithub;
    Purpose purpose;
    std::vector<std::string> scopes;
    std::string environment;  // kAzure: of the catalogue; empty: the first
    std::string tenant;       // kAzure: a directory's id or domain; empty: the account's own
  };
  // Whether the actor may do it was the caller's question. A browser is sent to GitHub, so that takes a user; a
  // session's sign-in can only be finished by that session, a token's only by a session of the same user.
  base::Result<Started> start(const auth::Actor& actor, const Wanted& wanted);
  // For who began it; kNotFound for everybody else.
  base::Result<Authorization> authorization(const auth::Principal& who, const AuthorizationId& id);
  base::Status cancel(const auth::Actor& actor, const AuthorizationId& id);

  // What a browser brought back.
  struct Returned {
    std::string state, code, error, description;
  };
  enum class Landing { kKnown, kExpired, kOtherBrowser };
  struct Landed {
    Landing landing = Landing::kExpired;
    AuthorizationId authorization;  // kKnown: how it went is in it
  };
  base::Result<Landed> finish(const Returned& returned, const std::optional<Visitor>& visitor,
                              const std::string& request_id);
  base::Result<std::optional<Authorization>> landed(const AuthorizationId& id, const std::optional<Visitor>& visitor);

  // What a finished sign-in brought, for who began it and for that purpose. kInvalid says what is not so.
  struct Opened {
    Configuration configuration;
    base::Secret token;
    std::string account;
  };
  base::Result<Opened> open(storage::Connection& connection, const auth::Principal& who, const AuthorizationId& id,
                            const Purpose& purpose) const;
  // Its connection has what it brought: erased. kConflict if somebody was faster.
  base::Status consume(storage::Transaction& transaction, const AuthorizationId& id) const;

 private:
  base::Status check(Configuration& configuration, Problems& problems) const;
  base::Status audit(storage::Transaction& transaction, const auth::Actor& actor, const Configuration& configuration,
                     const std::string& action, const std::string& detail) const;
  base::Status audit(storage::Transaction& transaction, const auth::Actor& actor, const Authorization& authorization,
                     const std::string& action) const;
  base::Result<Configuration> chosen(const Wanted& wanted);
  base::Result<Started> start_in_browser(const auth::Actor& actor, const Configuration& configuration,
                                         const Wanted& wanted);
  base::Result<Started> start_by_device(const auth::Actor& actor, const Configuration& configuration,
                                        const Wanted& wanted);
  base::Status keep(const auth::Actor& actor, store::AuthorizationRow row, const base::Secret& secret,
                    base::Time first_look);
  base::Status exchange(const Authorization& authorization, const std::string& code, const auth::Actor& actor);
  // Writes down how it ended.
  base::Status settle(const AuthorizationId& id, const base::Result<Grant>& outcome, const auth::Actor& actor);
  base::Status erase(storage::Transaction& transaction, const store::AuthorizationRow& row) const;
  jobs::Outcome look_after(const jobs::Job& job);
  base::Result<base::Millis> ask_again(const Authorization& authorization);
  base::Result<base::Secret> client_secret(const ConfigurationId& id);

  Dependencies to_;
  UsesOf uses_;
};

}  // namespace oauth
