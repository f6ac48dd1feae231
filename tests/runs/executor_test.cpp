#include <condition_variable>
#include <fstream>
#include <mutex>
#include <stdexcept>

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

// A second process over the same database and directory, which gets the jobs that the first one's leases lost.
class Successor {
 public:
  explicit Successor(fakes::RunWorld& world)
      : world_(world), workers_(world.all.world.database, world.all.world.clock) {
    runs::Options options;
    options.data_directory = world.directory.path();
    options.public_url = "https://bridge.example";
    auto& all = world.all;
    auto made = runs::Service::create({all.world.database, all.world.clock, all.world.vault, *all.world.service,
                                       *all.variables, world.source, sandbox, options});
    if (!made) throw std::runtime_error(made.error().message);
    service = *std::move(made);
    service->register_jobs(workers_);
  }
  void take_over() {
    const auto lost = world_.all.world.database.write([](storage::Transaction& transaction) {
      return transaction.execute("UPDATE jobs SET state = 'waiting', lease = NULL WHERE state = 'running'");
    });
    if (!lost) throw std::runtime_error(lost.error().message);
    workers_.run_due();
  }
  fakes::FakeSandbox sandbox;
  std::unique_ptr<runs::Service> service;

 private:
  fakes::RunWorld& world_;
  jobs::Workers workers_;
};

int count_of(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_P(Executor, T_F15_APlanThatWakesAfterItsLeaseWritesNothing) {
  const auto id = world->workspace("prod");
  Successor successor(*world);
  std::filesystem::path early, late;
  successor.sandbox.behave = [&](const runs::Command& command, const auto& print, const auto&) {
    late = command.work_dir;
    print("by the successor\n");
    std::ofstream(command.work_dir / "plan.out") << "successor";
    return runs::Exit{.reason = "finished"};
  };
  world->sandbox.behave = [&](const runs::Command& command, const auto& print, const auto&) {
    early = command.work_dir;
    print("before sleep\n");
    successor.take_over();  // all of the successor's work, while this one sleeps
    print("too late\n");
    std::ofstream(command.work_dir / "plan.out") << "late";
    return runs::Exit{.code = 1, .reason = "it failed"};
  };
  push(id, '1');
  world->jobs();
  world->sandbox.behave = nullptr;
  const auto run = newest(id);
  EXPECT_EQ(runs::status_name(run.status), "planned") << run.error;
  EXPECT_NE(early, late);
  EXPECT_FALSE(std::filesystem::exists(early));
  const auto log = world->log_of(run.plan_id);
  EXPECT_THAT(log, HasSubstr("by the successor"));
  EXPECT_THAT(log, Not(HasSubstr("too late")));
  EXPECT_EQ(count_of(log, "\x03"), 1);
  const auto events = world->all.get("/api/v2/runs/" + run.id.str() + "/run-events").text;
  EXPECT_EQ(count_of(events, "\"planned\""), 1);
  EXPECT_EQ(count_of(events, "\"errored\""), 0);
  world->act(run.id, "apply");  // of what the successor left
  std::string applied;
  world->sandbox.behave = [&](const runs::Command& command, const auto&, const auto&) {
    std::ifstream(command.work_dir / "plan.out") >> applied;
    return runs::Exit{.reason = "finished"};
  };
  world->jobs();
  EXPECT_EQ(world->status(run.id), "applied");
  EXPECT_EQ(applied, "successor");
}

TEST_P(Executor, T_F15_AnApplyThatWakesAfterItsLeaseEndsTheRunNoSecondTime) {
  const auto id = world->workspace("prod");
  const auto run = planned(id);
  Successor successor(*world);
  world->sandbox.behave = [&](const runs::Command& command, const auto&, const auto&) {
    successor.take_over();
    std::ofstream(command.work_dir / "terraform.tfstate") << "{\"late\": true}";
    return runs::Exit{.reason = "finished"};
  };
  world->act(run.id, "apply");
  world->jobs();
  EXPECT_EQ(world->status(run.id), "errored");
  EXPECT_THAT(world->run(run.id).error, HasSubstr("unknown outcome"));
  EXPECT_TRUE(successor.sandbox.commands.empty()) << "an apply is not made again";
  EXPECT_THAT(world->all.world.columns("SELECT name FROM run_secrets WHERE name LIKE 'state:%'"), ::testing::IsEmpty());
  const auto events = world->all.get("/api/v2/runs/" + run.id.str() + "/run-events").text;
  EXPECT_EQ(count_of(events, "\"errored\"") + count_of(events, "\"applied\""), 1);
}

TEST_P(Executor, ACancelThatAnotherMachineWasAskedForEndsTheProgram) {
  const auto id = world->workspace("prod");
  Successor other(*world);
  world->sandbox.behave = [&](const runs::Command&, const auto&, const std::stop_token& cancel) {
    const auto run = newest(id);
    EXPECT_TRUE(other.service->cancel({}, run.id, ""));  // it has no such program itself
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    const bool ended =
        !woken.wait_for(lock, cancel, std::chrono::seconds(30), [] { return false; }) && cancel.stop_requested();
    EXPECT_TRUE(ended);
    return runs::Exit{.code = 143, .signal = 15, .canceled = ended, .reason = "canceled"};
  };
  push(id, '1');
  world->jobs();
  EXPECT_EQ(runs::status_name(newest(id).status), "canceled");
}

TEST_P(Executor, AProgramWhoseWorkspaceIsDeletedEnds) {
  const auto id = world->workspace("prod");
  world->sandbox.behave = [&](const runs::Command&, const auto&, const std::stop_token& cancel) {
    EXPECT_EQ(world->all.remove("/api/v2/workspaces/" + id).status, 204);
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_for(lock, cancel, std::chrono::seconds(30), [] { return false; });
    EXPECT_TRUE(cancel.stop_requested());
    return runs::Exit{.code = 143, .signal = 15, .canceled = true, .reason = "canceled"};
  };
  push(id, '1');
  world->jobs();
  EXPECT_TRUE(std::filesystem::is_empty(world->directory.path() / "runs"));
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

TEST_P(Executor, AllWorkspacesOfAnOrganizationShareOneStatusUnlessItWantsOneEach) {
  const auto first = world->workspace("first");
  const auto second = world->workspace("second");
  world->sandbox.behave = [](const runs::Command&, const auto&, const auto&) {
    return runs::Exit{.reason = "finished"};
  };
  push(first, '1');
  world->jobs();
  const auto last = [&] { return world->all.world.forge.statuses().back(); };
  EXPECT_EQ(last().context, "runbridge/acme");
  EXPECT_EQ(last().state, vcs::CommitState::kSuccess);
  EXPECT_EQ(last().description, "All 2 workspaces done");
  world->act(newest(second).id, "discard");
  world->jobs();
  EXPECT_EQ(last().state, vcs::CommitState::kError);
  EXPECT_EQ(last().description, "1 of 2 workspaces canceled or discarded");
  world->act(newest(first).id, "discard");
  world->jobs();
  ASSERT_TRUE(database().write([](storage::Transaction& transaction) {
    return transaction.execute("UPDATE organizations SET aggregated_commit_status = 0");
  }));
  push(first, '2');
  world->jobs();
  std::set<std::string> contexts;
  for (const auto& status : world->all.world.forge.statuses()) {
    if (status.sha == commit_id('2')) contexts.insert(status.context);
  }
  EXPECT_THAT(contexts, ::testing::ElementsAre("runbridge/acme/first", "runbridge/acme/second"));
}

TEST_P(Executor, AnAddressOfALogEndsAndCannotBeMade) {
  const auto run = planned(world->workspace("prod"));
  const auto path = world->service->log_path(run.plan_id);
  const auto secret = path.substr(path.rfind('/') + 1);
  const auto read = [&](const std::string& text) { return world->service->read_log(text, 0, 100); };
  EXPECT_TRUE(read(secret));
  auto forged = secret;
  forged.replace(0, run.plan_id.size(), run.apply_id);
  EXPECT_EQ(read(forged).error().code, base::Code::kNotFound);
  forged = secret;
  forged.at(run.plan_id.size() + 1) = '9';  // a later end
  EXPECT_EQ(read(forged).error().code, base::Code::kNotFound);
  for (const char* text : {"", ".", "..", "plan-1", "plan-1.2"}) EXPECT_FALSE(read(text)) << text;
  world->all.world.clock.advance(std::chrono::hours(24));
  EXPECT_TRUE(read(secret));
  world->all.world.clock.advance(std::chrono::hours(2));
  EXPECT_THAT(read(secret).error().message, HasSubstr("too old"));
  EXPECT_THAT(world->log_of(run.plan_id), HasSubstr("ran plan"));
}

TEST_P(Executor, WhatNobodyRefersToIsSweptButNothingYoung) {
  const auto id = world->workspace("prod");
  const auto run = planned(id);
  const auto root = world->directory.path();
  const auto archives = [&] { return std::distance(std::filesystem::directory_iterator(root / "archives"), {}); };
  const auto used = archives();
  const auto age = [&](const std::filesystem::path& file) {
    std::ofstream(file) << "left over";
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
  };
  for (const auto& entry : std::filesystem::directory_iterator(root / "archives")) {
    std::filesystem::last_write_time(entry, std::filesystem::file_time_type::clock::now() - std::chrono::hours(48));
  }
  age(root / "archives" / "old.tar.gz");
  age(root / "logs" / "plan-gone.log");
  std::ofstream(root / "archives" / "young.tar.gz") << "about to be referred to";
  std::filesystem::create_directories(root / "runs" / "run-gone");
  ASSERT_TRUE(world->service->sweep());
  EXPECT_EQ(archives(), used + 1);
  EXPECT_FALSE(std::filesystem::exists(root / "archives" / "old.tar.gz"));
  EXPECT_TRUE(std::filesystem::exists(root / "archives" / "young.tar.gz"));
  EXPECT_FALSE(std::filesystem::exists(root / "logs" / "plan-gone.log"));
  EXPECT_TRUE(std::filesystem::exists(root / "logs" / (run.plan_id + ".log")));
  EXPECT_FALSE(std::filesystem::exists(root / "runs" / "run-gone"));
  EXPECT_TRUE(std::filesystem::exists(root / "runs" / run.id.str()));
  world->act(run.id, "apply");
  world->jobs();
  EXPECT_EQ(world->status(run.id), "applied");
}

TEST_P(Executor, T_X12_EachUseOfASensitiveVariableIsInTheAuditLogByName) {
  const auto id = world->workspace("prod");
  const auto add = [&](const char* key, const char* value, bool sensitive) {
    return world->all
        .post("/api/v2/workspaces/" + id + "/vars",
              {{"data",
                {{"type", "vars"},
                 {"attributes", {{"key", key}, {"value", value}, {"category", "env"}, {"sensitive", sensitive}}}}}})
        .status;
  };
  ASSERT_EQ(add("PASSWORD", "canary-4711", true), 201);
  ASSERT_EQ(add("REGION", "eu", false), 201);
  const auto run = planned(id);
  world->act(run.id, "apply");
  world->jobs();
  const auto details =
      world->all.world.columns("SELECT detail FROM audit_events WHERE action = 'variable.use' ORDER BY created_at, id");
  ASSERT_EQ(details.size(), 2U);
  for (const auto& detail : details) {
    EXPECT_THAT(detail, HasSubstr(run.id.str()));
    EXPECT_THAT(detail, HasSubstr("[\"PASSWORD\"]"));
    EXPECT_THAT(detail, Not(HasSubstr("canary")));
  }
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
