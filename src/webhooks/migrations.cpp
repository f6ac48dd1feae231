#include "webhooks/migrations.h"

namespace webhooks {
namespace {

// A delivery refers to its hook by id only: what was received is kept when the hook is gone.
constexpr storage::Migration kSteps[] = {
    {1, "hooks and deliveries", R"sql(
CREATE TABLE vcs_hooks (
  id TEXT PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  repository_id TEXT NOT NULL,
  repository_path TEXT NOT NULL,
  display_path TEXT NOT NULL,
  default_branch TEXT NOT NULL,
  http_url TEXT NOT NULL,
  https_clone_url TEXT NOT NULL,
  ssh_clone_url TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  status TEXT NOT NULL,
  enabled SMALLINT NOT NULL,
  generation BIGINT NOT NULL,
  installed_ids TEXT NOT NULL,
  last_error TEXT NOT NULL,
  last_error_at BIGINT,
  installed_at BIGINT,
  rejected BIGINT NOT NULL,
  lease_by TEXT NOT NULL,
  lease_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (client_id, repository_id)
);
CREATE INDEX vcs_hooks_by_organization ON vcs_hooks (organization_id, created_at);
CREATE INDEX vcs_hooks_by_token ON vcs_hooks (token_id);

CREATE TABLE hook_consumers (
  consumer TEXT PRIMARY KEY,
  hook_id TEXT NOT NULL REFERENCES vcs_hooks (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL
);
CREATE INDEX hook_consumers_by_hook ON hook_consumers (hook_id);

CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  hook_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  repository_path TEXT NOT NULL,
  delivery_key TEXT NOT NULL,
  event_name TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  retries BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  finished_at BIGINT,
  peer TEXT NOT NULL,
  body_size BIGINT NOT NULL,
  body_digest TEXT NOT NULL,
  headers BLOB_TYPE NOT NULL,
  body BLOB_TYPE NOT NULL,
  UNIQUE (hook_id, delivery_key)
);
CREATE INDEX deliveries_by_organization
  ON deliveries (organization_id, received_at, id, state, client_id, repository_path);
CREATE INDEX deliveries_by_hook ON deliveries (hook_id, received_at);
)sql"},
    // How a body is kept (webhooks/packing.h); those that are there are as they came.
    {2, "packed bodies", R"sql(
ALTER TABLE deliveries ADD COLUMN packing SMALLINT NOT NULL DEFAULT 0;
)sql"},
    {3, "replays of deliveries", R"sql(
ALTER TABLE deliveries ADD COLUMN replays BIGINT NOT NULL DEFAULT 0;
)sql"},
    // Deliveries that came together, until each is a row of its own (webhooks/bundle.h).
    {4, "bundles of deliveries", R"sql(
CREATE TABLE delivery_bundles (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  deliveries BIGINT NOT NULL,
  content BLOB_TYPE NOT NULL
);
CREATE INDEX delivery_bundles_by_organization ON delivery_bundles (organization_id, deliveries);
)sql"},
    // While a secret is changed the former one counts too: until the provider has the new one, and `secret_overlap`
    // (milliseconds) longer.
    {5, "changing a secret", R"sql(
ALTER TABLE vcs_hooks ADD COLUMN former_secret_id TEXT NOT NULL DEFAULT '';
ALTER TABLE vcs_hooks ADD COLUMN former_until BIGINT;
ALTER TABLE vcs_hooks ADD COLUMN secret_overlap BIGINT NOT NULL DEFAULT 0;
)sql"},
    // A page of what a filter leaves, however rare that is.
    {6, "deliveries of one repository or provider, and those that failed", R"sql(
CREATE INDEX deliveries_by_repository
  ON deliveries (organization_id, repository_path, received_at, id, state, client_id);
CREATE INDEX deliveries_by_client
  ON deliveries (organization_id, client_id, received_at, id, state, repository_path);
CREATE INDEX deliveries_that_failed
  ON deliveries (organization_id, received_at, id, state, client_id, repository_path)
  WHERE state IN ('failed', 'parked');
)sql"},
};

}  // namespace

storage::Component migrations() { return {"webhooks", kSteps}; }

}  // namespace webhooks
