#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/page.h"
#include "base/result.h"
#include "providers/client.h"
#include "providers/vcs_event.h"
#include "storage/database.h"
#include "vault/vault.h"
#include "vcs/provider.h"

// The SQL of this folder. Every function runs on the connection of its caller. Deleted clients and tokens are not
// seen unless a name says so.
namespace providers::store {

// Where the secrets of a token are and what it takes to reach its provider.
struct Access {
  OAuthTokenId token;
  OAuthClientId client;
  auth::OrganizationId organization;
  std::string kind, http_url, api_url;
  std::string ca_bundle, proxy, no_proxy;
  vault::SecretId secret, ssh_secret;  // empty: none
  std::int64_t revision = 0;           // changes with everything a connection depends on
  base::Time blocked_until;
  Health health = Health::kUnknown;
  std::string last_error;
  bool deleted = false;
};

base::Status insert_client(storage::Transaction& transaction, const OAuthClient& client,
                           const vault::SecretId& client_secret);
base::Status insert_token(storage::Transaction& transaction, const OAuthTokenId& id, const OAuthClient& client,
                          base::Time now);
// Writes name, key, rsa-public-key, ado-org-name, CA, proxy and scope.
base::Status update_client(storage::Transaction& transaction, const OAuthClient& client, base::Time now);
// Everything built from the client is out of date from now on. Whoever asks for it must have it verified again.
base::Status new_revision(storage::Transaction& transaction, const OAuthClientId& id);
base::Status set_client_secret(storage::Transaction& transaction, const OAuthClientId& id,
                               const vault::SecretId& secret);
base::Result<vault::SecretId> client_secret(storage::Connection& connection, const OAuthClientId& id);
base::Status set_projects(storage::Transaction& transaction, const OAuthClientId& id,
                          const std::vector<auth::ProjectId>& projects);

base::Result<std::optional<OAuthClient>> find_client(storage::Connection& connection, std::string_view id);
base::Result<std::vector<OAuthClient>> list_clients(storage::Connection& connection,
                                                    const auth::OrganizationId& organization);
base::Result<std::optional<TokenInfo>> find_token(storage::Connection& connection, const OAuthTokenId& id);
base::Result<std::optional<Access>> find_access(storage::Connection& connection,
                                                const OAuthTokenId& id);  // deleted too
Health health_from(std::string_view name);
base::Result<std::optional<OAuthClientId>> client_of(storage::Connection& connection, std::string_view token);

// New secrets of a token: a new revision, not blocked, user and expiry forgotten, health unknown.
base::Status set_token_secret(storage::Transaction& transaction, const OAuthTokenId& id, const vault::SecretId& secret);
base::Status set_ssh_secret(storage::Transaction& transaction, const OAuthTokenId& id, const vault::SecretId& secret,
                            std::string_view fingerprint);

base::Status mark_client_deleted(storage::Transaction& transaction, const OAuthClientId& id, base::Time now);
base::Status mark_token_deleted(storage::Transaction& transaction, const OAuthTokenId& id, base::Time now);
base::Result<std::optional<base::Time>> token_deleted_at(storage::Connection& connection, const OAuthTokenId& id);
// Any that is not erased, deleted or not.
base::Result<bool> has_tokens(storage::Connection& connection, const auth::OrganizationId& organization);
base::Status erase_token(storage::Transaction& transaction, const OAuthTokenId& id);
// Rows of a deleted client that has no tokens left.
base::Status erase_empty_client(storage::Transaction& transaction, const OAuthClientId& id);

// The outcome of a verification; ignored if the client changed since `access` was read. `blocked_until`: see
// HealthMonitor.
base::Status save_verification(storage::Transaction& transaction, const Access& access,
                               const vcs::Verification& verification, base::Time now, base::Time blocked_until);
base::Status save_health(storage::Transaction& transaction, const OAuthClientId& id, Health health,
                         std::string_view last_error, base::Time now);
base::Status save_block(storage::Transaction& transaction, const OAuthTokenId& id, base::Time until);

base::Result<bool> project_exists(storage::Connection& connection, const auth::OrganizationId& organization,
                                  std::string_view project);

struct EventRow {
  VcsEvent event;
  VcsEventId id;
  OAuthClientId client;
  base::Time created_at;
};
struct EventFilter {
  auth::OrganizationId organization;
  std::optional<base::Time> from, to;
  std::vector<std::string> clients, levels;
};
base::Result<base::Page<EventRow>> list_events(storage::Connection& connection, const EventFilter& filter,
                                               const base::PageRequest& page);

}  // namespace providers::store
