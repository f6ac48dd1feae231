#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/ids.h"
#include "auth/principal.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"
#include "providers/client.h"
#include "providers/ids.h"
#include "storage/database.h"
#include "vault/vault.h"
#include "vcs/kind.h"
#include "vcs/provider.h"

namespace jobs {
class Workers;
}

namespace providers {

// A token that can be used: shared, safe to call from many threads, good for as long as the caller holds it.
struct Opened {
  std::shared_ptr<vcs::Provider> provider;
  const vcs::Kind* kind = nullptr;  // never null
};

// A workspace that hangs on a token, for the list people see before they delete a provider.
struct AffectedWorkspace {
  std::string id;
  std::string name;
};

// What folders above this one tell it (they cannot be called from here). Set before the server starts.
struct Dependents {
  // Workspaces that use the token now.
  std::function<base::Result<std::vector<AffectedWorkspace>>(storage::Connection&, const OAuthTokenId&)> workspaces;
};

// Registered VCS providers and what can be done with them. Thread-safe.
//
// A provider that refuses its token is left alone: after a 401 every call through open() fails with kUnavailable and
// retry_after until five minutes have passed or the token was replaced; after a 403 the same holds for that one
// operation on that one repository.
class Service {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    vault::Vault& vault;
    const vcs::Registry& registry;
    net::HttpClient& http;
    const net::OutboundPolicy& policy;
  };
  explicit Service(Dependencies dependencies);
  ~Service();

  // --- For the features above -------------------------------------------------------------------------------------

  // kNotFound for an unknown or deleted token. Callers inside a transaction use the form with a connection.
  base::Result<TokenInfo> find_token(const OAuthTokenId& id);
  base::Result<TokenInfo> find_token(storage::Connection& connection, const OAuthTokenId& id);

  // The provider behind a token. kNotFound: unknown or deleted; kConflict: no token was given yet (the message says
  // so). Must not be called from inside read() or write().
  base::Result<Opened> open(const OAuthTokenId& id);
  // The same for clean-up after the client was deleted: works until its token is erased (see on_deleted).
  base::Result<Opened> open_for_removal(const OAuthTokenId& id);
  // User name and password (or header) for git over HTTPS.
  base::Result<vcs::Provider::GitCredentials> git_credentials(const OAuthTokenId& id);
  // CA bundle and proxy to reach the provider's host with, for git over HTTPS.
  base::Result<net::Endpoint> endpoint(const OAuthTokenId& id);

  // The private key for clones, if the token has one.
  base::Result<std::optional<base::Secret>> ssh_private_key(const OAuthTokenId& id);
  // Checks the key hard (kInvalid "Ssh key is invalid: …") and stores it in place of any other.
  base::Status set_ssh_key(const auth::Principal& who, const OAuthTokenId& id, const base::Secret& private_key);

  // May a workspace of that project use this token? kInvalid if not, with the text for the person.
  base::Status check_scope(storage::Connection& connection, const OAuthTokenId& id,
                           const auth::OrganizationId& organization, const auth::ProjectId& project);

  // What a caller learned on its own (git over HTTPS, say). Calls through open() are noted without help.
  void note_failure(const OAuthTokenId& id, const base::Error& error);
  void note_success(const OAuthTokenId& id);

  void set_dependents(Dependents dependents);
  // Called inside the transaction that deletes a client, in the order registered: unlink workspaces, ask for hooks to
  // be removed. The token can still be opened (open_for_removal) until no `in_use` answers true, at most 24 hours.
  using Deleted = std::function<base::Status(storage::Transaction&, const OAuthTokenId&)>;
  using InUse = std::function<base::Result<bool>(storage::Connection&, const OAuthTokenId&)>;
  // `erased`: the token is gone for good, whether it was needed still or not.
  using Erased = std::function<base::Status(storage::Transaction&, const OAuthTokenId&)>;
  void on_deleted(Deleted deleted, InUse in_use = {}, Erased erased = {});
  // Looks again, soon, whether a deleted client's token can be erased; to be called when one more use has ended.
  base::Status erase_if_unused(storage::Transaction& transaction, const OAuthTokenId& id);

  // --- For the routes of this folder ------------------------------------------------------------------------------

  base::Result<OAuthClient> create(const auth::Principal& who, const auth::OrganizationId& organization,
                                   const NewClient& client);
  base::Result<OAuthClient> find(const OAuthClientId& id);
  base::Result<std::vector<OAuthClient>> list(const auth::OrganizationId& organization);
  base::Result<OAuthClient> update(const auth::Principal& who, const OAuthClientId& id, const ClientChange& change);
  base::Status remove(const auth::Principal& who, const OAuthClientId& id);
  base::Status remove_token(const auth::Principal& who, const OAuthTokenId& id);
  // All of an organization that is being deleted. Its row is needed until no token is left (has_tokens); the last one
  // that is erased takes the row along.
  base::Status remove_all(storage::Transaction& transaction, const auth::Principal& who,
                          const auth::OrganizationId& organization);
  base::Result<bool> has_tokens(storage::Connection& connection, const auth::OrganizationId& organization);
  base::Status add_projects(const auth::Principal& who, const OAuthClientId& id,
                            const std::vector<std::string>& projects);
  base::Status remove_projects(const auth::Principal& who, const OAuthClientId& id,
                               const std::vector<std::string>& projects);
  base::Result<std::vector<AffectedWorkspace>> affected_workspaces(const OAuthTokenId& id);
  base::Result<std::optional<OAuthClientId>> client_of(storage::Connection& connection, const OAuthTokenId& id);

  // Asks the provider now and stores what came out. Works while calls are held back after a refusal.
  base::Result<OAuthClient> verify(const OAuthClientId& id);

  // Makes this process run the jobs "provider.verify" and "provider.erase".
  void register_jobs(jobs::Workers& workers);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace providers
