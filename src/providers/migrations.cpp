#include "providers/migrations.h"

namespace providers {
namespace {

constexpr storage::Migration kSteps[] = {
    {1, "clients and tokens", R"sql(
CREATE TABLE oauth_clients (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  uuid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  http_url TEXT NOT NULL,
  api_url TEXT NOT NULL,
  client_key TEXT NOT NULL,
  client_secret_id TEXT NOT NULL,
  rsa_public_key TEXT NOT NULL,
  ado_org_name TEXT NOT NULL,
  ca_bundle TEXT NOT NULL,
  proxy TEXT NOT NULL,
  no_proxy TEXT NOT NULL,
  organization_scoped SMALLINT NOT NULL,
  revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX oauth_clients_by_organization ON oauth_clients (organization_id, created_at);

CREATE TABLE oauth_tokens (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
  organization_id TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  ssh_secret_id TEXT NOT NULL,
  ssh_fingerprint TEXT NOT NULL,
  user_id TEXT NOT NULL,
  user_name TEXT NOT NULL,
  expires_at BIGINT,
  blocked_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX oauth_tokens_by_client ON oauth_tokens (client_id);
CREATE INDEX oauth_tokens_by_organization ON oauth_tokens (organization_id, created_at);

CREATE TABLE oauth_client_projects (
  client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  PRIMARY KEY (client_id, project_id)
);

CREATE TABLE oauth_client_health (
  client_id TEXT PRIMARY KEY REFERENCES oauth_clients (id) ON DELETE CASCADE,
  health TEXT NOT NULL,
  last_error TEXT NOT NULL,
  last_error_at BIGINT,
  verified_at BIGINT,
  server_version TEXT NOT NULL,
  scopes TEXT NOT NULL,
  checks TEXT NOT NULL
);
)sql"},
    {2, "events", R"sql(
CREATE TABLE vcs_events (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  level TEXT NOT NULL,
  message TEXT NOT NULL,
  suggested_action TEXT NOT NULL,
  repository_path TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX vcs_events_by_organization ON vcs_events (organization_id, created_at);
)sql"},
};

}  // namespace

storage::Component migrations() { return {"providers", kSteps}; }

}  // namespace providers
