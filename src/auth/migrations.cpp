#include "auth/migrations.h"

namespace auth {
namespace {

constexpr storage::Migration kSteps[] = {
    {1, "organizations, users, teams, projects, tokens", R"sql(
CREATE TABLE organizations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  default_execution_mode TEXT NOT NULL,
  speculative_plan_management SMALLINT NOT NULL,
  aggregated_commit_status SMALLINT NOT NULL,
  send_passing_statuses SMALLINT NOT NULL,
  allow_force_delete_workspaces SMALLINT NOT NULL,
  assessments_enforced SMALLINT NOT NULL,
  cost_estimation SMALLINT NOT NULL,
  stacks SMALLINT NOT NULL,
  collaborator_auth_policy TEXT NOT NULL,
  session_timeout BIGINT,
  session_remember BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  site_admin SMALLINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE organization_memberships (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
  user_id TEXT REFERENCES users(id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (organization_id, email_key),
  UNIQUE (organization_id, user_id)
);
CREATE INDEX organization_memberships_user ON organization_memberships (user_id);
CREATE TABLE teams (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  is_owners SMALLINT NOT NULL,
  visibility TEXT NOT NULL,
  access BIGINT NOT NULL,
  sso_team_id TEXT,
  allow_member_token_management SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (organization_id, name_key)
);
CREATE TABLE team_members (
  team_id TEXT NOT NULL REFERENCES teams(id) ON DELETE CASCADE,
  membership_id TEXT NOT NULL REFERENCES organization_memberships(id) ON DELETE CASCADE,
  PRIMARY KEY (team_id, membership_id)
);
CREATE INDEX team_members_membership ON team_members (membership_id);
CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  description TEXT NOT NULL,
  is_default SMALLINT NOT NULL,
  default_execution_mode TEXT,
  auto_destroy_activity_duration TEXT,
  created_at BIGINT NOT NULL,
  UNIQUE (organization_id, name_key)
);
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  user_id TEXT REFERENCES users(id) ON DELETE CASCADE,
  team_id TEXT REFERENCES teams(id) ON DELETE CASCADE,
  organization_id TEXT REFERENCES organizations(id) ON DELETE CASCADE,
  is_single SMALLINT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  expires_at BIGINT
);
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_team ON tokens (team_id);
CREATE INDEX tokens_organization ON tokens (organization_id);
CREATE TABLE setup_secrets (
  hash TEXT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
)sql"},
    // No reference to organizations: what was done outlives what it was done to.
    {2, "audit log", R"sql(
CREATE TABLE audit_events (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  token_id TEXT NOT NULL,
  action TEXT NOT NULL,
  target_type TEXT NOT NULL,
  target_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  request_id TEXT NOT NULL
);
CREATE INDEX audit_events_organization ON audit_events (organization_id, created_at, id);
)sql"},
    {3, "organizations that are being deleted", R"sql(
ALTER TABLE organizations ADD COLUMN deleted_at BIGINT;
)sql"},
};

constexpr storage::Migration kAnswerSteps[] = {
    {1, "answers to requests that may come again", R"sql(
CREATE TABLE kept_answers (
  owner TEXT NOT NULL,
  request_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status BIGINT NOT NULL,
  content_type TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (owner, request_key)
);
CREATE INDEX kept_answers_by_time ON kept_answers (created_at);
)sql"},
};

}  // namespace

storage::Component migrations() { return {"auth", kSteps}; }
storage::Component answer_migrations() { return {"answers", kAnswerSteps}; }

}  // namespace auth
