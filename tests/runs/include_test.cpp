// ?include= of runs and workspaces, and what lists cost.
#include <algorithm>

#include "auth/user.h"
#include "tests/runs/runs_test.h"

using fakes::commit_id;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAre;

namespace {

// "runs run-1…" of each included resource, without the ids: the types.
std::vector<std::string> types(const fakes::World::Answer& answer) {
  std::vector<std::string> out;
  if (!answer.body.contains("included")) return out;
  for (const auto& resource : answer.body.at("included")) out.push_back(resource.at("type"));
  return out;
}

class Include : public RunsTest {
 protected:
  void SetUp() override {
    RunsTest::SetUp();
    if (IsSkipped()) return;
    workspace = world->workspace("prod");
    world->source.heads["1 main"] = commit_id('1');
    delivered(world->push(commit_id('1')));
    world->jobs();
    one = "/api/v2/workspaces/" + workspace;
  }
  std::string workspace, one;
};

TEST_P(Include, AWorkspaceBringsWhatItsRelationshipsName) {
  const auto answer =
      world->all.get(one +
                     "?include=organization,project,current_run,current_run.plan,current-run.configuration-version."
                     "ingress-attributes,latest_run,current_configuration_version");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_THAT(types(answer), UnorderedElementsAre("organizations", "projects", "runs", "plans",
                                                  "configuration-versions", "ingress-attributes"));
  EXPECT_EQ(answer.body.at("included").at(0).at("id"), "acme");
  const auto current = answer.data().at("relationships").at("current-run").at("data").at("id");
  for (const auto& resource : answer.body.at("included")) {
    if (resource.at("type") == "runs") {
      EXPECT_EQ(resource.at("id"), current);
      EXPECT_EQ(resource.at("attributes").at("status"), "planned");
    }
  }
}

TEST_P(Include, WhatNobodyAskedForOrNobodyKnowsIsNotThere) {
  EXPECT_TRUE(types(world->all.get(one)).empty());
  const auto answer = world->all.get(one + "?include=readme,agent_pool,nonsense");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(types(answer).empty());
}

TEST_P(Include, AWorkspaceThatAPersonLockedBringsThePerson) {
  ASSERT_EQ(world->all.post(one + "/actions/lock").status, 200);
  const auto locker = world->all.get(one).data().at("relationships").at("locked-by").at("data");
  ASSERT_TRUE(database().write([&](storage::Transaction& transaction) {
    return auth::insert_user(transaction, {auth::UserId(locker.at("id").get<std::string>()), "ada", "ada@example.com"});
  }));
  const auto answer = world->all.get(one + "?include=locked_by");
  ASSERT_THAT(types(answer), UnorderedElementsAre("users"));
  EXPECT_EQ(answer.body.at("included").at(0).at("attributes").at("username"), "ada");
}

TEST_P(Include, AListOfWorkspacesHasEachResourceOnce) {
  world->workspace("staging");
  const auto answer = world->all.get("/api/v2/organizations/acme/workspaces?include=organization,project,current_run");
  EXPECT_THAT(types(answer), UnorderedElementsAre("organizations", "projects", "runs", "runs"));
}

TEST_P(Include, ARunBringsItsWorkspacePlanAndConfiguration) {
  const auto run = newest(workspace);
  const auto answer = world->all.get("/api/v2/runs/" + run.id.str() +
                                     "?include=workspace,plan,apply,created_by,configuration_version,task_stages");
  EXPECT_THAT(types(answer), UnorderedElementsAre("plans", "applies", "workspaces", "configuration-versions"));
  const auto list = world->all.get(one + "/runs?include=workspace,plan");
  EXPECT_THAT(types(list), IsSupersetOf({"workspaces", "plans"}));
}

TEST_P(Include, T_J13_AListShowsEventsCommentsAndPlacesOfEachRun) {
  const auto holder = newest(workspace);
  ASSERT_EQ(world->all
                .post("/api/v2/runs/" + holder.id.str() + "/comments",
                      {{"data", {{"type", "comments"}, {"attributes", {{"body", "looks good"}}}}}})
                .status,
            201);
  runs::NewRun another;
  another.workspace = workspace;
  ASSERT_TRUE(world->service->create_run({}, another));
  ASSERT_TRUE(world->service->create_run({}, another));
  const auto list = world->all.get(one + "/runs").body.at("data");
  ASSERT_GE(list.size(), 3U);
  EXPECT_EQ(list.at(0).at("attributes").at("position-in-queue"), 2);
  EXPECT_EQ(list.at(1).at("attributes").at("position-in-queue"), 1);
  EXPECT_EQ(list.at(2).at("id"), holder.id.str());
  EXPECT_EQ(list.at(2).at("attributes").at("position-in-queue"), 0);
  EXPECT_EQ(list.at(2).at("relationships").at("comments").at("data").size(), 1U);
  EXPECT_GE(list.at(2).at("relationships").at("run-events").at("data").size(), 3U);
  EXPECT_EQ(list.at(0).at("relationships").at("run-events").at("data").size(), 1U);
}

TEST_P(Include, AnEventIsReadAloneAndBringsWhoDidIt) {
  const std::string run = "/api/v2/runs/" + newest(workspace).id.str();
  ASSERT_EQ(world->all.post(run + "/actions/discard").status, 202);
  const auto events = world->all.get(run + "/run-events").data();
  const auto event = *std::find_if(events.begin(), events.end(), [](const auto& one) {
    return one.at("attributes").at("action") == "discarded";  // all are of one moment of this world's clock
  });
  const std::string self = event.at("links").at("self");
  const auto actor = event.at("relationships").at("actor").at("data").at("id").get<std::string>();
  ASSERT_TRUE(database().write([&](storage::Transaction& transaction) {
    return auth::insert_user(transaction, {auth::UserId(actor), "ada", "ada@example.com"});
  }));
  EXPECT_EQ(world->all.get(self).data(), event);
  EXPECT_TRUE(types(world->all.get(self)).empty());
  for (const auto& path : {self, run + "/run-events"}) {
    const auto answer = world->all.get(path + "?include=actor,comment");
    ASSERT_THAT(types(answer), UnorderedElementsAre("users")) << answer.text;
    EXPECT_EQ(answer.body.at("included").at(0).at("attributes").at("username"), "ada");
  }
  EXPECT_EQ(world->all.get("/api/v2/run-events/re-nobody").status, 404);
}

TEST_P(Include, ARunLeadsToItsConfiguration) {
  const auto run = newest(workspace);
  const std::string path = "/api/v2/runs/" + run.id.str() + "/configuration-version";
  const auto answer = world->all.get(path + "?include=ingress_attributes");
  EXPECT_EQ(answer.data().at("id"), run.configuration_version.str());
  EXPECT_THAT(types(answer), UnorderedElementsAre("ingress-attributes"));
  EXPECT_EQ(world->all.get("/api/v2/runs/run-nobody/configuration-version").status, 404);
}

TEST_P(Include, AListOfRunsIsCountedToItsEndWhereThatIsAskedFor) {
  const std::string list = "/api/v2/organizations/acme/runs";
  const auto counted = world->all.get(list + "?count=exact&page%5Bsize%5D=1");
  EXPECT_EQ(counted.status, 200) << counted.text;
  EXPECT_EQ(counted.body.at("meta"), world->all.get(list + "?page%5Bsize%5D=1").body.at("meta"));
  EXPECT_EQ(world->all.get(one + "/runs?count=all").status, 400);
}

INSTANTIATE_ON_BOTH_DATABASES(Include);

}  // namespace
