#include "workspaces/decision.h"

#include <array>
#include <stdexcept>

namespace workspaces {
namespace {

using Kind = EventFacts::Kind;

struct Case {
  const EventFacts& event;
  const TriggerView& workspace;
  const HistoryFacts& history;
  const FileMatch& files;

  bool is(Kind kind) const { return event.kind == kind; }
  bool tag_mode() const { return !workspace.tags_regex.empty(); }
  const std::string& branch() const { return listening_branch(workspace, event.default_branch); }
};

struct Row {
  DecisionRow id;
  Outcome outcome;
  bool (*applies)(const Case&);
  std::string (*reason)(const Case&);
};

std::string changed_count(const Case& c) {
  return std::to_string(c.files.changed) + (c.files.changed == 1 ? " changed file" : " changed files");
}

std::string why_relevant(const Case& c) {
  switch (c.files.kind) {
    case FileMatch::Kind::kRelevant: return "'" + c.files.path + "' changed, which " + c.files.rule + " covers";
    case FileMatch::Kind::kUnknown:
      return "the list of changed files is not known (" + c.files.reason + "), so the workspace runs";
    default:
      return c.workspace.file_triggers_enabled ? "the workspace takes every change: it has no directory or trigger list"
                                               : "file triggers are off, so every change counts";
  }
}

std::string then_locked(const Case& c) {
  return c.workspace.locked ? "; the workspace is locked, so the run waits" : "";
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

bool irrelevant(const Case& c) { return c.files.kind == FileMatch::Kind::kIrrelevant; }

// In the order in which they are asked. Numbers are those of the documentation; the rows "newer-commit" and
// "fetch-failed" stand where their facts are first known.
constexpr std::array kRows = {
    Row{{1, "not-proven"},
        Outcome::kReject,
        [](const Case& c) { return !c.event.proven; },
        [](const Case&) { return std::string("the delivery's signature or hook address is not right"); }},
    Row{{2, "seen-before"},
        Outcome::kNothing,
        [](const Case& c) { return c.event.seen_before; },
        [](const Case&) { return std::string("the same delivery was handled before"); }},
    Row{{3, "no-work"},
        Outcome::kNothing,
        [](const Case& c) { return !c.event.no_work.empty(); },
        [](const Case& c) { return c.event.no_work; }},
    Row{{4, "connection-failing"},
        Outcome::kFailed,
        [](const Case& c) { return !c.event.connection_error.empty(); },
        [](const Case& c) { return "the provider connection cannot be used: " + c.event.connection_error; }},
    Row{{5, "first-run-by-hand"},
        Outcome::kSkipped,
        [](const Case& c) { return !c.history.has_runs && !c.workspace.queue_all_runs; },
        [](const Case&) {
          return std::string("waiting for the first manual run (the workspace has none, and queue-all-runs is off)");
        }},
    Row{{6, "duplicate-commit"},
        Outcome::kSkipped,
        [](const Case& c) { return c.history.ran_for_commit; },
        [](const Case& c) { return "Processing skipped for duplicate commit SHA " + c.event.commit; }},
    Row{{7, "tag-matches"},
        Outcome::kRun,
        [](const Case& c) {
          return c.is(Kind::kTagPush) && c.tag_mode() && c.event.fetch_error.empty() &&
                 tag_matches(c.workspace.tags_regex, c.event.ref);
        },
        [](const Case& c) {
          return "tag " + quoted(c.event.ref) + " matches " + quoted(c.workspace.tags_regex) + then_locked(c);
        }},
    Row{{7, "tag-differs"},
        Outcome::kNothing,
        [](const Case& c) {
          return c.is(Kind::kTagPush) && c.tag_mode() && !tag_matches(c.workspace.tags_regex, c.event.ref);
        },
        [](const Case& c) {
          return "tag " + quoted(c.event.ref) + " does not match " + quoted(c.workspace.tags_regex);
        }},
    Row{{8, "tag-in-branch-mode"},
        Outcome::kNothing,
        [](const Case& c) { return c.is(Kind::kTagPush) && !c.tag_mode(); },
        [](const Case&) { return std::string("a tag was pushed, and the workspace has no tags-regex"); }},
    Row{{9, "branch-in-tag-mode"},
        Outcome::kNothing,
        [](const Case& c) { return c.is(Kind::kBranchPush) && c.tag_mode(); },
        [](const Case&) { return std::string("a branch was pushed, and the workspace runs for tags only"); }},
    Row{{10, "pull-request-in-tag-mode"},
        Outcome::kNothing,
        [](const Case& c) { return c.is(Kind::kPullRequest) && c.tag_mode(); },
        [](const Case&) { return std::string("the workspace runs for tags only, so pull requests are not planned"); }},
    Row{{11, "other-branch"},
        Outcome::kNothing,
        [](const Case& c) { return c.is(Kind::kBranchPush) && c.event.ref != c.branch(); },
        [](const Case& c) {
          return "branch " + quoted(c.event.ref) + " was pushed, the workspace listens on " + quoted(c.branch());
        }},
    Row{{12, "fork"},
        Outcome::kNothing,
        [](const Case& c) { return c.is(Kind::kPullRequest) && c.event.from_fork && !c.workspace.allow_forks; },
        [](const Case&) { return std::string("the pull request comes from a fork, and forks are not planned"); }},
    Row{{13, "other-target"},
        Outcome::kNothing,
        [](const Case& c) { return c.is(Kind::kPullRequest) && c.event.target_branch != c.branch(); },
        [](const Case& c) {
          return "the pull request goes to " + quoted(c.event.target_branch) + ", the workspace listens on " +
                 quoted(c.branch());
        }},
    Row{{13, "speculative-off"},
        Outcome::kNothing,
        [](const Case& c) { return c.is(Kind::kPullRequest) && !c.workspace.speculative_enabled; },
        [](const Case&) { return std::string("speculative plans are off for the workspace"); }},
    Row{{11, "newer-commit"},
        Outcome::kSkipped,
        [](const Case& c) { return !c.event.newer_commit.empty(); },
        [](const Case& c) {
          return "commit " + c.event.commit + " is no longer the head; " + c.event.newer_commit + " is";
        }},
    Row{{18, "fetch-failed"},
        Outcome::kFailed,
        [](const Case& c) { return !c.event.fetch_error.empty(); },
        [](const Case& c) { return "the commit could not be fetched: " + c.event.fetch_error; }},
    Row{{14, "pull-request-irrelevant-status"},
        Outcome::kPassingStatus,
        [](const Case& c) {
          return c.is(Kind::kPullRequest) && irrelevant(c) && c.workspace.passing_status_for_untriggered;
        },
        [](const Case& c) {
          return "none of " + changed_count(c) + " concerns the workspace; a passing status is sent";
        }},
    Row{{14, "pull-request-irrelevant"},
        Outcome::kNothing,
        [](const Case& c) { return c.is(Kind::kPullRequest) && irrelevant(c); },
        [](const Case& c) { return "none of " + changed_count(c) + " concerns the workspace"; }},
    Row{{15, "pull-request"},
        Outcome::kSpeculativeRun,
        [](const Case& c) { return c.is(Kind::kPullRequest); },
        [](const Case& c) { return "pull request to " + quoted(c.event.target_branch) + ": " + why_relevant(c); }},
    Row{{16, "push-irrelevant"},
        Outcome::kNothing,
        [](const Case& c) { return irrelevant(c); },
        [](const Case& c) { return "none of " + changed_count(c) + " concerns the workspace"; }},
    Row{{17, "push"},
        Outcome::kRun,
        [](const Case&) { return true; },
        [](const Case& c) { return "push to " + quoted(c.event.ref) + ": " + why_relevant(c) + then_locked(c); }},
};

constexpr auto kIds = [] {
  std::array<DecisionRow, kRows.size()> ids{};
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = kRows[i].id;
  return ids;
}();

}  // namespace

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kReject: return "rejected";
    case Outcome::kNothing: return "nothing";
    case Outcome::kSkipped: return "skipped";
    case Outcome::kPassingStatus: return "passing-status";
    case Outcome::kFailed: return "failed";
    case Outcome::kRun: return "run";
    case Outcome::kSpeculativeRun: return "speculative-run";
  }
  throw std::logic_error("outcome without a name");
}

Decision decide(const EventFacts& event, const TriggerView& workspace, const HistoryFacts& history,
                const FileMatch& files) {
  const Case c{event, workspace, history, files};
  for (const Row& row : kRows) {
    if (row.applies(c)) return {row.outcome, row.id.number, std::string(row.id.name), row.reason(c)};
  }
  throw std::logic_error("the last row of the decision table takes every case");
}

std::span<const DecisionRow> decision_rows() { return kIds; }

const std::string& listening_branch(const TriggerView& workspace, const std::string& default_branch) {
  return workspace.branch.empty() ? default_branch : workspace.branch;
}

}  // namespace workspaces
