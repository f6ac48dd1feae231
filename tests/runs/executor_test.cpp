#include "auth/audit.h"
#include "tests/runs/runs_test.h"

using fakes::commit_id;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

class Executor : public RunsTest {
 protected:
  // A run of a pushed commit that has been planned and waits.
  runs::Run planned(const std::string& workspace, char commit = '1') {
    push(workspace, commit);
    world->jobs();
    const auto run = newest(workspace);
    EXPECT_EQ(runs::status_name(run.status), "planned") << run.error;
    return run;
  }
  void push(const std::string&, char commit) {
    world->source.heads["1 main"] = commit_id(commit);
    delivered(world->push(commit_id(commit)));
  }
  // As a process leaves it that dies at this moment: the status is stored, the job comes back.
  void leave_as(const runs::RunId& run, const char* status, const char* kind) {
    ASSERT_TRUE(database().write([&](storage::Transaction& transaction) -> base::Status {
      RETURN_IF_ERROR(transaction.execute("UPDATE runs SET status = $2 WHERE id = $1", {run, status}));
      return jobs::enqueue(transaction, {kind, run.str(), run.str(), {}});
    }));
  }
  int count(const std::string& program) const {
    int found = 0;
    for (const auto& command : world->sandbox.commands) found += command.argv.front() == program ? 1 : 0;
    return found;
  }
};

TEST_P(Executor, APlanIsShownConfirmedAndApplied) {
  const auto id = world->workspace("prod");
  const auto run = planned(id);
  const auto shown = world->all.get("/api/v2/runs/" + run.id.str());
  EXPECT_EQ(shown.attributes().at("actions").at("is-confirmable"), true);
  EXPECT_FALSE(shown.data().at("relationships").at("run-events").at("data").empty());
  const auto log = world->log_of(run.plan_id);
  EXPECT_TRUE(log.starts_with('\x02') && log.ends_with('\x03'));
  EXPECT_THAT(log, HasSubstr("ran plan\n"));
  EXPECT_EQ(world->act(run.id, "apply"), 202);
  world->jobs();
  EXPECT_EQ(world->status(run.id), "applied");
  EXPECT_THAT(world->log_of(run.apply_id), HasSubstr("ran apply\n"));
  EXPECT_EQ(world->act(run.id, "apply"), 409);
  EXPECT_EQ(world->act(run.id, "cancel"), 409);
}

TEST_P(Executor, AutoApplyAsksNobody) {
  const auto id = world->workspace("prod", {{"auto-apply", true}});
  push(id, '1');
  world->jobs();
  EXPECT_EQ(runs::status_name(newest(id).status), "applied");
}

TEST_P(Executor, T_R08_AWorkspaceRunsOneAtATimeInOrder) {
  const auto id = world->workspace("prod");
  const auto first = planned(id, '1');
  push(id, '2');
  world->jobs();
  const auto second = newest(id);
  EXPECT_EQ(runs::status_name(second.status), "pending");
  world->act(first.id, "discard");
  world->jobs();
  EXPECT_EQ(world->status(second.id), "planned");
}

TEST_P(Executor, ALockedWorkspaceWaitsAndGoesOn) {
  const auto id = world->workspace("prod");
  ASSERT_EQ(world->all.post("/api/v2/workspaces/" + id + "/actions/lock").status, 200);
  push(id, '1');
  world->jobs();
  EXPECT_EQ(runs::status_name(newest(id).status), "pending");
  ASSERT_EQ(world->all.post("/api/v2/workspaces/" + id + "/actions/unlock").status, 200);
  world->jobs();
  EXPECT_EQ(runs::status_name(newest(id).status), "planned");
}

TEST_P(Executor, APullRequestWaitsForNobody) {
  const auto id = world->workspace("prod");
  planned(id, '1');
  delivered(world->pull_request(commit_id('3')));
  world->jobs();
  EXPECT_EQ(runs::status_name(newest(id, true).status), "planned_and_finished");
}

TEST_P(Executor, T_R09_OnlyTheStoredPlanIsApplied) {
  const auto id = world->workspace("prod");
  const auto run = planned(id);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world->directory.path() / "runs")) {
    if (entry.path().filename() != "main.tf") continue;
    ASSERT_TRUE(base::write_file(entry.path(), "something else"));
  }
  world->act(run.id, "apply");
  world->jobs();
  EXPECT_EQ(world->status(run.id), "errored");
  EXPECT_EQ(count("apply"), 0);
  EXPECT_THAT(world->log_of(run.apply_id), HasSubstr("nothing was applied"));
}

TEST_P(Executor, T_R14_HowAProgramEndedIsTold) {
  const auto id = world->workspace("prod");
  const std::pair<runs::Exit, const char*> rows[] = {
      {{.code = 1, .reason = "exit status 1"}, "exit status 1"},
      {{.code = 126, .reason = "exit status 126: 'plan' is not executable"}, "not executable"},
      {{.code = 127, .reason = "exit status 127: 'plan' was not found"}, "was not found"},
      {{.code = 137, .signal = 9, .out_of_memory = true, .reason = "killed by the system"}, "killed by the system"},
      {{.timed_out = true, .reason = "stopped after its time limit of 3600 s"}, "time limit"}};
  char commit = '1';
  for (const auto& [exit, text] : rows) {
    world->sandbox.behave = [exit = exit](const runs::Command&, const auto&, const auto&) { return exit; };
    push(id, commit++);
    world->jobs();
    const auto run = newest(id);
    EXPECT_EQ(runs::status_name(run.status), "errored");
    EXPECT_THAT(run.error, HasSubstr(text));
    EXPECT_THAT(world->log_of(run.plan_id), HasSubstr(text));
  }
}

TEST_P(Executor, T_F3_APlanWhoseWorkerDiedIsMadeAgain) {
  const auto id = world->workspace("prod");
  push(id, '1');
  const auto run = newest(id);
  leave_as(run.id, "planning", "run.plan");
  world->jobs();
  EXPECT_EQ(world->status(run.id), "planned");
}

TEST_P(Executor, T_R17_AnApplyWhoseWorkerDiedIsNeverRepeated) {
  const auto id = world->workspace("prod");
  const auto run = planned(id);
  leave_as(run.id, "applying", "run.apply");
  world->jobs();
  EXPECT_EQ(world->status(run.id), "errored");
  EXPECT_THAT(world->run(run.id).error, HasSubstr("unknown outcome"));
  EXPECT_EQ(count("apply"), 0);
  push(id, '2');  // the next one is not kept waiting
  world->jobs();
  EXPECT_EQ(runs::status_name(newest(id).status), "planned");
}

TEST_P(Executor, T_R17_AnApplyThatTheStoppingServerEndedHasAnUnknownOutcome) {
  const auto id = world->workspace("prod");
  const auto run = planned(id);
  world->sandbox.behave = [&](const runs::Command&, const auto&, const auto&) {
    world->service->stop();
    return runs::Exit{.code = 143, .signal = 15, .canceled = true, .reason = "canceled"};
  };
  world->act(run.id, "apply");
  world->jobs();
  EXPECT_EQ(world->status(run.id), "errored");
  EXPECT_THAT(world->run(run.id).error, HasSubstr("unknown outcome"));
  EXPECT_EQ(count("apply"), 1);
}

TEST_P(Executor, T_R07_CancelAtWorkEndsInOneFinalState) {
  const auto id = world->workspace("prod");
  world->sandbox.behave = [&](const runs::Command&, const auto& output, const std::stop_token& stop) {
    const auto run = newest(id).id;
    EXPECT_EQ(world->act(run, "cancel"), 202);
    EXPECT_EQ(world->act(run, "cancel"), 202);
    EXPECT_TRUE(stop.stop_requested());
    output("interrupted\n");
    return runs::Exit{.code = 143, .signal = 15, .canceled = true, .reason = "canceled"};
  };
  push(id, '1');
  world->jobs();
  const auto run = newest(id);
  EXPECT_EQ(runs::status_name(run.status), "canceled");
  EXPECT_TRUE(run.canceled_at);
  EXPECT_EQ(world->act(run.id, "cancel"), 409);
  EXPECT_TRUE(world->log_of(run.plan_id).ends_with('\x03'));
}

TEST_P(Executor, T_R07_CancelOfAWaitingRunEndsItAtOnce) {
  const auto id = world->workspace("prod");
  planned(id, '1');
  push(id, '2');
  const auto waiting = newest(id);
  const auto before = world->all.get("/api/v2/runs/" + waiting.id.str());
  EXPECT_EQ(before.attributes().at("actions").at("is-force-cancelable"), false);
  EXPECT_EQ(world->act(waiting.id, "cancel"), 202);
  const auto run = world->run(waiting.id);
  EXPECT_EQ(runs::status_name(run.status), "canceled");
  EXPECT_TRUE(run.canceled_at);
  EXPECT_GT(run.force_cancel_available_at, run.canceled_at);
}

TEST_P(Executor, SecretsReachTheProgramAndNotTheLog) {
  const auto id = world->workspace("prod");
  const auto variable = [&](const nlohmann::json& attributes) {
    EXPECT_EQ(
        world->all
            .post("/api/v2/workspaces/" + id + "/vars", {{"data", {{"type", "vars"}, {"attributes", attributes}}}})
            .status,
        201);
  };
  variable({{"key", "TOKEN"}, {"value", "canary-4711"}, {"category", "env"}, {"sensitive", true}});
  variable({{"key", "region"}, {"value", "eu"}, {"category", "terraform"}});
  world->sandbox.behave = [](const runs::Command& command, const auto& output, const auto&) {
    output("token " + command.environment.at("TOKEN").substr(0, 6));
    output(command.environment.at("TOKEN").substr(6) + " region " + command.environment.at("TF_VAR_region") + "\n");
    return runs::Exit{.reason = "finished"};
  };
  const auto run = planned(id);
  EXPECT_THAT(world->log_of(run.plan_id), HasSubstr("region eu"));
  EXPECT_THAT(world->log_of(run.plan_id), Not(HasSubstr("canary")));
}

TEST_P(Executor, AManualRunTakesTheHeadOfTheRepositoryItIsConnectedTo) {
  const auto id = world->workspace("prod");
  ASSERT_EQ(world->all.patch(id, {{"queue-all-runs", false}, {"vcs-repo", {{"identifier", "acme/other"}}}}).status,
            200);
  runs::NewRun wanted;
  wanted.workspace = id;
  const auto made = world->service->create_run(auth::system_principal(), wanted);
  ASSERT_TRUE(made) << made.error().message;
  world->jobs();
  EXPECT_EQ(newest(id).origin.commit_sha, commit_id('9'));
  EXPECT_EQ(newest(id).origin.repository_id, "2");
}

TEST_P(Executor, QueueAllRunsTakesTheHeadOfANewBranch) {
  const auto id = world->workspace("prod");
  world->source.heads["1 release"] = commit_id('5');
  ASSERT_EQ(world->all.patch(id, {{"vcs-repo", {{"branch", "release"}}}}).status, 200);
  world->jobs();
  EXPECT_EQ(newest(id).origin.commit_sha, commit_id('5'));
}

TEST_P(Executor, EveryStateReachesTheCommitNewestLast) {
  const auto id = world->workspace("prod");
  const auto run = planned(id);
  world->act(run.id, "apply");
  world->jobs();
  EXPECT_GE(world->all.world.forge.count("set_status"), 2);
}

TEST_P(Executor, CommentsGoWithWhatWasDecided) {
  const auto id = world->workspace("prod");
  const auto run = planned(id);
  const auto path = "/api/v2/runs/" + run.id.str();
  EXPECT_EQ(world->all.post(path + "/actions/apply", {{"comment", "looks good"}}).status, 202);
  const auto comments = world->all.get(path).data().at("relationships").at("comments").at("data");
  ASSERT_EQ(comments.size(), 1U);
  const auto comment = world->all.get("/api/v2/comments/" + comments.at(0).at("id").get<std::string>());
  EXPECT_EQ(comment.attributes().at("body"), "looks good");
  EXPECT_FALSE(world->all.get(path).data().at("relationships").at("confirmed-by").at("data").is_null());
}

INSTANTIATE_ON_BOTH_DATABASES(Executor);

}  // namespace
