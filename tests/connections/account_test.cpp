#include <algorithm>

#include "tests/connections/connections_test.h"

namespace connections {
namespace {

using auth::attributes;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Connections for which an account of their own is made at the service.
class ConnectionAccount : public ConnectionsTest {
 protected:
  void SetUp() override {
    ConnectionsTest::SetUp();
    if (IsSkipped()) return;
    make_account = [this](const std::string& name) {
      made.push_back(name);
      AccountMade result;
      result.done = true;
      result.fields = {{"server_url", "https://cluster.example.com"}};
      result.secrets.emplace("token", base::Secret("canary-account-token"));
      return result;
    };
  }

  jsonapi::Json cluster(const std::string& name, bool verify = true) {
    if (azure_.empty()) azure_ = make_azure();
    return attributes({{"name", name},
                       {"connection-type", "kubernetes"},
                       {"scheme", "azure_subscription"},
                       {"verify", verify},
                       {"parameters", {{"azure_subscription", "cloud"}, {"cluster", "/subscriptions/a/prod"}}}});
  }
  auth::Reply create(const std::string& name, bool verify = true) {
    const auto wanted = cluster(name, verify);
    return world_->post(connections_path(), world_->ada.token, wanted);
  }
  base::Result<RunMaterials> open(const std::string& name) {
    return service->open_for_run({"run-1", workspace_, {name}}, "/run/private");
  }
  void allow(const std::string& id) {
    if (workspace_.empty()) workspace_ = make_workspace("prod");
    EXPECT_EQ(world_->patch(path_of(id), world_->ada.token, attributes({{"allow-all-workspaces", true}})).status, 200);
  }
  std::vector<std::string> removed() {
    return accounts_removed.with([](const auto& all) { return all; });
  }
  std::string audit_log() {
    return world_->get("/api/v2/organizations/acme/audit-events?page%5Bsize%5D=100", world_->ada.token).body;
  }
  static AccountMade refused(std::vector<std::string> left = {}) {
    AccountMade result;
    result.problem = "The RoleBinding could not be made. The service said: forbidden.";
    result.left = std::move(left);
    return result;
  }
  static bool has(const RunMaterials& received, const std::string& text) {
    return std::any_of(received.materials.files.begin(), received.materials.files.end(),
                       [&](const auto& file) { return file.content.reveal().find(text) != std::string_view::npos; });
  }

  std::vector<std::string> made;

 private:
  std::string azure_, workspace_;
};
INSTANTIATE_ON_BOTH_DATABASES(ConnectionAccount);

TEST_P(ConnectionAccount, IsMadeWithTheConnectionAndItsTokenIsWhatRunsGet) {
  const auto created = create("cluster");
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_THAT(made, ElementsAre("account-of-" + created.id()));
  EXPECT_EQ(created.text("target"), "https://cluster.example.com");
  EXPECT_EQ(created.text("verification-result"), "ok");
  EXPECT_THAT(created.json["data"]["attributes"]["secrets-set"].dump(), HasSubstr("token"));
  EXPECT_THAT(audited(created.id()), Contains("service-connection.set-up"));
  EXPECT_THAT(created.body + audit_log(), Not(HasSubstr("canary")));
  allow(created.id());
  const auto received = open("cluster");
  ASSERT_TRUE(received) << received.error().message;
  EXPECT_TRUE(has(*received, "canary-account-token"));
  EXPECT_TRUE(has(*received, "https://cluster.example.com"));
  // Looking again makes no other.
  EXPECT_EQ(world_->post(path_of(created.id()) + "/actions/verify", world_->ada.token).text("result"), "ok");
  EXPECT_EQ(made.size(), 1U);
  EXPECT_EQ(world_->remove(path_of(created.id()), world_->ada.token).status, 204);
  EXPECT_THAT(removed(), ElementsAre("account-of-" + created.id()));
  EXPECT_THAT(audit_log(), HasSubstr("ServiceAccount account-of-"));
}

TEST_P(ConnectionAccount, SavedWithoutVerificationItIsMadeAtTheFirstOneThatPasses) {
  const auto created = create("cluster", false);
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_THAT(made, IsEmpty());
  allow(created.id());
  const auto early = open("cluster");
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, base::Code::kConflict);
  EXPECT_THAT(early.error().message, AllOf(HasSubstr("'cluster'"), HasSubstr("Verify it once")));
  answer = [](const Attempt&) {
    Report report;
    report.result = "failed";
    report.message = "no";
    return report;
  };
  EXPECT_EQ(world_->post(path_of(created.id()) + "/actions/verify", world_->ada.token).text("result"), "failed");
  EXPECT_THAT(made, IsEmpty()) << "a verification that fails makes nothing";
  answer = {};
  EXPECT_EQ(world_->post(path_of(created.id()) + "/actions/verify", world_->ada.token).text("result"), "ok");
  EXPECT_EQ(made.size(), 1U);
  const auto received = open("cluster");
  ASSERT_TRUE(received) << received.error().message;
  EXPECT_TRUE(has(*received, "canary-account-token"));
  EXPECT_EQ(world_->remove(path_of(created.id()), world_->ada.token).status, 204);
  EXPECT_EQ(removed().size(), 1U);
}

TEST_P(ConnectionAccount, OneThatWasNeverMadeNeedsNoRemoval) {
  const auto created = create("cluster", false);
  EXPECT_EQ(world_->remove(path_of(created.id()), world_->ada.token).status, 204);
  EXPECT_THAT(removed(), IsEmpty());
}

TEST_P(ConnectionAccount, WhenItCannotBeMadeNothingIsSaved) {
  make_account = [](const std::string&) { return refused(); };
  const auto failed = create("cluster");
  EXPECT_EQ(failed.status, 422);
  EXPECT_THAT(detail_of(failed), AllOf(HasSubstr("Nothing was saved"), HasSubstr("The service said: forbidden")));
  EXPECT_EQ(world_->get(connections_path(), world_->ada.token).json["data"].size(), 1U);
  make_account = [](const std::string&) { return refused({"ServiceAccount web/x: timed out"}); };
  const auto left = create("cluster");
  EXPECT_EQ(left.status, 422);
  EXPECT_THAT(detail_of(left), HasSubstr("still there: ServiceAccount web/x"));
  EXPECT_THAT(audit_log(), HasSubstr("ServiceAccount web/x: timed out"));
}

TEST_P(ConnectionAccount, WhatAFailedAttemptLeftIsRemovedWithTheConnection) {
  const auto created = create("cluster", false);
  make_account = [](const std::string&) { return refused({"ServiceAccount web/x: timed out"}); };
  const auto verified = world_->post(path_of(created.id()) + "/actions/verify", world_->ada.token);
  EXPECT_EQ(verified.text("result"), "failed");
  EXPECT_THAT(verified.text("message"), HasSubstr("still there"));
  EXPECT_EQ(world_->get(path_of(created.id()), world_->ada.token).text("verification-result"), "failed");
  EXPECT_EQ(world_->remove(path_of(created.id()), world_->ada.token).status, 204);
  EXPECT_EQ(removed().size(), 1U);
}

TEST_P(ConnectionAccount, WhatIsLeftAtTheServiceIsInTheAnswerAndTheAuditLog) {
  const auto created = create("cluster");
  remove_account = [](const std::string&) {
    return AccountRemoved{{"Secret web/x"}, {"ServiceAccount web/x: forbidden"}};
  };
  const auto gone = world_->remove(path_of(created.id()), world_->ada.token);
  EXPECT_EQ(gone.status, 200) << gone.body;
  EXPECT_EQ(gone.json["meta"]["left-at-the-service"][0], "ServiceAccount web/x: forbidden");
  EXPECT_EQ(world_->get(path_of(created.id()), world_->ada.token).status, 404);
  EXPECT_THAT(audit_log(), HasSubstr("ServiceAccount web/x: forbidden"));
}

TEST_P(ConnectionAccount, ACredentialThatIsGoneIsNamed) {
  const auto created = create("cluster");
  const auto azure = world_->get(connections_path() + "?q=cloud", world_->ada.token).json["data"][0]["id"];
  EXPECT_EQ(world_->remove(path_of(azure.get<std::string>()) + "?force=true", world_->ada.token).status, 204);
  const auto gone = world_->remove(path_of(created.id()), world_->ada.token);
  EXPECT_EQ(gone.status, 200);
  EXPECT_THAT(gone.body, HasSubstr("was deleted"));
}

TEST_P(ConnectionAccount, AWarningStaysWithTheVerification) {
  make_account = [](const std::string&) {
    AccountMade result;
    result.done = true;
    result.secrets.emplace("token", base::Secret("canary-account-token"));
    result.warnings = {"The cluster has no RBAC."};
    return result;
  };
  const auto created = create("cluster");
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(created.text("verification-result"), "ok_with_warning");
  EXPECT_THAT(created.text("verification-message"), HasSubstr("no RBAC"));
}

TEST_P(ConnectionAccount, DeletedMeanwhileItIsGivenBack) {
  const auto created = create("cluster", false);
  make_account = [&](const std::string&) {
    EXPECT_EQ(world_->remove(path_of(created.id()), world_->ada.token).status, 204);
    AccountMade result;
    result.done = true;
    result.secrets.emplace("token", base::Secret("canary-account-token"));
    return result;
  };
  world_->post(path_of(created.id()) + "/actions/verify", world_->ada.token);
  EXPECT_THAT(removed(), ElementsAre("account-of-" + created.id()));
}

TEST_P(ConnectionAccount, WhoGivesATokenHasMadeTheAccountHimself) {
  auto wanted = cluster("own");
  wanted["data"]["attributes"]["parameters"]["server_url"] = "https://own.example.com";
  wanted["data"]["attributes"]["parameters"]["token"] = "canary-own-token";
  const auto created = world_->post(connections_path(), world_->ada.token, wanted);
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_THAT(made, IsEmpty());
  EXPECT_EQ(world_->remove(path_of(created.id()), world_->ada.token).status, 204);
  EXPECT_THAT(removed(), IsEmpty());
}

}  // namespace
}  // namespace connections
