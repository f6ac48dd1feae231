#include "tests/connections/connections_test.h"

// Connections that this server vouches for with tokens of its own.
namespace connections {
namespace {

using auth::attributes;
using jsonapi::Json;
using testing::HasSubstr;

class ConnectionIdentity : public ConnectionsTest {
 protected:
  static Json federated(const std::string& name) {
    return {{"name", name},
            {"connection-type", "azure_rm"},
            {"scheme", "workload_identity_federation"},
            {"parameters",
             {{"tenant_id", "00000000-0000-0000-0000-00000000000a"},
              {"client_id", "00000000-0000-0000-0000-00000000000b"},
              {"subscription_id", "00000000-0000-0000-0000-00000000000c"},
              {"subscription_name", "production"}}}};
  }
  auth::Reply send(const Json& wanted) {
    return world_->post(connections_path(), world_->ada.token, attributes(wanted));
  }
  std::string subject_of(const std::string& id) {
    return "organization:" + acme.str() + ":project:" + project.str() + ":connection:" + id;
  }
};
INSTANTIATE_ON_BOTH_DATABASES(ConnectionIdentity);

TEST_P(ConnectionIdentity, IssuerAndSubjectAreShownOnceItIsSaved) {
  answer = [](const Attempt&) -> Report { return {.result = "failed"}; };
  const auto made = send(federated("cloud"));
  ASSERT_EQ(made.status, 201) << "nobody can trust it yet, so it is not tried: " << made.body;
  EXPECT_TRUE(made.text("verification-result").empty());
  EXPECT_EQ(made.text("parameters.issuer"), "https://bridge.example.com");
  EXPECT_EQ(made.text("parameters.subject"), subject_of(made.id()));
}

TEST_P(ConnectionIdentity, NobodyChoosesASubject) {
  const auto other = send(federated("other")).id();
  auto wanted = federated("cloud");
  wanted["parameters"]["subject"] = subject_of(other);
  const auto refused = send(wanted);
  EXPECT_EQ(refused.status, 422) << refused.body;
  EXPECT_EQ(pointer_of(refused), "/data/attributes/parameters/subject");
  const auto made = send(federated("cloud")).id();
  for (const char* id : {"subject", "issuer"}) {
    const auto changed = world_->patch(
        path_of(made), world_->ada.token,
        attributes({{"verify", false}, {"parameters", {{id, id == std::string("issuer") ? "x" : subject_of(other)}}}}));
    EXPECT_EQ(changed.status, 422) << changed.body;
    const auto cleared = world_->patch(path_of(made), world_->ada.token,
                                       attributes({{"verify", false}, {"parameters", {{id, nullptr}}}}));
    EXPECT_EQ(cleared.status, 200) << cleared.body;
  }
  const auto tried = world_->post(path_of(made) + "/actions/verify", world_->ada.token,
                                  attributes({{"parameters", {{"subject", subject_of(other)}}}}));
  EXPECT_EQ(tried.status, 422) << tried.body;
  EXPECT_EQ(world_->get(path_of(made), world_->ada.token).text("parameters.subject"), subject_of(made));
}

TEST_P(ConnectionIdentity, WhatIsNotSavedHasNone) {
  const auto tried =
      world_->post(connections_path() + "/actions/verify", world_->ada.token, attributes(federated("cloud")));
  EXPECT_EQ(tried.status, 422);
  EXPECT_THAT(detail_of(tried), HasSubstr("Save the connection first"));
}

TEST_P(ConnectionIdentity, TokensSpeakOfTheConnectionAndEndSoonAfterTheRun) {
  std::vector<std::string> tried;
  answer = [&](const Attempt& attempt) {
    tried.push_back(attempt.subject);
    return ok();
  };
  const auto made = send(federated("cloud")).id();
  ASSERT_EQ(world_->post(path_of(made) + "/actions/verify", world_->ada.token).status, 200);
  EXPECT_EQ(tried, std::vector{subject_of(made)});
  const auto workspace = make_workspace("network");
  ASSERT_EQ(world_
                ->post(path_of(made) + "/relationships/authorized-workspaces", world_->ada.token,
                       auth::identifiers("workspaces", {workspace}))
                .status,
            204);
  const auto received = service->open_for_run({"run-1", workspace, {"cloud"}, std::chrono::seconds(120)}, "/run/x");
  ASSERT_TRUE(received) << received.error().message;
  const auto fetched = fetched_for.with([](const auto& all) { return all; });
  ASSERT_EQ(fetched.size(), 1U);
  EXPECT_EQ(fetched[0].first, subject_of(made));
  EXPECT_EQ(fetched[0].second, 120 + 600);
  ASSERT_EQ(received->materials.files.size(), 1U);
  EXPECT_EQ(received->materials.files[0].content.reveal(), "fetched-oidc.jwt");
  EXPECT_TRUE(received->materials.files[0].secret);
}

TEST_P(ConnectionIdentity, AServerWithAnotherAddressIsAnotherIssuer) {
  const auto made = send(federated("cloud")).id();
  const auto plain = make("plain");
  issuer = "https://moved.example.com";
  start();
  ASSERT_TRUE(service->renew_issuer());
  const auto fields_of = [&](const std::string& id) {  // the routes know the server with the old address only
    return (*database().read(
                [&](storage::Connection& connection) { return store::find(connection, ServiceConnectionId(id)); }))
        ->seen.connection.fields;
  };
  EXPECT_EQ(fields_of(made).at("issuer"), "https://moved.example.com");
  EXPECT_EQ(fields_of(made).at("subject"), subject_of(made));
  EXPECT_FALSE(fields_of(plain).contains("issuer"));
}

}  // namespace
}  // namespace connections
