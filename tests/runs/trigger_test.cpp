#include "tests/runs/runs_test.h"

using fakes::commit_id;
using ::testing::HasSubstr;

namespace {

class Trigger : public RunsTest {};

TEST_P(Trigger, APushRunsExactlyTheWorkspacesItConcerns) {
  const auto all = world->workspace("all");
  const auto net = world->workspace("net", {{"trigger-prefixes", {"net"}}});
  const auto app = world->workspace("app", {{"trigger-patterns", {"/app/**/*"}}});
  const auto other = world->workspace("other", {{"vcs-repo", world->all.repository({{"branch", "release"}})}});
  world->source.heads["1 main"] = commit_id('1');
  world->source.changed.paths = {"net/a.tf"};
  world->source.calls.clear();
  delivered(world->push(commit_id('1')));
  EXPECT_EQ(newest(all).origin.commit_sha, commit_id('1'));
  EXPECT_EQ(newest(all).message, "subject of 1111111");
  EXPECT_EQ(newest(net).origin.commit_sha, commit_id('1'));
  EXPECT_EQ(world->why(net), "push");
  EXPECT_EQ(world->why(app), "push-irrelevant");
  EXPECT_EQ(world->why(other), "other-branch");
  EXPECT_EQ(world->runs_of(app).size(), 1U);
  EXPECT_EQ(world->source.count("fetch"), 1);
  EXPECT_EQ(world->source.count("archive"), 1);
}

TEST_P(Trigger, AnEventNobodyWaitsForFetchesNothing) {
  const auto id = world->workspace("prod");
  world->source.calls.clear();
  delivered(world->push(commit_id('1'), "feature"));
  EXPECT_EQ(world->why(id), "other-branch");
  EXPECT_TRUE(world->source.calls.empty());
}

TEST_P(Trigger, T_W13_AnOlderPushThatArrivesLastMakesNoRun) {
  const auto id = world->workspace("prod");
  world->source.heads["1 main"] = commit_id('2');
  delivered(world->push(commit_id('2')));
  delivered(world->push(commit_id('1')));
  EXPECT_EQ(world->why(id), "newer-commit");
  EXPECT_EQ(newest(id).origin.commit_sha, commit_id('2'));
}

vcs::Push after(vcs::Push push, const std::string& before) {
  push.before = before;
  return push;
}

// The payload says that the push continues what was seen last, so nobody is asked before the run is there.
TEST_P(Trigger, APushThatFollowsTheLastOneMakesItsRunBeforeAnythingIsFetched) {
  const auto id = world->workspace("prod");
  world->source.heads["1 main"] = commit_id('1');
  delivered(world->push(commit_id('1')));
  world->source.heads["1 main"] = commit_id('2');
  world->source.calls.clear();
  delivered(after(world->push(commit_id('2')), commit_id('1')));
  EXPECT_TRUE(world->source.calls.empty());
  const auto run = newest(id);
  EXPECT_EQ(run.origin.commit_sha, commit_id('2'));
  const auto answer = world->all.get("/api/v2/workspaces/" + id + "/trigger-decisions");
  EXPECT_THAT(answer.text, HasSubstr("the provider was not asked for the branch's head"));
  EXPECT_THAT(answer.text, HasSubstr("fetched after the run was made"));
  world->jobs();
  EXPECT_EQ(world->source.count("fetch"), 1);
  EXPECT_EQ(world->source.count("archive"), 1);
  EXPECT_EQ(world->source.count("head"), 0);
  const auto version = world->all.get("/api/v2/configuration-versions/" + run.configuration_version.str());
  EXPECT_EQ(version.attributes().at("status"), "uploaded");
}

TEST_P(Trigger, T_W13_AnOlderPushDoesNotPassForTheNextOneBecauseItWasSkipped) {
  const auto id = world->workspace("prod");
  world->source.heads["1 main"] = commit_id('3');
  delivered(world->push(commit_id('1')));
  delivered(after(world->push(commit_id('3')), commit_id('2')));
  delivered(after(world->push(commit_id('2')), commit_id('1')));
  EXPECT_EQ(world->why(id), "newer-commit");
  EXPECT_EQ(newest(id).origin.commit_sha, commit_id('3'));
  world->source.heads["1 main"] = commit_id('5');
  delivered(after(world->push(commit_id('4')), commit_id('2')));
  EXPECT_EQ(world->why(id), "newer-commit") << "what was skipped was not the head";
}

TEST_P(Trigger, OnlyWorkspacesThatWantSubmodulesWaitForThem) {
  const auto plain = world->workspace("plain");
  const auto whole = world->workspace("whole", {{"vcs-repo", world->all.repository({{"ingress-submodules", true}})}});
  world->source.heads["1 main"] = commit_id('1');
  world->source.calls.clear();
  world->source.submodule_failures = {base::invalid("submodule 'net': not accepted")};
  delivered(world->push(commit_id('1')));
  world->jobs();
  EXPECT_EQ(world->source.count("archive-with-submodules"), 1);
  EXPECT_NE(runs::status_name(newest(plain).status), std::string("errored"));
  const auto failed = newest(whole);
  EXPECT_EQ(runs::status_name(failed.status), std::string("errored"));
  EXPECT_THAT(failed.error, HasSubstr("submodule 'net'"));
}

TEST_P(Trigger, AFetchThatFailsAfterTheRunWasMadeEndsItWithTheReason) {
  const auto id = world->workspace("prod");
  world->source.heads["1 main"] = commit_id('1');
  delivered(world->push(commit_id('1')));
  world->source.fetch_failures.assign(3, base::not_found("the commit is gone"));
  delivered(after(world->push(commit_id('2')), commit_id('1')));
  world->jobs();
  const auto run = newest(id);
  EXPECT_EQ(runs::status_name(run.status), "errored");
  const auto version = world->all.get("/api/v2/configuration-versions/" + run.configuration_version.str());
  EXPECT_EQ(version.attributes().at("status"), "errored");
  EXPECT_THAT(version.attributes().at("error-message").dump(), HasSubstr("the commit is gone"));
}

TEST_P(Trigger, APushInOrderStillFetchesFirstForAWorkspaceThatAsksWhatChanged) {
  const auto id = world->workspace("prod", {{"trigger-prefixes", {"net"}}});
  world->source.heads["1 main"] = commit_id('1');
  world->source.changed.paths = {"net/a.tf"};
  delivered(world->push(commit_id('1')));
  world->source.calls.clear();
  world->source.changed.paths = {"app/a.tf"};
  delivered(after(world->push(commit_id('2')), commit_id('1')));
  EXPECT_EQ(world->why(id), "push-irrelevant");
  EXPECT_EQ(world->source.count("fetch"), 1);
  EXPECT_EQ(world->source.count("head"), 0);
}

TEST_P(Trigger, T_W12_ACommitRunsOnceHoweverOftenItIsDelivered) {
  const auto id = world->workspace("prod");
  world->source.heads["1 main"] = commit_id('1');
  delivered(world->push(commit_id('1')));
  const auto count = world->runs_of(id).size();
  delivered(world->push(commit_id('1')));
  EXPECT_EQ(world->why(id), "duplicate-commit");
  EXPECT_EQ(world->runs_of(id).size(), count);
}

TEST_P(Trigger, T_W12_AReplayMakesNoSecondRunUnlessItIsForced) {
  const auto id = world->workspace("prod"), other = world->workspace("other");
  world->source.heads["1 main"] = commit_id('1');
  delivered(world->push(commit_id('1')));
  const auto first = newest(id);
  const auto count = world->runs_of(id).size();
  ASSERT_TRUE(world->replay(world->push(commit_id('1'))));
  EXPECT_EQ(world->why(id), "duplicate-commit");
  EXPECT_EQ(world->runs_of(id).size(), count);
  ASSERT_TRUE(world->replay(world->push(commit_id('1')), true));
  EXPECT_EQ(world->runs_of(id).size(), count + 1);
  EXPECT_EQ(world->runs_of(other).size(), count + 1);
  EXPECT_NE(newest(id).id, first.id);
  EXPECT_EQ(newest(id).origin.commit_sha, commit_id('1'));
  ASSERT_TRUE(world->replay(world->push(commit_id('1'))));
  EXPECT_EQ(world->runs_of(id).size(), count + 1) << "the new run has the key now";
}

TEST_P(Trigger, AForcedReplayMakesARunWhereAnotherDeliveryMadeTheFirst) {
  const auto id = world->workspace("prod");
  world->source.heads["1 main"] = commit_id('1');
  delivered(world->push(commit_id('1')));
  delivered(world->push(commit_id('1')));
  const auto count = world->runs_of(id).size();
  ASSERT_TRUE(world->replay(world->push(commit_id('1')), true));
  EXPECT_EQ(world->runs_of(id).size(), count + 1);
}

// Without asking, the older push would look like the next one after itself was replayed.
TEST_P(Trigger, T_W13_AReplayOfAnOlderPushMakesNoRunOverANewerOne) {
  const auto id = world->workspace("prod");
  world->source.heads["1 main"] = commit_id('1');
  delivered(world->push(commit_id('1')));
  delivered(after(world->push(commit_id('2')), commit_id('1')));
  world->source.heads["1 main"] = commit_id('3');
  const auto count = world->runs_of(id).size();
  ASSERT_TRUE(world->replay(after(world->push(commit_id('2')), commit_id('2')), true));
  EXPECT_EQ(world->why(id), "newer-commit");
  EXPECT_EQ(world->runs_of(id).size(), count);
}

TEST_P(Trigger, T_W28_AutoApplyDoesNotReachOtherBranches) {
  const auto id = world->workspace("prod", {{"auto-apply", true}});
  world->sandbox.commands.clear();
  delivered(world->push(commit_id('1'), "feature"));
  world->jobs();
  EXPECT_TRUE(world->sandbox.commands.empty());
  EXPECT_EQ(world->why(id), "other-branch");
}

TEST_P(Trigger, AnUnknownChangeListTriggersAndSaysSo) {
  const auto id = world->workspace("prod", {{"trigger-prefixes", {"net"}}});
  world->source.heads["1 main"] = commit_id('1');
  world->source.changed = {false, "the older commit is gone", {}};
  delivered(world->push(commit_id('1')));
  EXPECT_EQ(newest(id).origin.commit_sha, commit_id('1'));
  const auto answer = world->all.get("/api/v2/workspaces/" + id + "/trigger-decisions");
  EXPECT_THAT(answer.text, HasSubstr("the older commit is gone"));
}

TEST_P(Trigger, T_W23_TooManyChangedPathsCountAsAll) {
  const auto id = world->workspace("prod", {{"trigger-prefixes", {"net"}}});
  world->source.heads["1 main"] = commit_id('1');
  world->source.changed.paths.clear();
  for (int i = 0; i < 10'001; ++i) world->source.changed.paths.push_back("app/" + std::to_string(i));
  delivered(world->push(commit_id('1')));
  EXPECT_EQ(newest(id).origin.commit_sha, commit_id('1'));
}

TEST_P(Trigger, ACommitThatIsGoneLeavesAnErroredRunAndAFailingStatus) {
  const auto id = world->workspace("prod");
  world->source.heads["1 main"] = commit_id('1');
  world->source.fetch_failures.assign(3, base::not_found("the commit is gone"));
  delivered(world->push(commit_id('1')));
  const auto run = newest(id);
  EXPECT_EQ(runs::status_name(run.status), "errored");
  EXPECT_EQ(world->why(id), "fetch-failed");
  const auto version = world->all.get("/api/v2/configuration-versions/" + run.configuration_version.str());
  EXPECT_EQ(version.attributes().at("status"), "errored");
  EXPECT_THAT(version.attributes().at("error-message").dump(), HasSubstr("the commit is gone"));
}

TEST_P(Trigger, AFailureThatPassesIsTriedAgainAndLeavesNothing) {
  const auto id = world->workspace("prod");
  const auto before = world->runs_of(id).size();
  world->source.heads["1 main"] = commit_id('1');
  world->source.fetch_failures = {base::unavailable("nobody answers")};
  const auto outcome = world->deliver(world->push(commit_id('1')));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, webhooks::HandlerOutcome::Kind::kRetry);
  EXPECT_EQ(world->runs_of(id).size(), before);
  EXPECT_EQ(world->why(id), "");
}

TEST_P(Trigger, APullRequestIsPlannedOnlyAndANewerCommitReplacesIt) {
  const auto id = world->workspace("prod", {{"auto-apply", true}});
  delivered(world->pull_request(commit_id('1')));
  const auto first = newest(id, true);
  delivered(world->pull_request(commit_id('2')));
  EXPECT_EQ(world->status(first.id), "canceled");
  world->jobs();
  const auto second = newest(id, true);
  EXPECT_EQ(second.origin.commit_sha, commit_id('2'));
  EXPECT_EQ(world->status(second.id), "planned_and_finished");
}

TEST_P(Trigger, T_W27_AForkIsNotPlanned) {
  const auto id = world->workspace("prod");
  auto request = world->pull_request(commit_id('1'));
  request.from_fork = true;
  delivered(request);
  EXPECT_EQ(world->why(id), "fork");
  EXPECT_TRUE(world->runs_of(id, true).empty());
}

TEST_P(Trigger, AWorkspaceWithoutRunsWaitsForAPerson) {
  const auto id = world->workspace("prod", {{"queue-all-runs", false}});
  world->source.heads["1 main"] = commit_id('1');
  delivered(world->push(commit_id('1')));
  EXPECT_EQ(world->why(id), "first-run-by-hand");
  EXPECT_TRUE(world->runs_of(id).empty());
}

TEST_P(Trigger, T_W19_WorkspacesFollowARenamedRepositoryToWhatTheProviderSays) {
  const auto id = world->workspace("prod");
  const auto elsewhere =
      world->workspace("elsewhere", {{"vcs-repo", world->all.repository({{"identifier", "acme/other"}})}});
  world->context_path = "acme/infrastructure";  // the dispatcher's, confirmed by the provider
  world->source.default_branch = "trunk";
  delivered(vcs::RepositoryRenamed{{"1", "evil/name", "evil"}, "acme/infra"});
  const auto vcs = world->all.get("/api/v2/workspaces/" + id).attributes().at("vcs-repo");
  EXPECT_EQ(vcs.at("identifier"), "acme/infrastructure");
  EXPECT_EQ(vcs.at("display-identifier"), "acme/infrastructure");
  EXPECT_EQ(vcs.at("repository-http-url"), "https://forge.example/acme/infrastructure");
  EXPECT_EQ(vcs.at("branch"), "");
  EXPECT_EQ(world->all.get("/api/v2/workspaces/" + elsewhere).attributes().at("vcs-repo").at("identifier"),
            "acme/other");
  EXPECT_EQ(world->why(id), "repository-renamed");
  EXPECT_THAT(world->all.get("/api/v2/workspaces/" + id + "/trigger-decisions").text,
              HasSubstr("acme/infra is acme/infrastructure now"));
  EXPECT_THAT(world->all.world.columns("SELECT detail FROM audit_events WHERE action = 'workspace.follow-repository'"),
              ::testing::ElementsAre(HasSubstr("acme/infrastructure")));
  // The default branch it has now is the one that is listened to, also when a payload does not name it.
  auto push = world->push(commit_id('3'), "trunk");
  push.repository.default_branch.clear();
  delivered(push);
  EXPECT_EQ(newest(id).origin.commit_sha, commit_id('3'));
}

TEST_P(Trigger, ARenameIsTriedAgainWhileTheProviderCannotBeAsked) {
  const auto id = world->workspace("prod");
  world->context_path = "acme/infrastructure";
  world->source.find_failures = {base::unavailable("nobody answers")};
  const vcs::RepositoryRenamed renamed{{"1", "acme/infrastructure", "main"}, "acme/infra"};
  const auto outcome = world->deliver(renamed);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, webhooks::HandlerOutcome::Kind::kRetry);
  EXPECT_EQ(world->all.get("/api/v2/workspaces/" + id).attributes().at("vcs-repo").at("identifier"), "acme/infra");
  delivered(renamed);
  EXPECT_EQ(world->all.get("/api/v2/workspaces/" + id).attributes().at("vcs-repo").at("identifier"),
            "acme/infrastructure");
}

TEST_P(Trigger, AThousandWorkspacesCostOneFetchAndOneArchive) {
  constexpr int kWorkspaces = 1'000;
  const auto first = world->workspace("first");
  ASSERT_TRUE(database().write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto one, workspaces::store::find(transaction, workspaces::WorkspaceId(first)));
    one->lock.reset();
    for (int i = 1; i < kWorkspaces; ++i) {
      one->id = workspaces::WorkspaceId::make();
      one->name = "copy-" + std::to_string(i);
      RETURN_IF_ERROR(workspaces::store::insert(transaction, *one));
    }
    return {};
  }));
  world->source.heads["1 main"] = commit_id('1');
  world->source.calls.clear();
  delivered(world->push(commit_id('1')));  // how long it may take is measured by script/bench
  EXPECT_EQ(world->source.count("fetch"), 1);
  EXPECT_EQ(world->source.count("archive"), 1);
  const auto made = world->all.world.columns("SELECT CAST(COUNT(*) AS TEXT) FROM runs WHERE unique_key IS NOT NULL");
  EXPECT_EQ(made.at(0), std::to_string(kWorkspaces));
}

INSTANTIATE_ON_BOTH_DATABASES(Trigger);

}  // namespace
