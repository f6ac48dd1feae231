// "What would this trigger?", over the API.
#include "tests/runs/runs_test.h"

namespace {

using fakes::commit_id;
using nlohmann::json;
using ::testing::HasSubstr;

class TriggerPreviews : public RunsTest {
 protected:
  json ask(const json& attributes) { return {{"data", {{"type", "trigger-previews"}, {"attributes", attributes}}}}; }
  std::string token() {
    return world->all.get("/api/v2/workspaces/" + world->workspace("neighbour"))
        .attributes()
        .at("vcs-repo")
        .at("oauth-token-id");
  }
};

TEST_P(TriggerPreviews, OfAWorkspaceThatIsNotMadeYet) {
  const json repository = {{"identifier", "acme/infra"}, {"oauth-token-id", token()}};
  world->source.heads["1 main"] = commit_id('1');
  world->source.changed = {true, "", {"prod/app.tf"}};
  const auto answer = world->all.post("/api/v2/organizations/acme/trigger-previews",
                                      ask({{"vcs-repo", repository}, {"trigger-patterns", {"prod/*.tf", "net/*"}}}));
  ASSERT_EQ(answer.status, 200) << answer.text;
  const auto& found = answer.attributes();
  EXPECT_EQ(found.at("state"), "ready");
  EXPECT_EQ(found.at("branch"), "main");
  ASSERT_EQ(found.at("pushes").size(), 3U);
  EXPECT_EQ(found.at("pushes")[0].at("sha"), commit_id('1'));
  EXPECT_EQ(found.at("pushes")[0].at("matched-path"), "prod/app.tf");
  EXPECT_EQ(found.at("pushes")[0].at("matched-rule"), "pattern 'prod/*.tf'");
  EXPECT_TRUE(found.at("pushes")[0].at("would-run"));
  ASSERT_EQ(found.at("warnings").size(), 1U);
  EXPECT_EQ(found.at("warnings")[0].at("code"), "matches-nothing");
}

TEST_P(TriggerPreviews, OfAWorkspaceWithChangesThatAreNotSaved) {
  const auto id = world->workspace("prod", {{"trigger-prefixes", {"modules"}}});
  const auto path = "/api/v2/workspaces/" + id + "/trigger-previews";
  world->source.changed = {true, "", {"modules/net/a.tf"}};
  const auto stored = world->all.post(path, ask({{"commits", 1}}));
  ASSERT_EQ(stored.status, 200) << stored.text;
  ASSERT_EQ(stored.attributes().at("pushes").size(), 1U);
  EXPECT_TRUE(stored.attributes().at("pushes")[0].at("would-run"));
  const auto changed = world->all.post(path, ask({{"trigger-prefixes", {"prod"}}}));
  EXPECT_FALSE(changed.attributes().at("pushes")[0].at("would-run")) << changed.text;
  EXPECT_EQ(world->all.get("/api/v2/workspaces/" + id).attributes().at("trigger-prefixes"), json({"modules"}));
}

TEST_P(TriggerPreviews, AskTheProviderOnceForMany) {
  const auto path = "/api/v2/workspaces/" + world->workspace("prod") + "/trigger-previews";
  ASSERT_EQ(world->all.post(path, ask(json::object())).status, 200);
  world->source.calls.clear();
  for (const char* directory : {"a", "b", "c"}) {
    ASSERT_EQ(world->all.post(path, ask({{"working-directory", directory}})).status, 200);
  }
  EXPECT_TRUE(world->source.calls.empty());
}

TEST_P(TriggerPreviews, Tags) {
  const auto path = "/api/v2/workspaces/" + world->workspace("prod") + "/trigger-previews";
  world->source.tag_names = {"v1", "nightly"};
  const auto answer =
      world->all.post(path, ask({{"file-triggers-enabled", false}, {"vcs-repo", {{"tags-regex", "^v\\d+$"}}}}));
  ASSERT_EQ(answer.status, 200) << answer.text;
  ASSERT_EQ(answer.attributes().at("pushes").size(), 2U);
  EXPECT_EQ(answer.attributes().at("pushes")[0].at("tag"), "nightly");
  EXPECT_FALSE(answer.attributes().at("pushes")[0].at("would-run"));
  EXPECT_TRUE(answer.attributes().at("pushes")[1].at("would-run"));
}

TEST_P(TriggerPreviews, RulesThatCannotBeSavedCannotBePreviewed) {
  const auto path = "/api/v2/workspaces/" + world->workspace("prod") + "/trigger-previews";
  EXPECT_EQ(world->all.post(path, ask({{"working-directory", "../.."}})).status, 422);
  EXPECT_EQ(world->all.post(path, ask({{"trigger-prefixes", {"a"}}, {"trigger-patterns", {"b"}}})).status, 422);
  EXPECT_EQ(world->all.post(path, ask({{"commits", 21}})).status, 422);
  const auto branch = world->all.post(path, ask({{"vcs-repo", {{"branch", "gone"}}}}));
  EXPECT_EQ(branch.status, 422);
  EXPECT_THAT(branch.text, HasSubstr("no branch 'gone'"));
  EXPECT_EQ(world->all.post("/api/v2/organizations/acme/trigger-previews", ask(json::object())).status, 422);
}

// Whose organization and workspace it is, the guard asks: see its own tests.
TEST_P(TriggerPreviews, AnotherOrganizationsTokenIsNoWayToItsRepositories) {
  const json repository = {{"identifier", "acme/infra"}, {"oauth-token-id", token()}};
  world->source.calls.clear();
  world->all.world.acting_for = world->all.world.globex;
  const auto answer = world->all.post("/api/v2/organizations/globex/trigger-previews", ask({{"vcs-repo", repository}}));
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.text, HasSubstr("OAuth token does not exist"));
  EXPECT_TRUE(world->source.calls.empty());
  for (const auto& gap : world->all.world.guard->gaps(world->all.world.router)) {
    EXPECT_THAT(gap, testing::Not(HasSubstr("trigger-preview")));
  }
}

INSTANTIATE_ON_BOTH_DATABASES(TriggerPreviews);

}  // namespace
