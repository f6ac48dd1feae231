#include "connections/migrations.h"

namespace connections {
namespace {

constexpr storage::Migration kSteps[] = {
    // A connection is known in its home project and in those it is shared with, by a name that is unique in each.
    {1, "service connections", R"sql(
CREATE TABLE service_connections (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  description TEXT NOT NULL,
  owner TEXT NOT NULL,
  tags TEXT NOT NULL,
  type TEXT NOT NULL,
  scheme TEXT NOT NULL,
  target TEXT NOT NULL,
  fields TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  secret_fields TEXT NOT NULL,
  allow_all SMALLINT NOT NULL,
  inherits_roles SMALLINT NOT NULL,
  verification_result TEXT NOT NULL,
  verification_message TEXT NOT NULL,
  learned TEXT NOT NULL,
  verify_after BIGINT NOT NULL,
  last_verified_at BIGINT,
  last_used_at BIGINT,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX service_connections_by_name ON service_connections (organization_id, name_key, id);
CREATE INDEX service_connections_by_project ON service_connections (project_id);
CREATE INDEX service_connections_due ON service_connections (verify_after);

CREATE TABLE service_connection_projects (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name_key TEXT NOT NULL,
  connection_id TEXT NOT NULL REFERENCES service_connections (id) ON DELETE CASCADE,
  is_home SMALLINT NOT NULL,
  PRIMARY KEY (project_id, name_key),
  UNIQUE (connection_id, project_id)
);

CREATE TABLE service_connection_references (
  connection_id TEXT NOT NULL REFERENCES service_connections (id) ON DELETE CASCADE,
  parameter TEXT NOT NULL,
  refers_to TEXT NOT NULL REFERENCES service_connections (id) ON DELETE CASCADE,
  PRIMARY KEY (connection_id, parameter)
);
CREATE INDEX service_connection_references_to ON service_connection_references (refers_to);

CREATE TABLE service_connection_roles (
  connection_id TEXT NOT NULL REFERENCES service_connections (id) ON DELETE CASCADE,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
  role SMALLINT NOT NULL,
  UNIQUE (connection_id, user_id),
  UNIQUE (connection_id, team_id)
);
CREATE INDEX service_connection_roles_user ON service_connection_roles (user_id);
CREATE INDEX service_connection_roles_team ON service_connection_roles (team_id);

CREATE TABLE service_connection_groups (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  has_default_members SMALLINT NOT NULL,
  PRIMARY KEY (project_id, name)
);

CREATE TABLE service_connection_group_members (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  group_name TEXT NOT NULL,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
  UNIQUE (project_id, group_name, user_id),
  UNIQUE (project_id, group_name, team_id)
);
CREATE INDEX service_connection_group_members_user ON service_connection_group_members (user_id);
CREATE INDEX service_connection_group_members_team ON service_connection_group_members (team_id);

CREATE TABLE service_connection_authorizations (
  connection_id TEXT NOT NULL REFERENCES service_connections (id) ON DELETE CASCADE,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  granted_by TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  PRIMARY KEY (connection_id, workspace_id)
);
CREATE INDEX service_connection_authorizations_of ON service_connection_authorizations (workspace_id);

CREATE TABLE workspace_service_connections (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  connection_id TEXT NOT NULL REFERENCES service_connections (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  prefix TEXT NOT NULL,
  endpoint_variables SMALLINT NOT NULL,
  PRIMARY KEY (workspace_id, connection_id)
);
CREATE INDEX workspace_service_connections_used ON workspace_service_connections (connection_id);

CREATE TABLE service_connection_verifications (
  id TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL REFERENCES service_connections (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  result TEXT NOT NULL,
  summary TEXT NOT NULL,
  asked_how TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_by_name TEXT NOT NULL
);
CREATE INDEX service_connection_verifications_of ON service_connection_verifications (connection_id, created_at, id);
)sql"},
    // In whose name a connection's secrets were made. The configuration may have been deleted by force.
    {2, "OAuth configurations of service connections", R"sql(
CREATE TABLE service_connection_oauth_configurations (
  connection_id TEXT PRIMARY KEY REFERENCES service_connections (id) ON DELETE CASCADE,
  configuration_id TEXT NOT NULL
);
CREATE INDEX service_connections_of_oauth_configuration ON service_connection_oauth_configurations (configuration_id);
)sql"},
};

}  // namespace

storage::Component migrations() { return {"connections", kSteps}; }

}  // namespace connections
