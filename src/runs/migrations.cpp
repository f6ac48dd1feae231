#include "runs/migrations.h"

namespace runs {
namespace {

constexpr storage::Migration kSteps[] = {
    {1, "runs", R"sql(
CREATE TABLE ingresses (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  facts TEXT NOT NULL
);

CREATE TABLE configuration_versions (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  status TEXT NOT NULL,
  source TEXT NOT NULL,
  speculative SMALLINT NOT NULL,
  auto_queue_runs SMALLINT NOT NULL,
  error TEXT NOT NULL,
  error_message TEXT NOT NULL,
  archive TEXT NOT NULL,
  ingress_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  times TEXT NOT NULL
);
CREATE INDEX configuration_versions_by_workspace ON configuration_versions (workspace_id, created_at, id);

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  configuration_version_id TEXT NOT NULL,
  status TEXT NOT NULL,
  is_final SMALLINT NOT NULL,
  source TEXT NOT NULL,
  message TEXT NOT NULL,
  trigger_reason TEXT NOT NULL,
  error TEXT NOT NULL,
  plan_only SMALLINT NOT NULL,
  is_destroy SMALLINT NOT NULL,
  refresh SMALLINT NOT NULL,
  refresh_only SMALLINT NOT NULL,
  allow_empty_apply SMALLINT NOT NULL,
  auto_apply SMALLINT NOT NULL,
  has_changes SMALLINT NOT NULL,
  options TEXT NOT NULL,
  token_id TEXT NOT NULL,
  repository_id TEXT NOT NULL,
  repository_path TEXT NOT NULL,
  commit_sha TEXT NOT NULL,
  branch TEXT NOT NULL,
  pull_request_number INTEGER NOT NULL,
  from_fork SMALLINT NOT NULL,
  status_context TEXT NOT NULL,
  unique_key TEXT UNIQUE,
  plan_hash TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  apply_id TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_by_name TEXT NOT NULL,
  confirmed_by TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  canceled_at BIGINT,
  force_cancel_available_at BIGINT,
  times TEXT NOT NULL
);
CREATE INDEX runs_by_workspace ON runs (workspace_id, sequence);
CREATE INDEX runs_by_workspace_kind ON runs (workspace_id, plan_only, sequence);
CREATE INDEX runs_by_organization ON runs (organization_id, sequence);
CREATE INDEX runs_by_organization_kind ON runs (organization_id, plan_only, sequence);
CREATE INDEX runs_waiting ON runs (organization_id, sequence) WHERE is_final = 0;
CREATE INDEX runs_waiting_by_workspace ON runs (workspace_id, sequence) WHERE is_final = 0;
CREATE INDEX runs_by_configuration_version ON runs (configuration_version_id);

CREATE TABLE run_phases (
  id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  log_hash TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL,
  has_changes SMALLINT NOT NULL,
  additions BIGINT NOT NULL,
  changes BIGINT NOT NULL,
  destructions BIGINT NOT NULL,
  imports BIGINT NOT NULL,
  times TEXT NOT NULL
);
CREATE INDEX run_phases_by_run ON run_phases (run_id);

CREATE TABLE run_queues (
  workspace_id TEXT PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
  holder TEXT NOT NULL,
  turns BIGINT NOT NULL
);

CREATE TABLE run_events (
  id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  action TEXT NOT NULL,
  description TEXT NOT NULL,
  actor TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX run_events_by_run ON run_events (run_id, created_at);

CREATE TABLE run_comments (
  id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  body TEXT NOT NULL,
  author TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX run_comments_by_run ON run_comments (run_id, created_at);

CREATE TABLE commit_statuses (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  token_id TEXT NOT NULL,
  repository_id TEXT NOT NULL,
  repository_path TEXT NOT NULL,
  sha TEXT NOT NULL,
  context TEXT NOT NULL,
  state TEXT NOT NULL,
  description TEXT NOT NULL,
  target_url TEXT NOT NULL,
  ref TEXT NOT NULL,
  pull_request_number INTEGER NOT NULL,
  revision BIGINT NOT NULL,
  posted_revision BIGINT NOT NULL,
  claimed_until BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (token_id, repository_id, sha, context)
);

CREATE TABLE run_secrets (
  name TEXT PRIMARY KEY,
  secret_id TEXT NOT NULL
);
)sql"},
    // Runs that were planned before keep their files in the directory of the run itself.
    {2, "who works on a run", R"sql(
ALTER TABLE runs ADD COLUMN worker TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN directory TEXT NOT NULL DEFAULT '';
)sql"},
    {3, "runs of a commit", R"sql(
CREATE INDEX runs_by_commit ON runs (token_id, repository_id, commit_sha);
)sql"},
    {4, "archives in use", R"sql(
CREATE INDEX configuration_versions_by_archive ON configuration_versions (archive);
)sql"},
};

}  // namespace

storage::Component migrations() { return {"runs", kSteps}; }

}  // namespace runs
