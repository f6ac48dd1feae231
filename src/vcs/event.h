#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

// What happened at a provider, in words that no provider owns. Made by the drivers' parse(); everything above
// the drivers knows only these.
namespace vcs {

// Which repository an event speaks of. `id` is the provider's own stable id (a number or GUID), which survives
// renames; `path` is what people type and may change ("acme/infra", "Project/_git/repo", "KEY/slug").
struct RepositoryRef {
  std::string id;
  std::string path;
  std::string default_branch;  // empty when the payload does not say
};

struct Person {
  std::string id;    // the provider's account id, the only part to base decisions on
  std::string name;  // user name or display name
  std::string avatar_url;
  std::string html_url;
};

struct CommitInfo {
  std::string sha;  // 40 or 64 hex characters
  std::string message;
  std::string author;
  std::string url;
};

enum class RefKind { kBranch, kTag };

// One ref that moved. A provider's push of several refs becomes several of these.
struct Push {
  RepositoryRef repository;
  RefKind ref_kind = RefKind::kBranch;
  std::string ref;     // short: "main", "v1.2.3"
  std::string before;  // empty: created
  std::string after;   // empty: deleted
  bool forced = false;
  CommitInfo head;  // of `after`; message and so on may be empty when the payload lacks them
  std::string compare_url;
  Person sender;
};

enum class PullRequestAction { kOpened, kUpdated, kReopened, kClosed, kMerged, kEdited };

struct PullRequest {
  RepositoryRef repository;  // the target
  PullRequestAction action = PullRequestAction::kOpened;
  int number = 0;
  std::string title, body, url;
  std::string source_branch, target_branch;  // short names
  std::string head_sha;                      // may be 12 characters at Bitbucket Cloud: resolve before use
  std::string base_sha;                      // may be empty
  std::string merge_sha;                     // empty unless merged or known
  bool from_fork = false;                    // also true when the source repository is gone
  bool draft = false;
  CommitInfo head;
  Person sender;
};

// The repository got another name or place; `repository` holds the new one.
struct RepositoryRenamed {
  RepositoryRef repository;
  std::string old_path;
};

// The provider (or a person pressing its Test button) checks that the hook works.
struct Ping {
  std::string text;
};

using Event = std::variant<Push, PullRequest, RepositoryRenamed, Ping>;

// A payload that is understood and asks for nothing.
struct Ignored {
  std::string reason;  // "branch deleted", "event 'star' is not used"
};

struct Parsed {
  std::string event_name;     // the provider's own: "push", "git.push", "repo:refs_changed"
  std::vector<Event> events;  // empty only if `ignored` is set
  std::optional<Ignored> ignored;
};

}  // namespace vcs
