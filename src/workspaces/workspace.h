#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "providers/ids.h"
#include "workspaces/decision.h"
#include "workspaces/ids.h"
#include "workspaces/path_matcher.h"
#include "workspaces/trigger_rules.h"

namespace workspaces {

// The repository a workspace is connected to.
struct VcsConnection {
  providers::OAuthTokenId token;
  std::string identifier;          // as typed
  std::string display_identifier;  // the provider's own spelling
  std::string branch;              // empty: the repository's default branch
  bool ingress_submodules = false;
  std::string repository_id;  // the provider's stable id
  std::string repository_http_url;
  std::string default_branch;  // when it was looked up last
  std::string service_provider;
  std::string webhook_url;
};

// Who keeps a workspace from starting runs.
struct Lock {
  std::string by_type;  // "users", "teams", "organizations" or "runs"
  std::string by_id;
  std::string by_name;
  std::string reason;
  base::Time at;
};

// What a plan or apply may use.
struct Limits {
  std::int64_t timeout_seconds = 3'600;
  std::int64_t memory_mb = 2'048;
  std::int64_t output_mb = 64;
  bool network = false;
};

// The run that people look at first; kept here by the folder above so that lists need no join.
struct CurrentRun {
  std::string id;  // empty: none yet
  std::string status;
  std::optional<base::Time> created_at;
};

struct Workspace {
  WorkspaceId id;
  auth::OrganizationId organization;
  auth::ProjectId project;
  std::string name;
  std::string description;
  std::string working_directory;
  std::optional<std::string> execution_mode;  // empty: the project's or organization's
  std::string terraform_version = "latest";
  bool auto_apply = false;
  bool auto_apply_run_trigger = false;
  bool allow_destroy_plan = true;
  bool queue_all_runs = false;
  bool speculative_enabled = true;
  bool global_remote_state = false;
  bool project_remote_state = false;
  bool structured_run_output = true;
  bool assessments_enabled = false;
  bool inherits_project_auto_destroy = true;
  std::optional<base::Time> auto_destroy_at;
  std::string auto_destroy_activity_duration;
  std::string source_name, source_url, migration_environment;
  TriggerFields triggers;
  std::optional<VcsConnection> vcs;
  std::string ssh_key;  // id; empty: none
  std::vector<std::string> plan_command, apply_command;
  Limits limits;
  std::optional<Lock> lock;
  CurrentRun current_run;
  std::string latest_run;
  std::string configuration_version;  // current; empty: none
  base::Time created_at, updated_at, latest_change_at;
};

// Another one after every change of its settings: the ETag of its answers.
std::string version_of(const Workspace& workspace);

// What the rules need of a workspace.
FileFilter file_filter(const Workspace& workspace);
TriggerView trigger_view(const Workspace& workspace);

// kInvalid with a pointer for a name, directory or branch that cannot be used.
base::Status check_name(const std::string& name);
base::Status check_working_directory(const std::string& directory);
base::Status check_branch(const std::string& branch);

// "tofu plan -out 'my plan'" → three arguments. Quotes and backslash as in a shell, nothing else of one: kInvalid for
// an open quote, and for what only a shell could do (pipes, redirections, variables), which is not run.
base::Result<std::vector<std::string>> split_command(const std::string& line, const std::string& pointer);
base::Status check_command(const std::vector<std::string>& arguments, const std::string& pointer);

}  // namespace workspaces
