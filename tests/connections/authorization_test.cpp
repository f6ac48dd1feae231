#include "tests/connections/connections_test.h"

namespace connections {
namespace {

using auth::attributes;
using auth::identifiers;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ConnectionAuthorization : public ConnectionsTest {
 protected:
  base::Result<RunMaterials> open(const std::string& workspace, const std::vector<std::string>& names = {}) {
    return service->open_for_run({"run-1", workspace, names}, "/run/private");
  }
  void name(const std::string& workspace, const std::string& id) {
    const auto named = world_->patch("/api/v2/workspaces/" + workspace + "/relationships/service-connections",
                                     world_->ada.token, identifiers("service-connections", {id}));
    EXPECT_EQ(named.status, 200) << named.body;
  }
  void authorize(const std::string& id, const std::string& workspace) {
    EXPECT_EQ(world_
                  ->post(path_of(id) + "/relationships/authorized-workspaces", world_->ada.token,
                         identifiers("workspaces", {workspace}))
                  .status,
              204);
  }
};
INSTANTIATE_ON_BOTH_DATABASES(ConnectionAuthorization);

TEST_P(ConnectionAuthorization, ARunWithoutItGetsNothingAndTheErrorNamesBoth) {
  const auto id = make("deploy");
  const auto workspace = make_workspace("prod");
  name(workspace, id);
  const auto refused = open(workspace);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kForbidden);
  EXPECT_THAT(refused.error().message, testing::AllOf(testing::StartsWith("resource authorization"),
                                                      HasSubstr("'prod'"), HasSubstr("'deploy'"), HasSubstr(id)));
  EXPECT_THAT(audited(id), Contains("service-connection.refuse"));
  EXPECT_THAT(audited(id), Not(Contains("service-connection.use")));
  EXPECT_EQ(world_->get(path_of(id), world_->ada.token).text("last-used-at"), "");
}

TEST_P(ConnectionAuthorization, AnAuthorizedWorkspaceReceivesItAndItsUseIsWrittenDown) {
  const auto id = make("deploy");
  const auto workspace = make_workspace("prod");
  const auto other = make_workspace("staging");
  name(workspace, id);
  name(other, id);
  authorize(id, workspace);
  const auto received = open(workspace);
  ASSERT_TRUE(received) << received.error().message;
  EXPECT_THAT(received->names, ElementsAre("deploy"));
  bool has_secret = false;
  for (const auto& variable : received->materials.variables) {
    has_secret = has_secret || variable.value.reveal() == "canary-password";
  }
  EXPECT_TRUE(has_secret);
  EXPECT_THAT(audited(id), Contains("service-connection.use"));
  EXPECT_NE(world_->get(path_of(id), world_->ada.token).text("last-used-at"), "");
  EXPECT_FALSE(open(other)) << "one workspace at a time";
  const auto listed = world_->get(path_of(id) + "/relationships/authorized-workspaces", world_->ada.token);
  ASSERT_EQ(listed.json["data"].size(), 1U);
  EXPECT_EQ(listed.json["data"][0]["id"], workspace);
  EXPECT_EQ(world_
                ->remove(path_of(id) + "/relationships/authorized-workspaces", world_->ada.token,
                         identifiers("workspaces", {workspace}))
                .status,
            204);
  EXPECT_FALSE(open(workspace));
}

TEST_P(ConnectionAuthorization, AllowAllIsOffUntilSomebodySwitchesItOn) {
  const auto id = make("deploy");
  const auto workspace = make_workspace("prod");
  EXPECT_FALSE(open(workspace, {"DEPLOY"}));
  EXPECT_EQ(world_->patch(path_of(id), world_->ada.token, attributes({{"allow-all-workspaces", true}})).status, 200);
  EXPECT_TRUE(open(workspace, {"DEPLOY"}));
  EXPECT_TRUE(open(workspace, {id}));
}

TEST_P(ConnectionAuthorization, OneOfTwoIsNotEnough) {
  const auto first = make("first", {{"allow-all-workspaces", true}});
  const auto second = make("second");
  const auto workspace = make_workspace("prod");
  const auto refused = open(workspace, {"first", "second", "third"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::AllOf(HasSubstr("'second'"), HasSubstr("'third'")));
  EXPECT_THAT(audited(first), Not(Contains("service-connection.use")));
}

TEST_P(ConnectionAuthorization, AConnectionOfAnotherProjectMustBeShared) {
  const auto other = make_project("other");
  const auto id = make("deploy", {{"allow-all-workspaces", true}});
  const auto workspace = make_workspace("prod", other);
  EXPECT_FALSE(open(workspace, {id}));
  const auto refused = world_->post(path_of(id) + "/relationships/authorized-workspaces", world_->ada.token,
                                    identifiers("workspaces", {workspace}));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(world_
                ->post(path_of(id) + "/relationships/shared-projects", world_->ada.token,
                       identifiers("projects", {other.str()}))
                .status,
            204);
  EXPECT_TRUE(open(workspace, {"deploy"}));
}

TEST_P(ConnectionAuthorization, NamingOneTakesTheRoleOfAUser) {
  const auto id = make("deploy");
  const auto workspace = make_workspace("prod");
  const auto contributor = world_->member("acme", "contributor", {{"manage-workspaces", true}});
  const auto path = "/api/v2/workspaces/" + workspace + "/relationships/service-connections";
  EXPECT_EQ(world_->patch(path, contributor.token, identifiers("service-connections", {id})).status, 422);
  name(workspace, id);
  const auto shown = world_->get(path, contributor.token);
  EXPECT_EQ(shown.status, 200);
  EXPECT_THAT(shown.body, Not(HasSubstr("\"deploy\""))) << "who may not read it does not learn its name";
  EXPECT_EQ(world_->patch(path, contributor.token, identifiers("service-connections", {id})).status, 200)
      << "what was named already stays";
  EXPECT_EQ(world_
                ->post(path_of(id) + "/roles", world_->ada.token,
                       attributes({{"subject-type", "users"}, {"subject-id", "contributor"}, {"role", "user"}}))
                .status,
            204);
  const auto named =
      world_->patch(path, contributor.token,
                    {{"data", {{{"type", "service-connections"}, {"id", id}, {"meta", {{"prefix", "A_"}}}}}},
                     {"meta", {{"endpoint-variables", true}}}});
  EXPECT_EQ(named.status, 200) << named.body;
  EXPECT_THAT(named.body,
              testing::AllOf(HasSubstr("\"deploy\""), HasSubstr("\"A_\""), HasSubstr(R"("endpoint-variables":true)")));
  EXPECT_EQ(world_
                ->patch(path, contributor.token,
                        {{"data", {{{"type", "service-connections"}, {"id", id}, {"meta", {{"prefix", "1-"}}}}}}})
                .status,
            422);
}

TEST_P(ConnectionAuthorization, ADeletedWorkspaceTakesItsAuthorizationAlong) {
  const auto id = make("deploy");
  const auto workspace = make_workspace("prod");
  name(workspace, id);
  authorize(id, workspace);
  const auto gone = database().write([&](storage::Transaction& transaction) {
    return workspaces::store::remove(transaction, workspaces::WorkspaceId(workspace));
  });
  ASSERT_TRUE(gone);
  EXPECT_EQ(world_->remove(path_of(id), world_->ada.token).status, 204);
}

}  // namespace
}  // namespace connections
