#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/providers/providers_test.h"

namespace {

using namespace std::chrono_literals;
using http::Method;
using testing::ElementsAre;

class Health : public ProvidersTest {
 protected:
  void SetUp() override {
    ProvidersTest::SetUp();
    if (IsSkipped()) return;
    client_ = world->create_client();
    token_ = world->token_of(client_);
    world->forge.add_repository("1", "acme/infra");
    world->forge.add_repository("2", "acme/other");
  }
  base::Result<vcs::Repository> ask(const std::string& path = "acme/infra") {
    auto opened = world->service->open(token_);
    if (!opened) return opened.error();
    return opened->provider->find_repository(path);
  }
  std::string health() {
    return world->call(Method::kGet, "/api/v2/oauth-clients/" + client_).attributes()["health"].get<std::string>();
  }
  std::string client_;
  providers::OAuthTokenId token_;
};
INSTANTIATE_ON_BOTH_DATABASES(Health);

TEST_P(Health, T_F17_ARefusedTokenIsTriedOnceInFiveMinutes) {
  world->forge.fail("find_repository", base::unauthorized("Bad credentials"), 2);
  EXPECT_EQ(ask().error().code, base::Code::kUnauthorized);
  for (int index = 0; index < 20; ++index) {
    const auto held = ask(index % 2 == 0 ? "acme/infra" : "acme/other");
    ASSERT_EQ(held.error().code, base::Code::kUnavailable);
    EXPECT_THAT(held.error().message, testing::HasSubstr("Bad credentials"));
    EXPECT_TRUE(held.error().retry_after);
    world->clock.advance(14s);
  }
  EXPECT_EQ(world->forge.count("find_repository"), 1);
  world->clock.advance(21s);
  EXPECT_EQ(ask().error().code, base::Code::kUnauthorized) << "five minutes are over: one try";
  EXPECT_EQ(ask().error().code, base::Code::kUnavailable);
  EXPECT_EQ(health(), "failing");
  world->clock.advance(301s);
  EXPECT_TRUE(ask());
  EXPECT_TRUE(ask()) << "a success ends it";
  EXPECT_EQ(health(), "healthy");
}

TEST_P(Health, T_F17_ANewTokenCountsAtOnce) {
  world->forge.fail("find_repository", base::unauthorized("Bad credentials"));
  EXPECT_FALSE(ask());
  EXPECT_FALSE(ask());
  world->call(Method::kPatch, "/api/v2/oauth-clients/" + client_,
              {{"data", {{"attributes", {{"oauth-token-string", "token-two"}}}}}});
  EXPECT_TRUE(ask());
  EXPECT_EQ(world->forge.last_token(), "token-two");
}

TEST_P(Health, T_F17_AMissingRightStopsThatOperationOnly) {
  world->forge.fail("find_repository", base::forbidden("repository is off limits"));
  EXPECT_EQ(ask("acme/infra").error().code, base::Code::kForbidden);
  EXPECT_EQ(ask("acme/infra").error().code, base::Code::kUnavailable);
  EXPECT_TRUE(ask("acme/other"));
  EXPECT_EQ(world->forge.count("find_repository"), 2);
}

TEST_P(Health, T_F17_ARefusalIsRememberedByTheNextProcess) {
  world->forge.fail("find_repository", base::unauthorized("Bad credentials"));
  EXPECT_FALSE(ask());
  world->restart_service();
  EXPECT_EQ(ask().error().code, base::Code::kUnavailable);
  EXPECT_EQ(world->forge.count("find_repository"), 1);
}

TEST_P(Health, T_F16_ARateLimitIsWaitedFor) {
  auto limited = base::Error{base::Code::kRateLimited, "too many requests"};
  limited.retry_after = 90s;
  world->forge.fail("find_repository", limited);
  EXPECT_FALSE(ask());
  EXPECT_EQ(ask("acme/other").error().code, base::Code::kUnavailable);
  world->clock.advance(91s);
  EXPECT_TRUE(ask("acme/other"));
}

TEST_P(Health, AMissingRepositorySaysNothingAboutTheProvider) {
  EXPECT_EQ(ask("acme/none").error().code, base::Code::kNotFound);
  EXPECT_TRUE(ask());
  EXPECT_EQ(health(), "unknown");
}

TEST_P(Health, TheTokenIsOpenedOnceForManyCalls) {
  for (int index = 0; index < 10; ++index) ASSERT_TRUE(ask());
  EXPECT_EQ(world->vault.opened(), 1U);
}

TEST_P(Health, AFailedVerificationIsRepeatedWithoutHammering) {
  vcs::Verification bad;
  bad.checks.push_back({"sign-in", vcs::Check::State::kFailed, "the token was refused", "make a new one"});
  world->forge.set_verification(bad);
  world->run_jobs();
  world->clock.advance(299s);
  world->run_jobs();
  EXPECT_EQ(world->forge.count("verify"), 1);
  EXPECT_EQ(ask().error().code, base::Code::kUnavailable) << "calls wait as well";
  world->clock.advance(5s);
  world->run_jobs();
  EXPECT_EQ(world->forge.count("verify"), 2);
}

TEST_P(Health, AVerificationOfAnOldTokenDoesNotSpeakForTheNewOne) {
  world->forge.fail("verify", base::internal("bug"));
  world->call(Method::kPatch, "/api/v2/oauth-clients/" + client_,
              {{"data", {{"attributes", {{"oauth-token-string", "token-two"}}}}}});
  world->run_jobs();
  EXPECT_EQ(world->forge.count("verify"), 1) << "only the newest state is verified";
}

TEST_P(Health, GitFailuresCountToo) {
  world->service->note_failure(token_, base::unauthorized("git: authentication failed"));
  EXPECT_EQ(health(), "failing");
  world->service->note_success(token_);
  EXPECT_EQ(health(), "healthy");
}

}  // namespace
