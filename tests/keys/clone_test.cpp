#include <gmock/gmock.h>

#include "tests/keys/keys_test.h"
#include "tests/support/git_repository.h"
#include "tests/support/ssh_server.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Clone : public KeysTest {
 protected:
  Clone() : server_({.host_keys = {"ed25519"}}) { first_ = origin_.commit("first"); }

  void SetUp() override {
    KeysTest::SetUp();
    if (IsSkipped()) return;
    token_ = world->token_of(world->create_client());
    repository_.id = "17";
    repository_.path = "acme/infra";
    repository_.ssh_clone_url = server_.url(origin_.path());
    repository_.https_clone_url = "http://127.0.0.1:8080/acme/infra.git";
  }
  void use_ssh() {
    const auto made = service->generate_provider_key(ada(), token_);
    ASSERT_TRUE(made) << made.error().message;
    server_.authorize({made->public_line});
  }
  void pin() {
    const auto seen = service->scan(ada(), world->acme, server_.host(), server_.port());
    ASSERT_TRUE(seen) << seen.error().message << seen.error().detail;
    for (const auto& key : *seen) {
      ASSERT_TRUE(service->confirm(ada(), key.id));
    }
  }

  support::SshServer server_;
  support::GitRepository origin_;
  std::string first_;
  providers::OAuthTokenId token_;
  vcs::Repository repository_;
};
INSTANTIATE_ON_BOTH_DATABASES(Clone);

TEST_P(Clone, GoesOverSshWhenTheTokenHasAKey) {
  use_ssh();
  const auto refused = service->fetch_request(token_, repository_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("no SSH host key"));
  pin();
  auto request = service->fetch_request(token_, repository_);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_THAT(request->addresses, ElementsAre("127.0.0.1"));
  request->commits = {first_};
  const auto fetched = mirrors->fetch(*request);
  EXPECT_TRUE(fetched) << fetched.error().message << fetched.error().detail;
}

TEST_P(Clone, T_K05_AHostKeyThatChangedDuringAFetchStopsAllOthers) {
  use_ssh();
  pin();
  auto request = service->fetch_request(token_, repository_);
  ASSERT_TRUE(request);
  server_.change_host_keys();
  request->commits = {first_};
  const auto fetched = mirrors->fetch(*request);
  ASSERT_FALSE(fetched);
  service->note_fetch(*request, fetched);
  const auto stopped = service->fetch_request(token_, repository_);
  ASSERT_FALSE(stopped);
  EXPECT_THAT(stopped.error().message, HasSubstr("has changed"));
}

TEST_P(Clone, GoesOverHttpsWithTheTokenOtherwise) {
  const auto request = service->fetch_request(token_, repository_);
  ASSERT_TRUE(request) << request.error().message;
  ASSERT_TRUE(request->http);
  EXPECT_FALSE(request->ssh);
  EXPECT_TRUE(request->allow_http);
  EXPECT_FALSE(request->http->password.empty());
  EXPECT_EQ(request->repository.organization, world->acme.str());
  EXPECT_EQ(request->repository.repository, "17");
}

TEST_P(Clone, T_S01_AnAddressThatIsNotAllowedIsRefused) {
  repository_.https_clone_url = "https://127.0.0.2/acme/infra.git";
  const auto request = service->fetch_request(token_, repository_);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, base::Code::kInvalid) << request.error().message;
}

TEST_P(Clone, T_S08_T_G03_ASubmoduleGetsTheTokenOnItsProvidersServerOnly) {
  const auto ask = [&](const char* url) {
    return service->submodule_request(token_, repository_, *git::parse_remote_url(url));
  };
  const auto beside = ask("http://127.0.0.1:8080/acme/modules.git");
  ASSERT_TRUE(beside) << beside.error().message;
  EXPECT_FALSE(beside->http->password.empty());
  const auto elsewhere = ask("http://127.0.0.1:9090/acme/modules.git");
  ASSERT_TRUE(elsewhere) << elsewhere.error().message;
  EXPECT_TRUE(elsewhere->http->password.empty()) << "another port is another server";
  EXPECT_TRUE(elsewhere->http->username.empty());
  EXPECT_EQ(ask("https://10.0.0.1/metadata").error().code, base::Code::kInvalid);
  EXPECT_THAT(ask("ssh://git@127.0.0.1/acme/modules.git").error().message, HasSubstr("has no SSH key"));
  EXPECT_EQ(world->columns("SELECT target_id FROM audit_events WHERE action = 'oauth-token.use'").size(), 1U);
}

TEST_P(Clone, ItsAddressIsToldWithoutAUseOfTheKey) {
  EXPECT_EQ(*service->clone_url(token_, repository_), repository_.https_clone_url);
  use_ssh();
  EXPECT_EQ(*service->clone_url(token_, repository_), repository_.ssh_clone_url);
  EXPECT_TRUE(world->columns("SELECT target_id FROM audit_events WHERE action = 'oauth-token.use'").empty());
}

TEST_P(Clone, T_X12_EachUseOfAProvidersKeyIsInTheAuditLog) {
  use_ssh();
  pin();
  ASSERT_TRUE(service->fetch_request(token_, repository_));
  const auto details = world->columns("SELECT detail FROM audit_events WHERE action = 'oauth-token.use'");
  ASSERT_EQ(details.size(), 1U);
  EXPECT_THAT(details.front(), HasSubstr("with the SSH key"));
  EXPECT_THAT(details.front(), HasSubstr(repository_.ssh_clone_url));
}

}  // namespace
