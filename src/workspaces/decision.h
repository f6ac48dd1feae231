#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "workspaces/trigger_rules.h"

// Which workspace runs for an event, and why: one table and one pure function.
namespace workspaces {

// What is known about the paths an event changes, for one workspace.
struct FileMatch {
  enum class Kind {
    kNotFiltered,  // the workspace takes every change
    kRelevant,
    kIrrelevant,
    kUnknown,  // the list is missing or too long: treated as relevant
  };
  Kind kind = Kind::kNotFiltered;
  std::string rule = {};    // kRelevant: "pattern '/a/*'"
  std::string path = {};    // kRelevant: the changed path
  std::string reason = {};  // kUnknown: why
  std::size_t changed = 0;  // how many paths were looked at
};

// The event, in what the rules ask about.
struct EventFacts {
  enum class Kind { kBranchPush, kTagPush, kPullRequest };
  Kind kind = Kind::kBranchPush;
  bool proven = true;          // signature held and the hook is known
  bool seen_before = false;    // the same delivery was handled already
  std::string no_work;         // why the event never makes a run ("branch deleted"); empty: it may
  std::string ref;             // pushed branch or tag
  std::string default_branch;  // of the repository now
  std::string target_branch;   // pull requests
  bool from_fork = false;
  std::string commit;
  std::string newer_commit;      // not empty: the branch has moved on to this commit
  std::string connection_error;  // token revoked, repository gone, out of the project's scope
  std::string fetch_error;       // the commit could not be fetched
};

// The workspace's own settings that the rules ask about.
struct TriggerView {
  std::string branch;  // empty: the repository's default branch
  std::string tags_regex;
  bool speculative_enabled = true;
  bool queue_all_runs = false;
  bool file_triggers_enabled = true;
  bool locked = false;
  bool allow_forks = false;  // the site's or organization's switch, off by default
  bool passing_status_for_untriggered = false;
};

struct HistoryFacts {
  bool has_runs = false;
  bool ran_for_commit = false;  // a run of the same kind (push or pull request) from this commit
};

enum class Outcome { kReject, kNothing, kSkipped, kPassingStatus, kFailed, kRun, kSpeculativeRun };

const char* outcome_name(Outcome outcome);  // "run", "speculative-run", "skipped", …

struct Decision {
  Outcome outcome = Outcome::kNothing;
  int rule = 0;           // the row of the table
  std::string rule_name;  // stable: "other-branch"
  std::string reason;     // a sentence for people
  bool runs() const { return outcome == Outcome::kRun || outcome == Outcome::kSpeculativeRun; }
};

// The first row that applies.
Decision decide(const EventFacts& event, const TriggerView& workspace, const HistoryFacts& history,
                const FileMatch& files);

// The rows, for documentation and tests.
struct DecisionRow {
  int number;
  std::string_view name;
};
std::span<const DecisionRow> decision_rows();

// The branch a workspace listens on.
const std::string& listening_branch(const TriggerView& workspace, const std::string& default_branch);

}  // namespace workspaces
