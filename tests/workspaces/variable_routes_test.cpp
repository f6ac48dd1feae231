#include "tests/workspaces/workspaces_test.h"
#include "workspaces/trigger_decision.h"

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

class VariableRoutes : public WorkspacesTest {
 protected:
  void SetUp() override {
    WorkspacesTest::SetUp();
    if (IsSkipped()) return;
    workspace = made("prod");
    vars = at(workspace) + "/vars";
  }
  static json body(const json& attributes) { return {{"data", {{"type", "vars"}, {"attributes", attributes}}}}; }
  fakes::World::Answer add(const std::string& key, const json& more = json::object()) {
    json all_of = {{"key", key}, {"value", "value"}, {"category", "env"}};
    all_of.update(more);
    return all->post(vars, body(all_of));
  }
  fakes::World::Answer change(const std::string& id, const json& attributes) {
    return world().call(http::Method::kPatch, vars + "/" + id, body(attributes));
  }
  std::vector<workspaces::OpenedVariable> opened() {
    auto out =
        database().read([&](storage::Connection& connection) -> base::Result<std::vector<workspaces::OpenedVariable>> {
          ASSIGN_OR_RETURN(const auto found, workspaces::store::find(connection, workspaces::WorkspaceId(workspace)));
          return all->variables->open(connection, *found);
        });
    EXPECT_TRUE(out) << out.error().detail;
    return out ? *std::move(out) : std::vector<workspaces::OpenedVariable>();
  }

  std::string workspace, vars;
};

TEST_P(VariableRoutes, AVariableIsMadeReadChangedAndDeleted) {
  const auto made_one = add("REGION", {{"description", "where"}});
  ASSERT_EQ(made_one.status, 201) << made_one.text;
  const auto id = made_one.data().at("id").get<std::string>();
  EXPECT_EQ(made_one.attributes().at("value"), "value");
  EXPECT_EQ(made_one.data().at("relationships").at("configurable").at("data").at("id"), workspace);
  const auto changed = change(id, {{"value", "eu"}});
  EXPECT_EQ(changed.attributes().at("value"), "eu");
  EXPECT_NE(changed.attributes().at("version-id"), made_one.attributes().at("version-id"));
  EXPECT_EQ(all->get(vars).body.at("data").size(), 1U);
  EXPECT_EQ(all->get(at(workspace) + "/all-vars").body.at("data").size(), 1U);
  EXPECT_EQ(all->remove(vars + "/" + id).status, 204);
  EXPECT_EQ(all->get(vars + "/" + id).status, 404);
}

TEST_P(VariableRoutes, T_J10_OfTwoChangesToTheSameVersionOneIsMade) {
  const auto id = add("TOKEN", {{"sensitive", true}}).data().at("id").get<std::string>();
  const auto change_to = [&](const std::string& version, const std::string& value) {
    http::Request request;
    request.method = http::Method::kPatch;
    request.target = request.path = vars + "/" + id;
    request.headers.set("Content-Type", "application/vnd.api+json");
    request.headers.set("If-Match", version);
    request.body = body({{"value", value}}).dump();
    return world().router.handle(request);
  };
  world().acting_for = world().acme;
  const std::string version(change_to("*", "first").headers.get_or("ETag"));
  ASSERT_FALSE(version.empty());
  EXPECT_EQ(change_to(version, "second").status, 200) << "a secret's change counts too";
  const auto third = change_to("\"other\", " + version, "third");
  EXPECT_EQ(third.status, 409);
  EXPECT_THAT(third.body, HasSubstr("changed by someone else"));
  EXPECT_EQ(opened().front().value.reveal(), "second");
}

TEST_P(VariableRoutes, T_J14_ASensitiveValueIsNeverShownAndNotInTheDatabase) {
  const auto made_one = add("TOKEN", {{"value", "canary-4711"}, {"sensitive", true}});
  const auto id = made_one.data().at("id").get<std::string>();
  const auto changed = change(id, {{"value", "canary-4712"}});
  for (const auto& answer : {made_one, changed, all->get(vars), all->get(vars + "/" + id)}) {
    EXPECT_THAT(answer.text, Not(HasSubstr("canary")));
  }
  EXPECT_EQ(world().columns("SELECT value FROM workspace_variables"), (std::vector<std::string>{""}));
  ASSERT_EQ(opened().size(), 1U);
  EXPECT_EQ(opened()[0].value.reveal(), "canary-4712");
}

TEST_P(VariableRoutes, SensitiveIsAOneWayStreet) {
  const auto id = add("TOKEN", {{"value", "plain-value"}}).data().at("id").get<std::string>();
  EXPECT_EQ(change(id, {{"sensitive", true}}).attributes().at("value"), nullptr);
  EXPECT_EQ(opened()[0].value.reveal(), "plain-value");
  EXPECT_EQ(change(id, {{"sensitive", false}}).status, 422);
}

TEST_P(VariableRoutes, T_J15_AMaskIsNoSecret) {
  const auto id = add("TOKEN", {{"value", "a-secret"}, {"sensitive", true}}).data().at("id").get<std::string>();
  EXPECT_EQ(change(id, {{"value", "********"}}).status, 422);
  EXPECT_EQ(opened()[0].value.reveal(), "a-secret");
}

TEST_P(VariableRoutes, T_R11_AShortSecretIsSavedWithAWarning) {
  EXPECT_THAT(add("PIN", {{"value", "12345"}, {"sensitive", true}}).text, HasSubstr("not masked"));
  EXPECT_THAT(add("PASS", {{"value", "123456"}, {"sensitive", true}}).text, Not(HasSubstr("not masked")));
}

TEST_P(VariableRoutes, KeysAreUniqueInTheirCategory) {
  EXPECT_EQ(add("A").status, 201);
  const auto again = add("A");
  EXPECT_EQ(again.status, 422);
  EXPECT_THAT(again.detail(), HasSubstr("has already been taken"));
  EXPECT_EQ(add("A", {{"category", "terraform"}}).status, 201);
}

TEST_P(VariableRoutes, T_R02_NamesThatSteerTheRunAreRefused) {
  for (const char* key : {"PATH", "LD_PRELOAD", "ld_library_path", "GIT_SSH_COMMAND", "BASH_ENV", "IFS", "HOME",
                          "TF_CLI_ARGS", "BASH_FUNC_x", "a=b", "a\nb", "", "a b"}) {
    EXPECT_EQ(add(key).status, 422) << key;
  }
  EXPECT_EQ(add("PATH", {{"category", "terraform"}}).status, 201);
  const auto id = add("FINE").data().at("id").get<std::string>();
  EXPECT_EQ(change(id, {{"key", "LD_PRELOAD"}}).status, 422);
}

TEST_P(VariableRoutes, CategoryAndKeyAreNeeded) {
  EXPECT_EQ(all->post(vars, body({{"key", "A"}, {"value", "x"}})).status, 422);
  EXPECT_EQ(all->post(vars, body({{"category", "env"}})).status, 422);
  EXPECT_EQ(add("A", {{"category", "policy-set"}}).status, 422);
}

TEST_P(VariableRoutes, T_X11_SecretsGoWithTheirWorkspace) {
  const auto before = world().vault.size();
  add("TOKEN", {{"value", "a-secret"}, {"sensitive", true}});
  EXPECT_EQ(world().vault.size(), before + 1);
  EXPECT_EQ(all->remove(at(workspace)).status, 204);
  EXPECT_EQ(world().vault.size(), before);
}

TEST_P(VariableRoutes, T_J11_AVariableOfAnotherWorkspaceIsNotThere) {
  const auto id = add("A").data().at("id").get<std::string>();
  const auto other = made("other");
  EXPECT_EQ(all->get(at(other) + "/vars/" + id).status, 404);
  EXPECT_EQ(all->remove(at(other) + "/vars/" + id).status, 404);
}

TEST_P(VariableRoutes, DecisionsAreListedNewestFirst) {
  std::vector<workspaces::TriggerDecision> decisions(450);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    auto& one = decisions[i];
    one.id = workspaces::DecisionId::make();
    one.workspace = workspaces::WorkspaceId(workspace);
    one.delivery = "dlv-1";
    one.event = "push";
    one.outcome = "run";
    one.rule = 17;
    one.rule_name = "push";
    one.reason = "reason " + std::to_string(i);
    one.created_at = world().clock.now() + base::Millis(i);
  }
  ASSERT_TRUE(database().write(
      [&](storage::Transaction& transaction) { return workspaces::insert_decisions(transaction, decisions); }));
  const auto answer = all->get(at(workspace) + "/trigger-decisions?page[size]=3");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.body.at("meta").at("pagination").at("total-count"), 450);
  EXPECT_EQ(answer.data().at(0).at("attributes").at("reason"), "reason 449");
  EXPECT_EQ(answer.data().at(0).at("relationships").at("delivery").at("data").at("id"), "dlv-1");
  const auto of_delivery = database().read(
      [&](storage::Connection& connection) { return workspaces::decisions_of_delivery(connection, "dlv-1"); });
  EXPECT_EQ(of_delivery->size(), 450U);
}

INSTANTIATE_ON_BOTH_DATABASES(VariableRoutes);

}  // namespace
