#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "providers/ids.h"
#include "runs/ids.h"
#include "runs/state.h"

namespace runs {

// When which status was reached: {"planned-at", …}.
using StatusTimes = std::map<std::string, base::Time>;

// Where a configuration came from: the facts of the commit, pull request or tag. One for all workspaces of an event.
struct Ingress {
  IngressId id;
  std::string branch, tag;
  std::string commit_sha, commit_message, commit_url, compare_url, clone_url;
  std::string identifier;  // the repository's path
  bool is_pull_request = false;
  bool on_default_branch = false;
  bool from_fork = false;
  int pull_request_number = 0;
  std::string pull_request_url, pull_request_title, pull_request_body;
  std::string sender_username, sender_avatar_url, sender_html_url;
};

// What a run works on: the files of one commit, as an archive that workspaces share.
struct ConfigurationVersion {
  ConfigurationVersionId id;
  auth::OrganizationId organization;
  std::string workspace;
  std::string status = "pending";  // "pending", "fetching", "uploaded", "errored", "archived"
  std::string source;              // "ado", "github", "bitbucket"
  bool speculative = false;
  bool auto_queue_runs = true;
  std::string error, error_message;
  std::string archive;  // file name below the archives directory; empty: none yet
  IngressId ingress;
  base::Time created_at;
  StatusTimes times;
};

// A person or machine, as remembered with what it did.
struct Actor {
  std::string type;  // "users", "teams", "organizations"; empty: the server itself
  std::string id;
  std::string name;
};

// The repository and commit to report to.
struct Origin {
  providers::OAuthTokenId token;  // empty: not from version control
  std::string repository_id, repository_path;
  std::string commit_sha, branch;
  int pull_request_number = 0;
  bool from_fork = false;
};

struct RunVariable {
  std::string key, value;  // value: HCL
};

struct Run {
  RunId id;
  auth::OrganizationId organization;
  std::string workspace;
  ConfigurationVersionId configuration_version;
  Status status = Status::kPending;
  std::string source;  // "tfe-api", "tfe-ui", "tfe-configuration-version"
  std::string message;
  std::string trigger_reason = "manual";
  std::string error;  // why it is errored; for people
  bool plan_only = false;
  bool is_destroy = false;
  bool refresh = true;
  bool refresh_only = false;
  bool allow_empty_apply = false;
  bool auto_apply = false;
  bool has_changes = false;
  std::vector<std::string> target_addresses, replace_addresses;
  std::vector<RunVariable> variables;
  std::vector<std::string> service_connections;  // ids or names, besides what the workspace names
  Origin origin;
  std::string status_context;  // "runbridge/acme/prod", or "runbridge/acme" if all workspaces share one status
  std::string unique_key;      // at most one run has it; empty: any number
  std::string plan_hash;       // of the directory as the plan left it
  std::string worker;          // fencing token of the attempt that works or last worked on it; empty: none did
  std::string directory;       // below the run's own: what the plan left for the apply
  std::string plan_id, apply_id;
  Actor created_by;
  Actor confirmed_by;
  std::int64_t sequence = 0;  // order within the organization's queues
  base::Time created_at;
  std::optional<base::Time> canceled_at, force_cancel_available_at;
  StatusTimes times;
};

// The plan or apply of a run.
struct Phase {
  enum class Kind { kPlan, kApply };
  std::string id;  // "plan-…", "apply-…"
  Kind kind = Kind::kPlan;
  RunId run;
  std::string status = "pending";  // "pending", "queued", "running", "finished", "errored", "canceled", "unreachable"
  bool has_changes = false;
  std::int64_t additions = 0, changes = 0, destructions = 0, imports = 0;
  StatusTimes times;
};

struct RunEvent {
  RunEventId id;
  RunId run;
  std::string action;  // "queued", "planned", "canceled"
  std::string description;
  Actor actor;
  base::Time created_at;
};

struct Comment {
  CommentId id;
  RunId run;
  std::string body;
  Actor author;
  base::Time created_at;
};

}  // namespace runs
