#include <gmock/gmock.h>

#include "tests/keys/keys_test.h"
#include "tests/support/git_repository.h"
#include "tests/support/ssh_server.h"

namespace {

using testing::HasSubstr;
using State = vcs::Check::State;

class KeyCheck : public KeysTest {
 protected:
  KeyCheck() : server_({.host_keys = {"ed25519"}}) { origin_.commit("first"); }

  void SetUp() override {
    KeysTest::SetUp();
    if (IsSkipped()) return;
    const auto made = service->generate(ada(), world->acme, "clone", crypto::SshKeyType::kEd25519);
    ASSERT_TRUE(made);
    key_ = *made;
  }

  std::vector<vcs::Check> run(const std::string& url) {
    auto checks = service->test(ada(), key_.id, url);
    EXPECT_TRUE(checks);
    return checks ? *checks : std::vector<vcs::Check>();
  }
  void pin() {
    const auto seen = service->scan(ada(), world->acme, server_.host(), server_.port());
    ASSERT_TRUE(seen) << seen.error().message << seen.error().detail;
    for (const auto& key : *seen) {
      ASSERT_TRUE(service->confirm(ada(), key.id));
    }
  }
  // The steps before `step` passed, it failed with these words, the rest were not tried.
  void expect_failure(const std::vector<vcs::Check>& checks, const std::string& step, const std::string& says,
                      const std::string& remedy) {
    ASSERT_EQ(checks.size(), 7U);
    bool before = true;
    for (const auto& check : checks) {
      if (check.name == step) {
        before = false;
        EXPECT_EQ(check.state, State::kFailed);
        EXPECT_THAT(check.message, HasSubstr(says));
        EXPECT_THAT(check.remedy, HasSubstr(remedy));
      } else {
        EXPECT_EQ(check.state, before ? State::kPassed : State::kSkipped) << check.name << ": " << check.message;
      }
    }
  }

  support::SshServer server_;
  support::GitRepository origin_;
  keys::SshKey key_;
};
INSTANTIATE_ON_BOTH_DATABASES(KeyCheck);

TEST_P(KeyCheck, AllStepsPassWithAConfirmedHostAndAnAcceptedKey) {
  server_.authorize({key_.public_line});
  pin();
  const auto answer =
      post("/api/v2/ssh-keys/" + key_.id.str() + "/actions/test", {{"url", server_.url(origin_.path())}});
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.attributes()["passed"], true) << answer.text;
  EXPECT_EQ(answer.attributes()["checks"].size(), 7U);
}

TEST_P(KeyCheck, SaysWhichStepFailsAndWhatToDo) {
  const auto url = server_.url(origin_.path());
  expect_failure(run("https://host/a"), "address", "not an SSH address", "clone dialog");
  expect_failure(run("ssh://git@127.0.0.2/a"), "resolve", "127.0.0.2", "--outbound-allow");
  expect_failure(run("ssh://git@127.0.0.1:1/a"), "connect", "nobody answers", "firewalls");
  expect_failure(run(url), "host-key", "no host key is confirmed", "compare the fingerprint");
  pin();
  expect_failure(run(url), "authentication", "does not accept the key", key_.public_line);
  server_.authorize({key_.public_line});
  expect_failure(run(server_.url("/no/such.git")), "repository", "not there", "check the path");
  server_.change_host_keys();
  expect_failure(run(url), "host-key", "not the pinned one", "operator");
}

TEST_P(KeyCheck, ATextThatIsNoKeyFailsTheFirstStep) {
  const auto stored = service->create(ada(), world->acme, "text", base::Secret("no key"));
  ASSERT_TRUE(stored);
  expect_failure(*service->test(ada(), stored->id, "ssh://git@127.0.0.1/a"), "key", "not a private key",
                 "store a usable");
}

TEST_P(KeyCheck, AProviderWithoutAKeySaysSo) {
  const auto token = world->token_of(world->create_client());
  const auto answer =
      post("/api/v2/oauth-tokens/" + token.str() + "/actions/test-ssh-key", {{"repository", "acme/infra"}});
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.attributes()["passed"], false);
  EXPECT_THAT(answer.text, HasSubstr("this provider has no SSH key"));
}

}  // namespace
