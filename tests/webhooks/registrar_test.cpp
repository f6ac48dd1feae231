#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/webhooks/webhooks_test.h"

namespace {

using namespace std::chrono_literals;
using http::Method;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using webhooks::HookStatus;

class RegistrarTest : public WebhooksTest {
 protected:
  std::vector<std::string> at_provider(const std::string& repository = "1") { return forge().hooks(repository); }
};
INSTANTIATE_ON_BOTH_DATABASES(RegistrarTest);

TEST_P(RegistrarTest, TheFirstConsumerInstallsTheHookInTheBackground) {
  const auto hook = hooks->attach("ws-1");
  EXPECT_THAT(hook.url, HasSubstr("https://bridge.example/webhooks/vcs/"));
  EXPECT_EQ(hook.status, HookStatus::kPending);
  EXPECT_EQ(forge().count("ensure_hook"), 0) << "attaching must not wait for the provider";
  run();
  EXPECT_THAT(at_provider(), ElementsAre(hook.url));
  EXPECT_EQ(hooks->hook_of("ws-1")->status, HookStatus::kInstalled);
}

TEST_P(RegistrarTest, ConsumersOfARepositoryShareOneHook) {
  const auto first = hooks->attach("ws-1");
  const auto second = hooks->attach("ws-2");
  EXPECT_EQ(first.id, second.id);
  run();
  EXPECT_THAT(at_provider(), SizeIs(1));
  hooks->detach("ws-1");
  run();
  EXPECT_THAT(at_provider(), SizeIs(1)) << "one is left";
  hooks->detach("ws-2");
  run();
  EXPECT_THAT(at_provider(), IsEmpty());
  EXPECT_THAT(world().columns("SELECT id FROM vcs_hooks"), IsEmpty());
}

TEST_P(RegistrarTest, AttachingAgainChangesNothing) {
  hooks->attach("ws-1");
  run();
  hooks->attach("ws-1");
  run();
  EXPECT_EQ(forge().count("ensure_hook"), 1);
}

TEST_P(RegistrarTest, AConsumerThatMovesTakesItsHookAway) {
  hooks->attach("ws-1", "1");
  run();
  hooks->attach("ws-1", "2");
  run();
  EXPECT_THAT(at_provider("1"), IsEmpty());
  EXPECT_THAT(at_provider("2"), SizeIs(1));
}

TEST_P(RegistrarTest, T_M07_TwoOrganizationsHaveTheirOwnHookOnOneRepository) {
  const auto mine = hooks->attach("ws-1");
  const auto theirs = hooks->attach_for_globex("ws-9");
  EXPECT_NE(mine.uuid, theirs.uuid);
  EXPECT_EQ(theirs.organization, world().globex);
  EXPECT_NE(hooks->secret_of(mine).reveal(), hooks->secret_of(theirs).reveal());
  run();
  EXPECT_THAT(at_provider(), SizeIs(2));
}

TEST_P(RegistrarTest, AProviderThatIsDownBlocksNeitherAttachNorDetach) {
  forge().fail("ensure_hook", base::unavailable("not reached"), 3);
  hooks->attach("ws-1");
  run();
  const auto failed = hooks->hook_of("ws-1");
  EXPECT_EQ(failed->status, HookStatus::kFailed);
  EXPECT_EQ(failed->last_error, "not reached");
  for (int round = 0; round < 4; ++round) run_after(30s);
  EXPECT_EQ(hooks->hook_of("ws-1")->status, HookStatus::kInstalled);
  forge().fail("remove_hook", base::unavailable("not reached"), 3);
  hooks->detach("ws-1");
  EXPECT_FALSE(hooks->hook_of("ws-1"));
  for (int round = 0; round < 5; ++round) run_after(30s);
  EXPECT_THAT(at_provider(), IsEmpty());
}

TEST_P(RegistrarTest, AFailedInstallationIsToldOnce) {
  forge().fail("ensure_hook", base::forbidden("needs admin rights"), 2);
  hooks->attach("ws-1");
  run();
  run_after(302s);
  EXPECT_THAT(world().columns("SELECT message FROM vcs_events"),
              ElementsAre("The webhook of acme/infra could not be installed: needs admin rights"));
}

TEST_P(RegistrarTest, T_F17_AMissingRightIsNotAskedForAgainForFiveMinutes) {
  forge().fail("ensure_hook", base::forbidden("needs admin rights"), 1);
  hooks->attach("ws-1");
  for (int round = 0; round < 10; ++round) run_after(29s);
  EXPECT_EQ(forge().count("ensure_hook"), 1);
  run_after(60s);
  EXPECT_EQ(hooks->hook_of("ws-1")->status, HookStatus::kInstalled);
}

// The process dies after the provider made the hook and before its id is stored.
TEST_P(RegistrarTest, T_F4_AHookMadeBeforeACrashIsAdopted) {
  const auto hook = hooks->attach("ws-1");
  forge().after_change([] { throw std::runtime_error("killed"); });
  run();
  EXPECT_THAT(at_provider(), SizeIs(1));
  EXPECT_NE(hooks->hook_of("ws-1")->status, HookStatus::kInstalled);
  run_after(60s);
  EXPECT_THAT(at_provider(), ElementsAre(hook.url)) << "never two";
  EXPECT_EQ(hooks->hook_of("ws-1")->status, HookStatus::kInstalled);
}

TEST_P(RegistrarTest, AHookWantedAgainWhileItIsRemovedEndsUpInstalled) {
  hooks->attach("ws-1");
  run();
  hooks->detach("ws-1");
  forge().after_change([this] { hooks->attach("ws-2"); });
  run();
  run_after(10s);
  EXPECT_THAT(at_provider(), SizeIs(1));
  EXPECT_EQ(hooks->hook_of("ws-2")->status, HookStatus::kInstalled);
}

TEST_P(RegistrarTest, AHookNoLongerWantedWhileItIsInstalledEndsUpRemoved) {
  hooks->attach("ws-1");
  forge().after_change([this] { hooks->detach("ws-1"); });
  run();
  run_after(10s);
  EXPECT_THAT(at_provider(), IsEmpty());
  EXPECT_THAT(world().columns("SELECT id FROM vcs_hooks"), IsEmpty());
}

TEST_P(RegistrarTest, T_F39_ManyAttachingAtOnceMakeOneHook) {
  std::vector<std::jthread> threads;
  for (int index = 0; index < 16; ++index) {
    threads.emplace_back([this, index] { hooks->attach("ws-" + std::to_string(index)); });
  }
  threads.clear();
  run();
  EXPECT_THAT(at_provider(), SizeIs(1));
  EXPECT_THAT(world().columns("SELECT id FROM vcs_hooks"), SizeIs(1));
  EXPECT_THAT(world().columns("SELECT consumer FROM hook_consumers"), SizeIs(16));
}

TEST_P(RegistrarTest, DeletingTheClientRemovesItsHooksWithTheTokenItHad) {
  hooks->attach("ws-1");
  run();
  forge().fail("remove_hook", base::unavailable("not reached"), 1);
  EXPECT_EQ(world().call(Method::kDelete, "/api/v2/oauth-clients/" + hooks->client).status, 204);
  run();
  EXPECT_THAT(at_provider(), SizeIs(1));
  EXPECT_EQ(world().vault.size(), 2U) << "the token is kept for the removal";
  for (int round = 0; round < 30; ++round) run_after(30s);
  EXPECT_THAT(at_provider(), IsEmpty());
  EXPECT_EQ(world().vault.size(), 0U);
  EXPECT_THAT(world().columns("SELECT id FROM oauth_clients"), IsEmpty());
}

TEST_P(RegistrarTest, AHookThatCannotBeRemovedBeforeTheTokenIsErasedIsListedAsLeftOver) {
  const auto hook = hooks->attach("ws-1");
  run();
  forge().fail("remove_hook", base::unavailable("not reached"), 10'000);
  world().call(Method::kDelete, "/api/v2/oauth-clients/" + hooks->client);
  for (int round = 0; round < 30; ++round) run_after(1h);
  EXPECT_THAT(world().columns("SELECT id FROM oauth_tokens"), IsEmpty());
  const auto listed = world().call(Method::kGet, "/api/v2/organizations/acme/vcs-hooks");
  ASSERT_EQ(listed.data().size(), 1U);
  EXPECT_EQ(listed.data()[0]["attributes"]["status"], "left-over");
  EXPECT_EQ(listed.data()[0]["attributes"]["url"], hook.url);
}

TEST_P(RegistrarTest, AHookThatNobodyUsesIsForgottenWithItsSecretAndToken) {
  const auto hook = hooks->attach("ws-1");
  run();
  const std::string path = "/api/v2/vcs-hooks/" + hook.id.str();
  const auto refused = world().call(Method::kDelete, path);
  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_THAT(refused.text, HasSubstr("a workspace uses this webhook"));
  forge().fail("remove_hook", base::unavailable("not reached"), 10'000);
  world().call(Method::kDelete, "/api/v2/oauth-clients/" + hooks->client);
  run();
  EXPECT_EQ(world().call(Method::kGet, path).data()["attributes"]["status"], "removing");
  EXPECT_EQ(world().call(Method::kDelete, path).status, 204);
  EXPECT_EQ(world().call(Method::kGet, path).status, 404);
  EXPECT_THAT(world().columns("SELECT action FROM audit_events WHERE target_id = '" + hook.id.str() + "'"),
              Contains("webhook.forget"));
  for (int round = 0; round < 3; ++round) run_after(1h);
  EXPECT_THAT(world().columns("SELECT id FROM vcs_hooks"), IsEmpty());
  EXPECT_EQ(world().vault.size(), 0U) << "neither its secret nor the token that was kept for it";
}

TEST_P(RegistrarTest, HooksAreShownWithTheirConsumersAndCanBeInstalledAgain) {
  const auto hook = hooks->attach("ws-1");
  run();
  const std::string path = "/api/v2/vcs-hooks/" + hook.id.str();
  const auto shown = world().call(Method::kGet, path);
  ASSERT_EQ(shown.status, 200) << shown.text;
  EXPECT_EQ(shown.attributes()["status"], "installed");
  EXPECT_EQ(shown.attributes()["consumers"], nlohmann::json({"ws-1"}));
  EXPECT_TRUE(shown.attributes()["last-event-at"].is_null());
  EXPECT_EQ(world().call(Method::kPost, path + "/actions/install").status, 200);
  run();
  EXPECT_EQ(forge().count("ensure_hook"), 2);
  hooks->detach("ws-1");
  EXPECT_EQ(world().call(Method::kPost, path + "/actions/install").status, 409);
}

}  // namespace
