#include "workspaces/migrations.h"

namespace workspaces {
namespace {

// The lock columns are the queue as well: a run that plans or applies holds the workspace by them.
constexpr storage::Migration kSteps[] = {
    {1, "workspaces, variables, decisions", R"sql(
CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  description TEXT NOT NULL,
  working_directory TEXT NOT NULL,
  execution_mode TEXT,
  terraform_version TEXT NOT NULL,
  auto_apply SMALLINT NOT NULL,
  auto_apply_run_trigger SMALLINT NOT NULL,
  allow_destroy_plan SMALLINT NOT NULL,
  queue_all_runs SMALLINT NOT NULL,
  speculative_enabled SMALLINT NOT NULL,
  global_remote_state SMALLINT NOT NULL,
  project_remote_state SMALLINT NOT NULL,
  structured_run_output SMALLINT NOT NULL,
  assessments_enabled SMALLINT NOT NULL,
  inherits_project_auto_destroy SMALLINT NOT NULL,
  auto_destroy_at BIGINT,
  auto_destroy_activity_duration TEXT NOT NULL,
  source_name TEXT NOT NULL,
  source_url TEXT NOT NULL,
  migration_environment TEXT NOT NULL,
  file_triggers_enabled SMALLINT NOT NULL,
  trigger_prefixes TEXT NOT NULL,
  trigger_patterns TEXT NOT NULL,
  tags_regex TEXT NOT NULL,
  oauth_token_id TEXT,
  vcs_identifier TEXT NOT NULL,
  vcs_display_identifier TEXT NOT NULL,
  vcs_branch TEXT NOT NULL,
  vcs_submodules SMALLINT NOT NULL,
  vcs_repository_id TEXT NOT NULL,
  vcs_http_url TEXT NOT NULL,
  vcs_default_branch TEXT NOT NULL,
  vcs_provider TEXT NOT NULL,
  vcs_webhook_url TEXT NOT NULL,
  ssh_key_id TEXT NOT NULL,
  plan_command TEXT NOT NULL,
  apply_command TEXT NOT NULL,
  timeout_seconds BIGINT NOT NULL,
  memory_mb BIGINT NOT NULL,
  output_mb BIGINT NOT NULL,
  network SMALLINT NOT NULL,
  locked_by_type TEXT,
  locked_by_id TEXT NOT NULL,
  locked_by_name TEXT NOT NULL,
  lock_reason TEXT NOT NULL,
  locked_at BIGINT,
  current_run_id TEXT NOT NULL,
  current_run_status TEXT NOT NULL,
  current_run_created_at BIGINT,
  latest_run_id TEXT NOT NULL,
  configuration_version_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  latest_change_at BIGINT NOT NULL,
  UNIQUE (organization_id, name_key)
);
CREATE INDEX workspaces_by_project ON workspaces (project_id, name_key);
CREATE INDEX workspaces_by_repository ON workspaces (oauth_token_id, vcs_repository_id);
CREATE INDEX workspaces_by_change ON workspaces (organization_id, latest_change_at, id);
CREATE INDEX workspaces_by_run ON workspaces (organization_id, current_run_created_at, id);
CREATE INDEX workspaces_by_run_status ON workspaces (organization_id, current_run_status, name_key);

CREATE TABLE workspace_variables (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  category TEXT NOT NULL,
  value TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  description TEXT NOT NULL,
  hcl SMALLINT NOT NULL,
  sensitive SMALLINT NOT NULL,
  short_secret SMALLINT NOT NULL,
  version_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (workspace_id, category, key)
);

CREATE TABLE trigger_decisions (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  delivery_id TEXT NOT NULL,
  event TEXT NOT NULL,
  ref TEXT NOT NULL,
  commit_sha TEXT NOT NULL,
  pull_request BIGINT,
  outcome TEXT NOT NULL,
  rule BIGINT NOT NULL,
  rule_name TEXT NOT NULL,
  reason TEXT NOT NULL,
  run_id TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX trigger_decisions_by_workspace ON trigger_decisions (workspace_id, created_at, id);
CREATE INDEX trigger_decisions_by_delivery ON trigger_decisions (delivery_id, id);
)sql"},
    // Counting a hundred thousand rows takes longer than all the rest of a page.
    {2, "how many workspaces an organization has", R"sql(
CREATE TABLE workspace_counts (
  organization_id TEXT PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
  total BIGINT NOT NULL
);
INSERT INTO workspace_counts (organization_id, total)
  SELECT organization_id, COUNT(*) FROM workspaces GROUP BY organization_id;
)sql"},
    // `owner` is the one of workspace and project that is set. A binding without a value is a flat tag, and `tags` has
    // the names of those.
    {3, "tags", R"sql(
CREATE TABLE tags (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (organization_id, name)
);
CREATE TABLE tag_bindings (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  owner TEXT NOT NULL,
  workspace_id TEXT REFERENCES workspaces (id) ON DELETE CASCADE,
  project_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
  tag_key TEXT NOT NULL,
  value TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (owner, tag_key)
);
CREATE INDEX tag_bindings_by_key ON tag_bindings (organization_id, tag_key, value);
CREATE INDEX tag_bindings_by_workspace ON tag_bindings (workspace_id);
CREATE INDEX tag_bindings_by_project ON tag_bindings (project_id);
)sql"},
};

}  // namespace

storage::Component migrations() { return {"workspaces", kSteps}; }

}  // namespace workspaces
