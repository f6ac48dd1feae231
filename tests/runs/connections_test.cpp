#include "connections/service.h"

#include "auth/project.h"
#include "connections/migrations.h"
#include "tests/runs/runs_test.h"
#include "tests/support/must.h"

using fakes::commit_id;
using test_support::must;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

// Runs of a workspace that names the connection "deploy".
class ConnectionsOfRuns : public RunsTest {
 protected:
  void SetUp() override {
    RunsTest::SetUp();
    if (IsSkipped()) return;
    actor.who.kind = auth::Principal::Kind::kOrganization;
    actor.who.organization = acme();
    actor.who.name = "acme";
    workspace = world->workspace("prod");
    connections::NewConnection wanted;
    wanted.name = "deploy";
    wanted.type = "generic";
    wanted.scheme = "username_password";
    wanted.verify = false;
    wanted.given.values = {{"server_url", base::Secret("https://service.example.com")},
                           {"username", base::Secret("ada")},
                           {"password", base::Secret("canary-password")}};
    connections::Problems problems;
    const auto project = must(
        database().read([&](storage::Connection& connection) { return auth::default_project(connection, acme()); }));
    id = must(world->connections->create(actor, acme(), project, wanted, problems)).connection.id;
    must(world->connections->set_named(actor, acme(), workspace, {{id, "", "", false}}));
  }
  const auth::OrganizationId& acme() const { return world->all.world.acme; }
  void authorize() { ASSERT_TRUE(world->connections->authorize(actor, acme(), id, {workspace})); }
  runs::Run pushed(char commit) {
    world->source.heads["1 main"] = commit_id(commit);
    delivered(world->push(commit_id(commit)));
    world->jobs();
    return newest(workspace);
  }

  auth::Actor actor;
  std::string workspace;
  connections::ServiceConnectionId id;
};
INSTANTIATE_ON_BOTH_DATABASES(ConnectionsOfRuns);

TEST_P(ConnectionsOfRuns, ARunWithoutAuthorizationStartsNothingAndNamesBoth) {
  world->sandbox.commands.clear();  // of the workspace's first run
  const auto run = pushed('1');
  EXPECT_EQ(runs::status_name(run.status), "errored");
  for (const char* text : {"resource authorization", "'deploy'", "'prod'"}) {
    EXPECT_THAT(run.error, HasSubstr(text));
    EXPECT_THAT(world->log_of(run.plan_id), HasSubstr(text));
  }
  EXPECT_TRUE(world->sandbox.commands.empty());
  const auto named = world->all.get("/api/v2/runs/" + run.id.str() + "/relationships/service-connections");
  ASSERT_EQ(named.status, 200);
  const auto& meta = named.data().at(0).at("meta");
  EXPECT_EQ(meta.at("name"), "deploy");
  EXPECT_EQ(meta.at("authorized"), false);
  EXPECT_EQ(meta.at("workspace"), workspace);
}

TEST_P(ConnectionsOfRuns, T_R11_AnAuthorizedRunReceivesItMaskedInItsLog) {
  authorize();
  world->sandbox.behave = [](const runs::Command& command, const auto& on_output, const auto&) {
    on_output("it is canary-");
    on_output(command.environment.at("DEPLOY_PASSWORD").substr(7) + "\n");
    return runs::Exit{.reason = "finished"};
  };
  const auto run = pushed('1');
  EXPECT_EQ(runs::status_name(run.status), "planned") << run.error;
  const auto log = world->log_of(run.plan_id);
  EXPECT_THAT(log, HasSubstr("Service connections: deploy\n"));
  EXPECT_THAT(log, HasSubstr("it is ***\n"));
  EXPECT_THAT(log, Not(HasSubstr("canary")));
}

TEST_P(ConnectionsOfRuns, AnAuthorizationWithdrawnAfterThePlanEndsTheApply) {
  authorize();
  const auto run = pushed('1');
  ASSERT_EQ(runs::status_name(run.status), "planned") << run.error;
  const auto commands = world->sandbox.commands.size();
  ASSERT_TRUE(world->connections->withdraw(actor, acme(), id, {workspace}));
  EXPECT_EQ(world->act(run.id, "apply"), 202);
  world->jobs();
  EXPECT_EQ(world->status(run.id), "errored");
  EXPECT_EQ(world->sandbox.commands.size(), commands);
  EXPECT_THAT(world->log_of(run.apply_id), HasSubstr("resource authorization"));
}

TEST_P(ConnectionsOfRuns, T_G03_APullRequestOfAForkGetsNoneAndItsLogSaysWhy) {
  authorize();
  world->source.heads["1 main"] = commit_id('9');
  delivered(world->push(commit_id('9')));
  ASSERT_TRUE(database().write([](storage::Transaction& transaction) {
    return transaction.execute("UPDATE runs SET from_fork = 1 WHERE status = 'pending'");
  }));
  world->jobs();
  const auto run = newest(workspace);
  ASSERT_TRUE(run.origin.from_fork);
  ASSERT_FALSE(world->sandbox.commands.empty());
  EXPECT_FALSE(world->sandbox.commands.back().environment.contains("DEPLOY_PASSWORD"));
  EXPECT_THAT(world->log_of(run.plan_id), HasSubstr("from a fork"));
  EXPECT_THAT(world->log_of(run.plan_id), HasSubstr("not given to it: deploy\n"));
}

TEST_P(ConnectionsOfRuns, TheWorkspacesOwnVariableWins) {
  authorize();
  ASSERT_EQ(
      world->all
          .post("/api/v2/workspaces/" + workspace + "/vars",
                fakes::WorkspaceWorld::document({{"key", "DEPLOY_USERNAME"}, {"value", "grace"}, {"category", "env"}}))
          .status,
      201);
  const auto run = pushed('1');
  ASSERT_FALSE(world->sandbox.commands.empty());
  const auto& environment = world->sandbox.commands.back().environment;
  EXPECT_EQ(environment.at("DEPLOY_USERNAME"), "grace");
  EXPECT_EQ(environment.at("DEPLOY_URL"), "https://service.example.com");
  EXPECT_THAT(world->log_of(run.plan_id), HasSubstr("own variable DEPLOY_USERNAME wins"));
}

}  // namespace
