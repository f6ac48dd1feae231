#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "jobs/queue.h"
#include "providers/health.h"
#include "providers/service.h"
#include "providers/store.h"

// Private to service.cpp, registration.cpp and verification.cpp.
namespace providers {

class Service::Impl {
 public:
  explicit Impl(Dependencies given)
      : dependencies(given), monitor(std::make_shared<HealthMonitor>(given.database, given.clock)) {}

  struct Connected {
    std::int64_t revision = 0;
    Opened opened;
  };
  struct Listener {
    Deleted deleted;
    InUse in_use;
    Erased erased;
  };

  vault::Owner token_owner(const auth::OrganizationId& organization, const OAuthTokenId& id, const char* column) const {
    return {organization.str(), "oauth_tokens", id.str(), column};
  }
  HealthMonitor::Target target_of(const store::Access& access) const {
    return {access.token, access.client, access.revision};
  }

  base::Result<store::Access> access(storage::Connection& connection, const OAuthTokenId& id, bool deleted_too);
  // The same on a connection of its own, with the token opened.
  struct WithToken {
    store::Access access;
    std::optional<base::Secret> token;  // unset: the cached connection is still good
  };
  base::Result<WithToken> read_access(const OAuthTokenId& id, bool deleted_too, bool use_cache);
  base::Result<Opened> open(const OAuthTokenId& id, bool deleted_too);
  base::Result<vcs::ProviderConfig> config_of(const store::Access& access, base::Secret token) const;
  base::Result<const vcs::Kind*> kind_of(const std::string& name) const;
  OAuthClient with_display_name(OAuthClient client) const;

  base::Status enqueue_verify(storage::Transaction& transaction, const OAuthTokenId& token);
  base::Status put_token(storage::Transaction& transaction, OAuthClient& client, const base::Secret& token);
  base::Status put_key(storage::Transaction& transaction, OAuthClient& client, const base::Secret& key,
                       const std::string& fingerprint);
  base::Status put_client_secret(storage::Transaction& transaction, const OAuthClient& client,
                                 const base::Secret& secret);
  base::Status ensure_token_row(storage::Transaction& transaction, OAuthClient& client);
  base::Status check_projects(storage::Connection& connection, const OAuthClient& client) const;
  base::Status audit(storage::Transaction& transaction, const auth::Principal& who, const OAuthClient& client,
                     const std::string& action) const;
  base::Result<OAuthClient> live_client(storage::Connection& connection, const OAuthClientId& id) const;
  base::Status remove(storage::Transaction& transaction, const auth::Principal& who, const OAuthClient& client);
  base::Status forget_token(storage::Transaction& transaction, const OAuthTokenId& id);

  jobs::Outcome run_verify(const jobs::Job& job);
  jobs::Outcome run_erase(const jobs::Job& job);
  base::Result<bool> erase(storage::Transaction& transaction, const OAuthTokenId& id);
  base::Result<vcs::Verification> verify_now(const OAuthTokenId& id);

  Dependencies dependencies;
  std::shared_ptr<HealthMonitor> monitor;
  base::Guarded<std::map<OAuthTokenId, Connected>> connected;
  Dependents dependents;
  std::vector<Listener> listeners;
};

}  // namespace providers
