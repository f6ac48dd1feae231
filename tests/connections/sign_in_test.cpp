#include "base/strings.h"
#include "tests/connections/connections_test.h"

// Secrets of connections that a person's sign-in at the service fills.
namespace connections {
namespace {

using auth::attributes;
using jsonapi::Json;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kConfigurations = "/api/v2/admin/oauth-configurations";
constexpr const char* kForge = "https://forge.example.com";

class SignIn : public ConnectionsTest {
 protected:
  void SetUp() override {
    ConnectionsTest::SetUp();
    if (IsSkipped()) return;
    answer = [this](const Attempt& attempt) {
      if (const auto* secret = attempt.values->secret("access_token")) tried.push_back(secret->reveal());
      if (const auto* secret = attempt.values->secret("refresh_token")) tried.push_back(secret->reveal());
      client_ids.push_back(attempt.oauth_client_id);
      return ok();
    };
    browser = oauth::Visitor{auth::UserId(world_->ada.id), "session-1"};
  }

  auth::Reply register_application(const Json& more = Json::object()) {
    Json wanted{{"name", "corporate"},
                {"source-type", "github"},
                {"client-id", "Iv1.app"},
                {"client-secret", "canary-client-secret"}};
    wanted.update(more);
    return world_->post(kConfigurations, world_->ada.token, attributes(wanted));
  }
  auth::Reply register_entra() {
    return register_application({{"name", "entra"}, {"source-type", "azure_rm"}, {"client-id", "app-1"}});
  }
  std::string starts_at() const { return "/api/v2/projects/" + project.str() + "/oauth-authorizations"; }
  auth::Reply start(const Json& more = Json::object()) {
    Json wanted{{"connection-type", "github"}, {"scheme", "grant_authorization"}};
    wanted.update(more);
    return world_->post(starts_at(), world_->ada.token, attributes(wanted));
  }
  auth::Reply start_by_device(const Json& parameters = Json::object()) {
    return start({{"connection-type", "azure_rm"}, {"scheme", "automatic"}, {"parameters", parameters}});
  }
  auth::Reply come_back(const std::string& query) { return world_->get("/oauth2/callback" + query, ""); }
  auth::Reply state_of(const std::string& id) {
    return world_->get("/api/v2/oauth-authorizations/" + id, world_->ada.token);
  }
  // From the start to the end; the id of the sign-in.
  std::string sign_in(const Json& more = Json::object()) {
    const auto started = start(more);
    EXPECT_EQ(started.status, 201) << started.body;
    come_back(outside.accept(started.text("authorization-url")));
    EXPECT_EQ(state_of(started.id()).text("status"), "granted") << state_of(started.id()).body;
    return started.id();
  }
  auth::Reply create(const Json& more) {
    Json wanted{{"name", "code"}, {"connection-type", "github"}, {"scheme", "grant_authorization"}};
    wanted.update(more);
    return world_->post(connections_path(), world_->ada.token, attributes(wanted));
  }
  std::int64_t secrets() {
    return *database().read([](storage::Connection& connection) -> base::Result<std::int64_t> {
      ASSIGN_OR_RETURN(const auto row, connection.find("SELECT count(*) FROM secrets"));
      return row->integer(0);
    });
  }
  void pass(std::chrono::seconds time) {
    world_->clock.advance(time);
    workers->run_due();
  }

  std::vector<std::string> tried, client_ids;
};
INSTANTIATE_ON_BOTH_DATABASES(SignIn);

// --- configurations -----------------------------------------------------------------------------------------------

TEST_P(SignIn, AConfigurationIsRegisteredChangedAndDeleted) {
  const auto made = register_application();
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("url"), "https://github.com");
  EXPECT_EQ(made.text("callback-url"), "https://bridge.example.com/oauth2/callback");
  EXPECT_TRUE(made.json["data"]["attributes"]["has-client-secret"]);
  const std::string path = std::string(kConfigurations) + "/" + made.id();
  const auto changed =
      world_->patch(path, world_->ada.token, attributes({{"name", "main"}, {"client-secret", "canary-second"}}));
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.text("name"), "main");
  EXPECT_EQ(secrets(), 1) << "the first is erased";
  for (const auto& reply : {made, changed, world_->get(kConfigurations, world_->ada.token)}) {
    EXPECT_THAT(reply.body, Not(HasSubstr("canary")));
  }
  EXPECT_EQ(world_->remove(path, world_->ada.token).status, 204);
  EXPECT_EQ(world_->get(path, world_->ada.token).status, 404);
  EXPECT_EQ(secrets(), 0);
}

TEST_P(SignIn, AConfigurationIsCheckedAllAtOnce) {
  ASSERT_EQ(register_application().status, 201);
  const auto refused = register_application(
      {{"source-type", "github_enterprise_server"}, {"url", "http://forge.example.com"}, {"client-secret", nullptr}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.json["errors"].size(), 2U) << refused.body;
  EXPECT_EQ(register_application({{"name", "CORPORATE"}}).status, 422) << "names are compared without case";
  for (const auto& [source, url] : {std::pair("github", kForge),
                                    {"github_enterprise_server", "https://github.com"},
                                    {"github_enterprise_server", ""},
                                    {"gitlab", "https://gitlab.com"},
                                    {"github_enterprise_server", "https://127.0.0.1"},
                                    {"github_enterprise_server", "https://me:pw@forge.example.com"}}) {
    EXPECT_EQ(register_application({{"name", "other"}, {"source-type", source}, {"url", url}}).status, 422) << url;
  }
  EXPECT_EQ(register_application({{"name", "public"}, {"source-type", "azure_rm"}, {"client-secret", nullptr}}).status,
            201)
      << "a public client has no secret";
}

TEST_P(SignIn, OnlySiteAdministratorsKeepThemAndTheProjectsPeopleChoose) {
  const auto made = register_application();
  register_entra();
  const auto max = world_->member("acme", "max", {{"manage-projects", false}});
  for (const auto& path : {std::string(kConfigurations), std::string(kConfigurations) + "/" + made.id()}) {
    EXPECT_EQ(world_->get(path, max.token).status, 404);
  }
  EXPECT_EQ(world_->remove(std::string(kConfigurations) + "/" + made.id(), max.token).status, 404);
  EXPECT_EQ(world_->post(kConfigurations, max.token, attributes({{"name", "mine"}})).status, 404);
  const std::string choices = "/api/v2/projects/" + project.str() + "/oauth-configurations";
  const auto seen = world_->get(choices + "?filter%5Bsource-type%5D=github", max.token);
  EXPECT_EQ(seen.status, 200) << seen.body;
  ASSERT_EQ(seen.json["data"].size(), 1U);
  EXPECT_EQ(seen.json["data"][0]["attributes"],
            Json({{"name", "corporate"}, {"source-type", "github"}, {"url", "https://github.com"}}));
  EXPECT_EQ(world_->get(choices, world_->eve.token).status, 404);
}

TEST_P(SignIn, AConfigurationThatIsUsedIsKeptUnlessForced) {
  const auto application = register_application();
  const std::string path = std::string(kConfigurations) + "/" + application.id();
  const auto made = create({{"oauth-authorization", sign_in()}});
  ASSERT_EQ(made.status, 201) << made.body;
  const auto refused = world_->remove(path, world_->ada.token);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(detail_of(refused), HasSubstr("'code' (" + made.id() + ")"));
  EXPECT_EQ(
      world_->patch(path, world_->ada.token, attributes({{"source-type", "github_enterprise_server"}, {"url", kForge}}))
          .status,
      409)
      << "its token would go to another server";
  EXPECT_EQ(world_->remove(path + "?force=true", world_->ada.token).status, 204);
  EXPECT_EQ(world_->post(path_of(made.id()) + "/actions/verify", world_->ada.token).status, 200);
}

// --- by a browser -------------------------------------------------------------------------------------------------

TEST_P(SignIn, TheTokenGoesFromTheServiceIntoTheVaultAndTheConnection) {
  register_application();
  const auto started = start();
  ASSERT_EQ(started.status, 201) << started.body;
  const std::string url = started.text("authorization-url");
  EXPECT_THAT(url, testing::StartsWith("https://github.com/login/oauth/authorize?"));
  const auto query = FakeSignIns::query_of(url);
  EXPECT_EQ(query.at("client_id"), "Iv1.app");
  EXPECT_EQ(query.at("scope"), "repo,user,admin:repo_hook");
  EXPECT_EQ(query.at("redirect_uri"), "https://bridge.example.com/oauth2/callback");
  EXPECT_EQ(query.at("code_challenge_method"), "S256");
  EXPECT_GE(query.at("state").size(), 43U);
  const auto back = come_back(outside.accept(url));
  EXPECT_EQ(back.status, 303);
  EXPECT_EQ(back.headers.get_or("Location"), "/oauth2/landing?authorization=" + started.id());
  const auto landing = world_->get(std::string(back.headers.get_or("Location")), "");
  EXPECT_EQ(landing.status, 200);
  EXPECT_THAT(landing.body, HasSubstr("You are signed in as octocat"));
  const auto state = state_of(started.id());
  EXPECT_EQ(state.text("status"), "granted");
  EXPECT_EQ(state.text("account"), "octocat");
  const auto made = create({{"oauth-authorization", started.id()}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("parameters.oauth_configuration"), "corporate");
  EXPECT_EQ(made.json["data"]["attributes"]["secrets-set"], Json({"access_token"}));
  EXPECT_THAT(tried, testing::ElementsAre("canary-access-token"));
  for (const auto& reply : {started, back, landing, state, made}) {
    EXPECT_THAT(reply.body, Not(HasSubstr("canary")));
    EXPECT_THAT(reply.headers.get_or("Location"), Not(HasSubstr("canary")));
  }
  EXPECT_EQ(outside.asked("access_token").front().form.at("client_secret"), "canary-client-secret");
  EXPECT_EQ(secrets(), 2) << "the application's and the connection's";
}

TEST_P(SignIn, ASignInIsUsedOnce) {
  register_application();
  const auto id = sign_in();
  const auto tried_first = world_->post(connections_path() + "/actions/verify", world_->ada.token,
                                        attributes({{"name", "code"},
                                                    {"connection-type", "github"},
                                                    {"scheme", "grant_authorization"},
                                                    {"oauth-authorization", id}}));
  EXPECT_EQ(tried_first.text("result"), "ok") << tried_first.body;
  EXPECT_EQ(create({{"oauth-authorization", id}}).status, 201) << "trying uses nothing up";
  const auto again = create({{"name", "second"}, {"oauth-authorization", id}});
  EXPECT_EQ(again.status, 422) << again.body;
  EXPECT_EQ(pointer_of(again), "/data/attributes/oauth-authorization");
  EXPECT_EQ(state_of(id).status, 404);
}

TEST_P(SignIn, ASignInIsForItsPersonItsProjectAndItsTypeOnly) {
  register_application();
  register_application({{"name", "forge"}, {"source-type", "github_enterprise_server"}, {"url", kForge}});
  const auto id = sign_in();
  const auto max = world_->member("acme", "max", {{"manage-projects", true}});
  Json wanted{
      {"name", "code"}, {"connection-type", "github"}, {"scheme", "grant_authorization"}, {"oauth-authorization", id}};
  EXPECT_EQ(world_->post(connections_path(), max.token, attributes(wanted)).status, 422);
  EXPECT_EQ(world_->get("/api/v2/oauth-authorizations/" + id, max.token).status, 404);
  EXPECT_EQ(world_->remove("/api/v2/oauth-authorizations/" + id, max.token).status, 404);
  const auto elsewhere = make_project("elsewhere");
  EXPECT_EQ(
      world_
          ->post("/api/v2/projects/" + elsewhere.str() + "/service-connections", world_->ada.token, attributes(wanted))
          .status,
      422);
  wanted["connection-type"] = "github_enterprise_server";
  wanted["scheme"] = "oauth2";
  EXPECT_EQ(world_->post(connections_path(), world_->ada.token, attributes(wanted)).status, 422);
  const auto other = create({{"oauth-authorization", id}, {"parameters", {{"oauth_configuration", "forge"}}}});
  EXPECT_EQ(other.status, 422) << other.body;
  const auto both = create({{"oauth-authorization", id}, {"parameters", {{"access_token", "typed"}}}});
  EXPECT_EQ(pointer_of(both), "/data/attributes/parameters/access_token") << both.body;
  EXPECT_EQ(create({{"oauth-authorization", id}}).status, 201);
}

TEST_P(SignIn, WhatNobodyUsesIsErased) {
  register_application();
  const auto id = sign_in();
  EXPECT_EQ(secrets(), 2);
  pass(std::chrono::minutes(11));
  EXPECT_EQ(state_of(id).text("status"), "granted") << "there is time for the rest of the form";
  pass(std::chrono::minutes(20));
  EXPECT_EQ(state_of(id).status, 404);
  EXPECT_EQ(create({{"oauth-authorization", id}}).status, 422);
  EXPECT_EQ(secrets(), 1);
  const auto given_up = sign_in();
  EXPECT_EQ(world_->remove("/api/v2/oauth-authorizations/" + given_up, world_->ada.token).status, 204);
  EXPECT_EQ(secrets(), 1);
}

TEST_P(SignIn, T_T14_TheStateIsRandomOfThisBrowserAndUsedOnce) {
  register_application();
  const auto started = start();
  const auto query = outside.accept(started.text("authorization-url"));
  EXPECT_NE(FakeSignIns::query_of(start().text("authorization-url")).at("state"),
            FakeSignIns::query_of(started.text("authorization-url")).at("state"));
  for (const auto& nobody :
       {std::optional<oauth::Visitor>(), std::optional(oauth::Visitor{auth::UserId(world_->eve.id), "session-2"})}) {
    browser = nobody;
    EXPECT_EQ(come_back(query).headers.get_or("Location"), "/oauth2/landing?other-browser=true");
    EXPECT_EQ(world_->get("/oauth2/landing?authorization=" + started.id(), "").status, 410);
  }
  EXPECT_EQ(world_->get("/oauth2/landing?other-browser=true", "").status, 403);
  EXPECT_TRUE(outside.asked("access_token").empty()) << "nothing is exchanged for another's state";
  browser = oauth::Visitor{auth::UserId(world_->ada.id), "session-1"};
  for (const char* forged : {"?code=code-1&state=guessed", "?code=code-1", "?code=code-1&state="}) {
    EXPECT_EQ(come_back(forged).headers.get_or("Location"), "/oauth2/landing") << forged;
  }
  EXPECT_EQ(state_of(started.id()).text("status"), "pending");
  EXPECT_THAT(come_back(query).headers.get_or("Location"), HasSubstr(started.id()));
  EXPECT_EQ(come_back(query).headers.get_or("Location"), "/oauth2/landing") << "a second time";
  EXPECT_EQ(outside.asked("access_token").size(), 1U);
}

TEST_P(SignIn, T_T14_ASessionsSignInIsFinishedByThatSession) {
  register_application();
  auth::Actor actor;
  actor.who = {.kind = auth::Principal::Kind::kUser, .user = auth::UserId(world_->ada.id), .session = "session-1"};
  const auto started = service->start_sign_in(actor, acme, project, {"github", "grant_authorization", "corporate", {}});
  ASSERT_TRUE(started) << started.error().message;
  const auto query = outside.accept(started->url);
  browser->session = "session-2";
  EXPECT_EQ(come_back(query).headers.get_or("Location"), "/oauth2/landing?other-browser=true");
  browser->session = "session-1";
  EXPECT_THAT(come_back(query).headers.get_or("Location"), HasSubstr("authorization="));
}

TEST_P(SignIn, T_T14_AStateThatIsTooOldIsWorthNothing) {
  register_application();
  const auto started = start();
  const auto query = outside.accept(started.text("authorization-url"));
  world_->clock.advance(std::chrono::minutes(10));
  EXPECT_EQ(come_back(query).headers.get_or("Location"), "/oauth2/landing");
  EXPECT_TRUE(outside.asked("access_token").empty());
}

TEST_P(SignIn, T_T14_ACodeOfAnotherSignInIsNotTaken) {
  register_application();
  const auto theirs = outside.accept(start().text("authorization-url"));
  const auto ours = start();
  const auto state = FakeSignIns::query_of(ours.text("authorization-url")).at("state");
  const auto code = FakeSignIns::query_of(theirs).at("code");
  come_back("?code=" + code + "&state=" + state);
  EXPECT_EQ(state_of(ours.id()).text("status"), "failed") << "PKCE binds a code to its beginning";
}

TEST_P(SignIn, T_T14_WhatTheServiceSaysIsNoHtml) {
  register_application();
  const auto started = start();
  const auto back = come_back("?error=server_error&error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E&state=" +
                              base::url_encode(FakeSignIns::query_of(started.text("authorization-url")).at("state")));
  const auto landing = world_->get(std::string(back.headers.get_or("Location")), "");
  EXPECT_THAT(landing.body, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(landing.body, Not(HasSubstr("<script")));
  EXPECT_THAT(landing.headers.get_or("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_EQ(landing.headers.get_or("Referrer-Policy"), "no-referrer");
  EXPECT_THAT(state_of(started.id()).text("message"), HasSubstr("alert(1)"));
}

TEST_P(SignIn, WhoeverRefusesIsTold) {
  register_application();
  const auto started = start();
  come_back(FakeSignIns::refuse(started.text("authorization-url"), "The user has denied your application access."));
  EXPECT_EQ(state_of(started.id()).text("message"), "The authorization was refused at the service.");
  const auto refused = create({{"oauth-authorization", started.id()}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(detail_of(refused), HasSubstr("refused at the service"));
}

TEST_P(SignIn, EachRefusalOfTheExchangeHasItsRemedy) {
  const auto application = register_application();
  const auto message = [&] {
    const auto started = start();
    come_back(outside.accept(started.text("authorization-url")));
    const auto state = state_of(started.id());
    EXPECT_EQ(state.text("status"), "failed") << state.body;
    return state.text("message");
  };
  outside.client_secret = "another";
  EXPECT_THAT(message(), HasSubstr("client secret of the OAuth configuration 'corporate'"));
  outside.client_secret = "canary-client-secret";
  outside.token_answer = {{"token_type", "bearer"}};
  EXPECT_THAT(message(), HasSubstr("without a token"));
  outside.token_answer = {{"error", "redirect_uri_mismatch"}};
  EXPECT_THAT(message(), HasSubstr("https://bridge.example.com/oauth2/callback"));
  outside.token_answer = {{"error", "odd"}, {"error_description", "canary-client-secret is odd"}};
  EXPECT_THAT(message(), testing::AllOf(HasSubstr("*** is odd"), Not(HasSubstr("canary"))));
  outside.away = base::unavailable("The service cannot be reached.");
  EXPECT_THAT(message(), HasSubstr("cannot be reached"));
}

TEST_P(SignIn, AnotherSignInReplacesTheSecretOfAConnection) {
  register_application();
  const auto made = create({{"oauth-authorization", sign_in()}});
  ASSERT_EQ(made.status, 201) << made.body;
  outside.token = "canary-newer-token";
  const auto started = world_->post(path_of(made.id()) + "/oauth-authorizations", world_->ada.token);
  ASSERT_EQ(started.status, 201) << started.body;
  come_back(outside.accept(started.text("authorization-url")));
  const auto other = create({{"name", "other"}, {"oauth-authorization", started.id()}});
  EXPECT_EQ(other.status, 422) << "it is for that connection";
  const auto changed =
      world_->patch(path_of(made.id()), world_->ada.token, attributes({{"oauth-authorization", started.id()}}));
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(tried.back(), "canary-newer-token");
  EXPECT_EQ(secrets(), 2);
  const auto max = world_->member("acme", "max", {{"manage-projects", false}});
  EXPECT_EQ(world_->post(path_of(made.id()) + "/oauth-authorizations", max.token).status / 100, 4);
}

TEST_P(SignIn, TheServersAddressComesFromTheConfiguration) {
  register_application(
      {{"name", "forge"}, {"source-type", "github_enterprise_server"}, {"url", "https://forge.example.com/"}});
  const Json kind{{"connection-type", "github_enterprise_server"}, {"scheme", "oauth2"}};
  const auto started = start(kind);
  EXPECT_THAT(started.text("authorization-url"), testing::StartsWith("https://forge.example.com/login/oauth/"));
  come_back(outside.accept(started.text("authorization-url")));
  EXPECT_EQ(outside.asked("/api/v3/user").size(), 1U);
  auto wanted = kind;
  wanted["oauth-authorization"] = started.id();
  wanted["parameters"] = {{"server_url", "https://thief.example.com"}};
  const auto refused = create(wanted);
  EXPECT_EQ(refused.status, 422) << refused.body;
  EXPECT_EQ(pointer_of(refused), "/data/attributes/parameters/server_url");
  wanted.erase("parameters");
  const auto made = create(wanted);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("target"), "https://forge.example.com");
  const auto moved = world_->patch(path_of(made.id()), world_->ada.token,
                                   attributes({{"parameters", {{"server_url", "https://thief.example.com"}}}}));
  EXPECT_EQ(moved.status, 422) << "a stored token stays with its server: " << moved.body;
  register_application(
      {{"name", "second"}, {"source-type", "github_enterprise_server"}, {"url", "https://two.example.com"}});
  const auto swapped = world_->patch(path_of(made.id()), world_->ada.token,
                                     attributes({{"parameters", {{"oauth_configuration", "second"}}}}));
  EXPECT_EQ(swapped.status, 422) << swapped.body;
}

TEST_P(SignIn, ASecretThatIsGivenNeedsNoSignIn) {
  const auto made = create({{"parameters", {{"oauth_configuration", "anything"}, {"access_token", "canary-typed"}}}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(tried.back(), "canary-typed");
  const auto missing = create({{"name", "without"}, {"parameters", {{"oauth_configuration", "anything"}}}});
  EXPECT_EQ(missing.status, 422);
  EXPECT_THAT(detail_of(missing), HasSubstr("sign-in"));
}

TEST_P(SignIn, OnlyAPersonWithARightToItBegins) {
  const auto nothing = start();
  EXPECT_EQ(nothing.status, 422);
  EXPECT_THAT(detail_of(nothing), HasSubstr("No OAuth configuration is registered for GitHub"));
  register_application();
  EXPECT_EQ(world_
                ->post(starts_at(), world_->eve.token,
                       attributes({{"connection-type", "github"}, {"scheme", "grant_authorization"}}))
                .status,
            404);
  EXPECT_EQ(start({{"connection-type", "generic"}, {"scheme", "username_password"}}).status, 422);
  EXPECT_EQ(start({{"oauth-configuration", "unknown"}}).status, 422);
  for (int number = 0; number < 20; ++number) EXPECT_EQ(start().status, 201);
  EXPECT_EQ(start().status, 409) << "one person does not fill the database";
}

TEST_P(SignIn, EveryStepIsInTheAuditLog) {
  register_application();
  const auto id = sign_in();
  EXPECT_THAT(audited(id), testing::UnorderedElementsAre("oauth-authorization.start", "oauth-authorization.grant"));
}

// --- by a code ----------------------------------------------------------------------------------------------------

Json subscription() { return {{"subscription_id", "00000000-0000-0000-0000-00000000000c"}}; }

TEST_P(SignIn, ByACodeTheServiceIsAskedUntilThePersonHasSignedIn) {
  register_entra();
  const auto started = start_by_device({{"tenant_id", "example.com"}});
  ASSERT_EQ(started.status, 201) << started.body;
  EXPECT_EQ(started.text("user-code"), "ABCD-EFGH");
  EXPECT_EQ(started.text("authorization-url"), "https://microsoft.com/devicelogin");
  const auto begun = outside.asked("devicecode").front();
  EXPECT_EQ(begun.url, "https://login.microsoftonline.com/example.com/oauth2/v2.0/devicecode");
  EXPECT_THAT(begun.form.at("scope"), HasSubstr("https://management.azure.com/.default offline_access"));
  outside.polls = {FakeSignIns::pending("authorization_pending"), FakeSignIns::pending("slow_down"),
                   FakeSignIns::signed_in("canary-refresh")};
  const auto polls = [&] { return outside.asked("/token").size(); };
  workers->run_due();
  EXPECT_EQ(polls(), 0U) << "not before the interval is over";
  pass(std::chrono::seconds(5));
  EXPECT_EQ(polls(), 1U);
  pass(std::chrono::seconds(5));
  EXPECT_EQ(polls(), 2U);
  pass(std::chrono::seconds(5));
  EXPECT_EQ(polls(), 2U) << "slower from then on";
  EXPECT_EQ(state_of(started.id()).text("status"), "pending");
  pass(std::chrono::seconds(5));
  EXPECT_EQ(polls(), 3U);
  EXPECT_EQ(outside.asked("/token").back().form.count("client_secret"), 0U) << "a public client";
  const auto state = state_of(started.id());
  EXPECT_EQ(state.text("status"), "granted") << state.body;
  EXPECT_EQ(state.text("account"), "operator@example.com");
  pass(std::chrono::seconds(60));
  EXPECT_EQ(polls(), 3U) << "enough";
  // What is to be chosen is asked for with the sign-in, which is not used up by that.
  service_options = [](const Attempt& attempt) {
    EXPECT_EQ(attempt.values->secret("refresh_token")->reveal(), "canary-refresh");
    EXPECT_EQ(attempt.oauth_client_id, "app-1");
    Options found;
    found.options = {{"00000000-0000-0000-0000-00000000000a", "Production"}};
    return base::Result<Options>(found);
  };
  const Json question{{"connection-type", "azure_rm"}, {"scheme", "automatic"}, {"parameter", "subscription_id"}};
  const auto ask = [&](const Json& more) {
    Json wanted = question;
    wanted.update(more);
    return world_->post(connections_path() + "/actions/options", world_->ada.token, attributes(wanted));
  };
  const auto without = ask(Json::object());
  EXPECT_EQ(pointer_of(without), "/data/attributes/parameters/refresh_token") << without.body;
  const auto offered = ask({{"oauth-authorization", started.id()}});
  EXPECT_EQ(offered.status, 200) << offered.body;
  EXPECT_THAT(offered.body, testing::AllOf(HasSubstr("Production"), Not(HasSubstr("canary"))));
  auto parameters = subscription();
  const auto made = create({{"name", "cloud"},
                            {"connection-type", "azure_rm"},
                            {"scheme", "automatic"},
                            {"oauth-authorization", started.id()},
                            {"parameters", parameters}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(tried.back(), "canary-refresh");
  EXPECT_EQ(client_ids.back(), "app-1") << "what its steps show as oauth.client_id";
  EXPECT_EQ(world_->post(path_of(made.id()) + "/actions/verify", world_->ada.token).status, 200);
  EXPECT_EQ(client_ids.back(), "app-1");
  EXPECT_THAT(made.body + state.body + started.body, Not(HasSubstr("canary")));
}

TEST_P(SignIn, EachEndOfACodeIsSaid) {
  register_entra();
  for (const auto& [error, words] : {std::pair("authorization_declined", "refused at Entra ID"),
                                     {"access_denied", "refused at Entra ID"},
                                     {"expired_token", "not used in time"},
                                     {"bad_verification_code", "Sign in again"}}) {
    const auto started = start_by_device();
    ASSERT_EQ(started.status, 201) << started.body;
    outside.polls = {FakeSignIns::pending(error)};
    pass(std::chrono::seconds(5));
    const auto state = state_of(started.id());
    EXPECT_EQ(state.text("status"), "failed") << error;
    EXPECT_THAT(state.text("message"), HasSubstr(words));
  }
  outside.polls = {{200, {{"access_token", "canary-arm-token"}}}};
  const auto started = start_by_device();
  pass(std::chrono::seconds(5));
  EXPECT_THAT(state_of(started.id()).text("message"), HasSubstr("without a refresh token"));
}

TEST_P(SignIn, AServiceThatIsAwayIsAskedAgainUntilTheCodeEnds) {
  register_entra();
  const auto started = start_by_device();
  const auto before = secrets();
  outside.away = base::unavailable("The service cannot be reached.");
  pass(std::chrono::seconds(5));
  EXPECT_EQ(state_of(started.id()).text("status"), "pending");
  pass(std::chrono::minutes(15));
  EXPECT_EQ(state_of(started.id()).status, 404);
  EXPECT_EQ(secrets(), before - 1) << "the device code is erased";
}

TEST_P(SignIn, TheEnvironmentIsThatOfTheConfiguration) {
  register_entra();
  const auto other = start_by_device({{"environment", "AzureChinaCloud"}});
  EXPECT_EQ(other.status, 422) << other.body;
  EXPECT_THAT(detail_of(other), HasSubstr("login.chinacloudapi.cn"));
  EXPECT_EQ(start_by_device({{"environment", "AzureStack"}}).status, 422);
  EXPECT_EQ(start_by_device({{"tenant_id", "../../evil"}}).status, 422);
  EXPECT_TRUE(outside.diary.empty());
}

TEST_P(SignIn, ARefreshTokenThatIsGivenNamesItsConfigurationIfThereAreSeveral) {
  register_entra();
  Json wanted{{"name", "cloud"}, {"connection-type", "azure_rm"}, {"scheme", "automatic"}};
  wanted["parameters"] = subscription();
  wanted["parameters"]["refresh_token"] = "canary-refresh";
  ASSERT_EQ(create(wanted).status, 201);
  EXPECT_EQ(client_ids.back(), "app-1");
  register_application({{"name", "second"}, {"source-type", "azure_rm"}, {"client-id", "app-2"}});
  wanted["name"] = "another";
  const auto unclear = create(wanted);
  EXPECT_EQ(pointer_of(unclear), "/data/attributes/oauth-configuration") << unclear.body;
  wanted["oauth-configuration"] = "second";
  ASSERT_EQ(create(wanted).status, 201);
  EXPECT_EQ(client_ids.back(), "app-2");
}

}  // namespace
}  // namespace connections
