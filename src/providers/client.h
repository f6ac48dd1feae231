#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "providers/ids.h"
#include "vcs/provider.h"

namespace providers {

// How a provider does, as of its last call or verification.
enum class Health {
  kUnknown,  // not asked yet
  kHealthy,
  kWarning,  // works, with something to look at (scopes, expiry)
  kFailing,
};
const char* health_name(Health health);  // "unknown", "healthy", "warning", "failing"

// What other features need to know of a token. No secrets.
struct TokenInfo {
  OAuthTokenId id;
  OAuthClientId client_id;
  auth::OrganizationId organization;
  std::string kind;          // "ado_server"
  std::string display_name;  // "Azure DevOps Server"
  std::string client_name;   // may be empty
  std::string http_url, api_url;
  bool organization_scoped = true;
  std::vector<auth::ProjectId> projects;  // if not organization_scoped
  bool has_token = false;
  bool has_ssh_key = false;
  Health health = Health::kUnknown;
  std::string last_error;
};

// A registered provider with its token, as the API shows it. No secrets.
struct OAuthClient {
  OAuthClientId id;
  OAuthTokenId token_id;
  auth::OrganizationId organization;
  std::string organization_name;
  std::string uuid;  // in callback-url
  std::string name;
  std::string kind, display_name;
  std::string http_url, api_url;
  std::string key, rsa_public_key, ado_org_name;
  std::string ca_bundle, proxy, no_proxy;
  bool organization_scoped = true;
  std::vector<auth::ProjectId> projects;
  base::Time created_at, updated_at;

  bool has_token = false, has_ssh_key = false;
  std::string ssh_fingerprint;
  std::string token_user;  // service-provider-user
  std::string token_user_id;
  base::Time token_created_at;
  std::optional<base::Time> token_expires_at;

  Health health = Health::kUnknown;
  std::string last_error;
  std::optional<base::Time> last_error_at, verified_at;
  std::string server_version;
  std::vector<std::string> scopes;
  std::vector<vcs::Check> checks;
};

// A registration as typed; empty means not given.
struct NewClient {
  std::string name, kind, http_url, api_url;
  std::string key, rsa_public_key, ado_org_name;
  std::string ca_bundle, proxy, no_proxy;
  base::Secret token, secret, private_key;
  bool organization_scoped = true;
  std::vector<std::string> projects;
};

// What a PATCH asks for; unset members stay as they are. There is no member for the URLs: a token must never follow
// a provider to another address.
struct ClientChange {
  std::optional<std::string> name, key, rsa_public_key, ado_org_name, ca_bundle, proxy, no_proxy;
  std::optional<base::Secret> token, secret;
  std::optional<bool> organization_scoped;
  std::optional<std::vector<std::string>> projects;
  // Asked with the client as the changing transaction reads it; what it refuses is not changed.
  std::function<base::Status(const OAuthClient&)> precondition;
};

}  // namespace providers
