#include "oauth/migrations.h"

namespace oauth {
namespace {

constexpr storage::Migration kSteps[] = {
    // Of a state only its SHA-256 is kept, until it came back. No row refers to what could be deleted under it: each
    // has a job that erases it and its secret.
    {1, "OAuth configurations and authorizations", R"sql(
CREATE TABLE oauth_configurations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  source_type TEXT NOT NULL,
  url TEXT NOT NULL,
  client_id TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE oauth_authorizations (
  id TEXT PRIMARY KEY,
  configuration_id TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  connection_type TEXT NOT NULL,
  scheme TEXT NOT NULL,
  started_by TEXT NOT NULL,
  session_id TEXT NOT NULL,
  by_device SMALLINT NOT NULL,
  tenant TEXT NOT NULL,
  state TEXT NOT NULL,
  account TEXT NOT NULL,
  message TEXT NOT NULL,
  poll_seconds BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  state_hash TEXT UNIQUE,
  secret_id TEXT NOT NULL
);
CREATE INDEX oauth_authorizations_of ON oauth_authorizations (configuration_id);
CREATE INDEX oauth_authorizations_started ON oauth_authorizations (started_by);
)sql"},
};

}  // namespace

storage::Component migrations() { return {"oauth", kSteps}; }

}  // namespace oauth
