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

class ConnectionOptions : public ConnectionsTest {
 protected:
  auth::Reply ask(const std::string& token, const jsonapi::Json& parameters, const std::string& parameter = "cluster",
                  const std::string& scheme = "azure_subscription") {
    return world_->post(connections_path() + "/actions/options", token,
                        attributes({{"connection-type", "kubernetes"},
                                    {"scheme", scheme},
                                    {"parameter", parameter},
                                    {"parameters", parameters}}));
  }
  std::vector<std::string> asked() {
    return options_asked.with([](const auto& all) { return all; });
  }
};
INSTANTIATE_ON_BOTH_DATABASES(ConnectionOptions);

TEST_P(ConnectionOptions, AreAskedForWithTheConnectionThatTheFormPointsTo) {
  const auto azure = make_azure();
  service_options = [](const Attempt& attempt) {
    EXPECT_EQ(attempt.references->connections.size(), 1U);
    EXPECT_EQ(attempt.references->connections[0].values.secret("client_secret")->reveal(), "canary-client-secret");
    Options found;
    found.options = {{"/subscriptions/a/prod", "prod"}, {"/subscriptions/a/test", "test"}};
    found.complete = false;
    return base::Result<Options>(found);
  };
  // What else the form holds may be half-typed.
  const auto found = ask(world_->ada.token, {{"azure_subscription", "CLOUD"}, {"namespace", "Not Yet"}});
  ASSERT_EQ(found.status, 200) << found.body;
  const auto& options = found.json["data"]["attributes"]["options"];
  ASSERT_EQ(options.size(), 2U);
  EXPECT_EQ(options[0]["value"], "/subscriptions/a/prod");
  EXPECT_EQ(options[0]["label"], "prod");
  EXPECT_EQ(found.json["data"]["attributes"]["complete"], false);
  EXPECT_THAT(asked(), ElementsAre("cluster"));
  EXPECT_THAT(audited(azure), Contains("service-connection.use"));
  EXPECT_THAT(found.body, Not(HasSubstr("canary")));
  EXPECT_EQ(world_->get(connections_path(), world_->ada.token).json["data"].size(), 1U) << "nothing is saved";
}

TEST_P(ConnectionOptions, WhatTheServiceSaysComesBackWithWhatToDo) {
  make_azure();
  service_options = [](const Attempt&) -> base::Result<Options> {
    return base::upstream("Azure refused. The service said: AuthorizationFailed. Give the principal a role.");
  };
  const auto failed = ask(world_->ada.token, {{"azure_subscription", "cloud"}});
  EXPECT_EQ(failed.status, 502);
  EXPECT_THAT(detail_of(failed), AllOf(HasSubstr("AuthorizationFailed"), HasSubstr("Give the principal a role")));
}

TEST_P(ConnectionOptions, NeedWhatTheyDependOn) {
  make_azure();
  make("plain");
  const auto nothing = ask(world_->ada.token, jsonapi::Json::object());
  EXPECT_EQ(nothing.status, 422);
  EXPECT_EQ(pointer_of(nothing), "/data/attributes/parameters/azure_subscription");
  const auto wrong_type = ask(world_->ada.token, {{"azure_subscription", "plain"}});
  EXPECT_EQ(wrong_type.status, 422);
  EXPECT_THAT(detail_of(wrong_type), HasSubstr("azure_rm"));
  const auto not_live = ask(world_->ada.token, {{"azure_subscription", "cloud"}}, "namespace");
  EXPECT_EQ(not_live.status, 422);
  EXPECT_EQ(pointer_of(not_live), "/data/attributes/parameter");
  EXPECT_THAT(detail_of(not_live), HasSubstr("cluster"));
  EXPECT_EQ(ask(world_->ada.token, {}, "token", "service_account").status, 422);
  EXPECT_EQ(ask(world_->ada.token, {}, "cluster", "no such scheme").status, 422);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_P(ConnectionOptions, T_M01_AreForThoseWhoMayCreateHereAndUseTheConnection) {
  const auto azure = make_azure();
  const auto ask_as = [&](const auth::World::Person& who) { return ask(who.token, {{"azure_subscription", "cloud"}}); };
  EXPECT_EQ(ask_as(world_->eve).status, 404);
  const auto nobody = world_->member("acme", "nobody");
  EXPECT_EQ(ask_as(nobody).status, 404) << "may not create here";
  const auto creator = world_->member("acme", "creator");
  const auto added = world_->post(
      "/api/v2/projects/" + project.str() + "/service-connection-groups/endpoint-creators/relationships/members",
      world_->ada.token, auth::identifiers("users", {creator.id}));
  ASSERT_EQ(added.status, 204) << added.body;
  const auto give = [&](const std::string& role) {
    return world_
        ->post(path_of(azure) + "/roles", world_->ada.token,
               attributes({{"subject-type", "users"}, {"subject-id", creator.id}, {"role", role}}))
        .status;
  };
  EXPECT_EQ(ask_as(creator).status, 422) << "may create, and not see the connection";
  EXPECT_EQ(give("reader"), 204);
  const auto reader = ask_as(creator);
  EXPECT_EQ(reader.status, 422) << "may see it, and not use it";
  EXPECT_THAT(detail_of(reader), HasSubstr("that you may use"));
  EXPECT_EQ(ask(creator.token, {{"azure_subscription", azure}}).status, 422) << "nor by its id";
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_THAT(audited(azure), Not(Contains("service-connection.use")));
  EXPECT_EQ(give("user"), 204);
  EXPECT_EQ(ask_as(creator).status, 200);
  EXPECT_THAT(asked(), ElementsAre("cluster"));
  EXPECT_THAT(audited(azure), Contains("service-connection.use"));
}

}  // namespace
}  // namespace connections
