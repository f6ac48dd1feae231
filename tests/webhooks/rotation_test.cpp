#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/webhooks/webhooks_test.h"

namespace {

using namespace std::chrono_literals;
using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// A hook whose secret is changed: what the provider sends with the old and the new one.
class RotationTest : public HookTest {
 protected:
  void SetUp() override {
    HookTest::SetUp();
    if (IsSkipped()) return;
    before = hooks->secret_of(hook).reveal();
    others = all_secrets() - 1;
  }
  auto rotate(const nlohmann::json& attributes = nlohmann::json::object()) {
    return world().call(Method::kPost, "/api/v2/vcs-hooks/" + hook.id.str() + "/actions/rotate-secret",
                        {{"data", {{"type", "vcs-hooks"}, {"attributes", attributes}}}});
  }
  nlohmann::json shown() { return world().call(Method::kGet, "/api/v2/vcs-hooks/" + hook.id.str()).attributes(); }
  int send(const std::string& secret) {
    return hooks->send(hook, {.delivery = "d-" + std::to_string(++sent), .secret = secret}).status;
  }
  std::size_t all_secrets() { return world().vault.size(); }
  std::size_t secrets() { return all_secrets() - others; }  // of the hook
  std::string before;
  std::size_t others = 0;
  int sent = 0;
};
INSTANTIATE_ON_BOTH_DATABASES(RotationTest);

TEST_P(RotationTest, T_W16_TheOldSecretCountsWithinItsGraceAndNotAfter) {
  ASSERT_EQ(rotate({{"overlap-seconds", 600}}).status, 200);
  run();
  const auto after = hooks->secret_of(hook).reveal();
  EXPECT_NE(after, before);
  EXPECT_EQ(send(before), 202);
  EXPECT_EQ(send(after), 202);
  EXPECT_EQ(send("neither"), 401);
  world().clock.advance(599s);
  EXPECT_EQ(send(before), 202);
  world().clock.advance(2s);
  EXPECT_EQ(send(before), 401);
  EXPECT_EQ(send(after), 202);
}

TEST_P(RotationTest, T_W16_TheOldSecretIsDestroyedAfterItsGrace) {
  ASSERT_EQ(rotate({{"overlap-seconds", 600}}).status, 200);
  run();
  EXPECT_EQ(secrets(), 2U);
  world().clock.advance(601s);
  run();
  EXPECT_EQ(secrets(), 1U);
  EXPECT_EQ(shown()["former-secret-accepted"], false);
  EXPECT_EQ(send(before), 401);
}

TEST_P(RotationTest, T_W16_TheGraceBeginsWhenTheProviderHasTheNewSecret) {
  forge().fail("ensure_hook", base::unavailable("not reached"), 1);
  ASSERT_EQ(rotate({{"overlap-seconds", 0}}).status, 200);
  run();
  EXPECT_EQ(shown()["status"], "failed");
  EXPECT_TRUE(shown()["former-secret-accepted-until"].is_null());
  world().clock.advance(100ms);
  EXPECT_EQ(send(before), 202) << "the provider knows no other";
  const auto again = rotate();
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.text, HasSubstr("has not got the secret"));
  world().clock.advance(1h);
  run();
  EXPECT_EQ(shown()["status"], "installed");
  EXPECT_EQ(send(before), 401);
  EXPECT_EQ(send(hooks->secret_of(hook).reveal()), 202);
}

TEST_P(RotationTest, T_W16_TheProviderGetsTheNewSecretInItsOneHook) {
  const auto before_count = forge().count("ensure_hook");
  ASSERT_EQ(rotate().status, 200);
  run();
  EXPECT_EQ(forge().count("ensure_hook"), before_count + 1);
  EXPECT_THAT(forge().hooks("1"), ElementsAre(hook.url));
  EXPECT_THAT(world().columns("SELECT action FROM audit_events WHERE action = 'webhook.rotate-secret'"), SizeIs(1));
}

TEST_P(RotationTest, AChangeDuringTheGraceForgetsTheOldestSecret) {
  ASSERT_EQ(rotate().status, 200);
  run();
  const auto second = hooks->secret_of(hook).reveal();
  ASSERT_EQ(rotate().status, 200);
  run();
  EXPECT_EQ(send(before), 401);
  EXPECT_EQ(send(second), 202);
  EXPECT_EQ(secrets(), 2U);
  hooks->detach("ws-1");
  run();
  EXPECT_EQ(secrets(), 0U) << "the hook took both with it";
}

TEST_P(RotationTest, AnotherProcessAcceptsTheNewSecretAtOnce) {
  webhooks::HookCache other(world().database, world().clock, world().vault, world().registry);
  hooks->receiver = std::make_unique<webhooks::Receiver>(world().database, world().clock, other);
  EXPECT_EQ(send(before), 202) << "it knows the hook now";
  ASSERT_EQ(rotate({{"overlap-seconds", 0}}).status, 200);
  run();
  world().clock.advance(1001ms);
  EXPECT_EQ(send(hooks->secret_of(hook).reveal()), 202);
  EXPECT_EQ(send(before), 401);
  hooks->receiver.reset();
}

TEST_P(RotationTest, AnotherProcessSoonTakesNothingForADeletedOrganization) {
  webhooks::HookCache other(world().database, world().clock, world().vault, world().registry);
  hooks->receiver = std::make_unique<webhooks::Receiver>(world().database, world().clock, other);
  EXPECT_EQ(send(before), 202);
  ASSERT_TRUE(world().database.write([](storage::Transaction& transaction) {
    return transaction.execute("UPDATE organizations SET deleted_at = 1");
  }));
  world().clock.advance(5s);
  EXPECT_EQ(send(before), 404);
  hooks->receiver.reset();
}

TEST_P(RotationTest, AnOverlapIsNotLongerThanAWeek) {
  EXPECT_EQ(rotate({{"overlap-seconds", 604801}}).status, 422);
  EXPECT_EQ(rotate({{"overlap-seconds", -1}}).status, 422);
  EXPECT_EQ(send(before), 202);
}

TEST_P(RotationTest, AHookNobodyUsesKeepsItsSecret) {
  forge().fail("remove_hook", base::unavailable("not reached"), 100);
  hooks->detach("ws-1");
  EXPECT_EQ(rotate().status, 409);
}

}  // namespace
