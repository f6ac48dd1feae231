#include "keys/migrations.h"

namespace keys {
namespace {

constexpr storage::Migration kSteps[] = {
    {1, "keys and host keys", R"sql(
CREATE TABLE ssh_keys (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  health TEXT NOT NULL,
  warning TEXT NOT NULL,
  type TEXT NOT NULL,
  bits BIGINT NOT NULL,
  public_line TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  fingerprint_md5 TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX ssh_keys_by_organization ON ssh_keys (organization_id, created_at, id);

CREATE TABLE ssh_host_keys (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  host TEXT NOT NULL,
  port BIGINT NOT NULL,
  algorithm TEXT NOT NULL,
  public_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  state TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  confirmed_at BIGINT,
  confirmed_by TEXT NOT NULL,
  UNIQUE (organization_id, host, port, algorithm, fingerprint)
);
)sql"},
};

}  // namespace

storage::Component migrations() { return {"keys", kSteps}; }

}  // namespace keys
