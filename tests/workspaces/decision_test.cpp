#include "workspaces/decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace workspaces {
namespace {

using ::testing::HasSubstr;
using Kind = EventFacts::Kind;

const std::string kCommit(40, 'a');

struct Situation {
  EventFacts event;
  TriggerView workspace;
  HistoryFacts history{true, false};
  FileMatch files;
};

Situation push() {
  Situation s;
  s.event.kind = Kind::kBranchPush;
  s.event.ref = s.event.default_branch = "main";
  s.event.commit = kCommit;
  return s;
}

Situation tag() {
  Situation s = push();
  s.event.kind = Kind::kTagPush;
  s.event.ref = "1.2.3";
  return s;
}

Situation pull_request() {
  Situation s = push();
  s.event.kind = Kind::kPullRequest;
  s.event.ref = "feature";
  s.event.target_branch = "main";
  return s;
}

struct Row {
  const char* name;
  Situation (*start)();
  void (*change)(Situation&);
  Outcome outcome;
  int rule;
  const char* rule_name;
  const char* reason;
};

class DecisionTable : public ::testing::TestWithParam<Row> {};

TEST_P(DecisionTable, HasThisOutcome) {
  const Row& row = GetParam();
  Situation s = row.start();
  row.change(s);
  const auto decision = decide(s.event, s.workspace, s.history, s.files);
  EXPECT_EQ(decision.outcome, row.outcome);
  EXPECT_EQ(decision.rule, row.rule);
  EXPECT_EQ(decision.rule_name, row.rule_name);
  EXPECT_THAT(decision.reason, HasSubstr(row.reason));
}

FileMatch irrelevant() { return {FileMatch::Kind::kIrrelevant, "", "", "", 3}; }

const Row kRows[] = {
    {"R01NotProven", push, [](Situation& s) { s.event.proven = false; }, Outcome::kReject, 1, "not-proven",
     "signature"},
    {"R02SeenBefore", push, [](Situation& s) { s.event.seen_before = true; }, Outcome::kNothing, 2, "seen-before",
     "handled before"},
    {"R03NoWork", push, [](Situation& s) { s.event.no_work = "branch deleted"; }, Outcome::kNothing, 3, "no-work",
     "branch deleted"},
    {"R04Connection", push, [](Situation& s) { s.event.connection_error = "token revoked"; }, Outcome::kFailed, 4,
     "connection-failing", "token revoked"},
    {"R05FirstRun", push, [](Situation& s) { s.history.has_runs = false; }, Outcome::kSkipped, 5, "first-run-by-hand",
     "waiting for the first manual run"},
    {"R05QueueAllRuns", push,
     [](Situation& s) {
       s.history.has_runs = false;
       s.workspace.queue_all_runs = true;
     },
     Outcome::kRun, 17, "push", "takes every change"},
    {"R06Duplicate", push, [](Situation& s) { s.history.ran_for_commit = true; }, Outcome::kSkipped, 6,
     "duplicate-commit", "Processing skipped for duplicate commit SHA"},
    {"R07TagHits", tag, [](Situation& s) { s.workspace.tags_regex = R"(^\d+\.\d+\.\d+$)"; }, Outcome::kRun, 7,
     "tag-matches", "tag '1.2.3' matches"},
    {"R07TagMisses", tag, [](Situation& s) { s.workspace.tags_regex = "^v"; }, Outcome::kNothing, 7, "tag-differs",
     "does not match"},
    {"R08TagWithoutRegex", tag, [](Situation&) {}, Outcome::kNothing, 8, "tag-in-branch-mode", "no tags-regex"},
    {"R09BranchInTagMode", push, [](Situation& s) { s.workspace.tags_regex = "^v"; }, Outcome::kNothing, 9,
     "branch-in-tag-mode", "tags only"},
    {"R10PullRequestInTagMode", pull_request, [](Situation& s) { s.workspace.tags_regex = "^v"; }, Outcome::kNothing,
     10, "pull-request-in-tag-mode", "tags only"},
    {"R11OtherBranch", push, [](Situation& s) { s.workspace.branch = "release"; }, Outcome::kNothing, 11,
     "other-branch", "listens on 'release'"},
    {"R11NotTheDefaultBranch", push, [](Situation& s) { s.event.ref = "feature"; }, Outcome::kNothing, 11,
     "other-branch", "listens on 'main'"},
    {"T_W13_OlderPushArrivesLast", push, [](Situation& s) { s.event.newer_commit = std::string(40, 'b'); },
     Outcome::kSkipped, 11, "newer-commit", "no longer the head"},
    {"T_W27_R12Fork", pull_request, [](Situation& s) { s.event.from_fork = true; }, Outcome::kNothing, 12, "fork",
     "fork"},
    {"T_W27_R12ForkAllowed", pull_request,
     [](Situation& s) {
       s.event.from_fork = true;
       s.workspace.allow_forks = true;
     },
     Outcome::kSpeculativeRun, 15, "pull-request", "pull request to 'main'"},
    {"R13OtherTarget", pull_request, [](Situation& s) { s.event.target_branch = "dev"; }, Outcome::kNothing, 13,
     "other-target", "goes to 'dev'"},
    {"R13SpeculativeOff", pull_request, [](Situation& s) { s.workspace.speculative_enabled = false; },
     Outcome::kNothing, 13, "speculative-off", "speculative plans are off"},
    {"R14Irrelevant", pull_request, [](Situation& s) { s.files = irrelevant(); }, Outcome::kNothing, 14,
     "pull-request-irrelevant", "3 changed files"},
    {"R14IrrelevantWithStatus", pull_request,
     [](Situation& s) {
       s.files = irrelevant();
       s.workspace.passing_status_for_untriggered = true;
     },
     Outcome::kPassingStatus, 14, "pull-request-irrelevant-status", "passing status"},
    {"R15PullRequest", pull_request,
     [](Situation& s) {
       s.files = {FileMatch::Kind::kRelevant, "pattern '/a/*'", "a/b", "", 1};
     },
     Outcome::kSpeculativeRun, 15, "pull-request", "'a/b' changed, which pattern '/a/*' covers"},
    {"R16Irrelevant", push, [](Situation& s) { s.files = irrelevant(); }, Outcome::kNothing, 16, "push-irrelevant",
     "none of 3 changed files"},
    {"R17FilterOff", push, [](Situation& s) { s.workspace.file_triggers_enabled = false; }, Outcome::kRun, 17, "push",
     "file triggers are off"},
    {"R17Relevant", push,
     [](Situation& s) {
       s.files = {FileMatch::Kind::kRelevant, "prefix 'm'", "m/x", "", 1};
     },
     Outcome::kRun, 17, "push", "'m/x' changed, which prefix 'm' covers"},
    {"T_W23_R17UnknownListTriggersAndSaysSo", push,
     [](Situation& s) {
       s.files = {FileMatch::Kind::kUnknown, "", "", "more than 10000 paths", 0};
     },
     Outcome::kRun, 17, "push", "not known (more than 10000 paths), so the workspace runs"},
    {"R17LockedWaits", push, [](Situation& s) { s.workspace.locked = true; }, Outcome::kRun, 17, "push",
     "locked, so the run waits"},
    {"R18FetchFailed", push, [](Situation& s) { s.event.fetch_error = "commit gone"; }, Outcome::kFailed, 18,
     "fetch-failed", "commit gone"},
    {"R18FetchFailedForATag", tag,
     [](Situation& s) {
       s.workspace.tags_regex = ".";
       s.event.fetch_error = "commit gone";
     },
     Outcome::kFailed, 18, "fetch-failed", "commit gone"},
};

INSTANTIATE_TEST_SUITE_P(Rows, DecisionTable, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(DecisionTable, EveryRowHasATest) {
  std::set<std::string> tested;
  for (const auto& row : kRows) tested.insert(row.rule_name);
  for (const auto& row : decision_rows()) EXPECT_TRUE(tested.contains(std::string(row.name))) << row.name;
}

}  // namespace
}  // namespace workspaces
