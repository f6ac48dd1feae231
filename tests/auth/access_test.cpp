#include "auth/access.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/auth/world.h"

namespace auth {
namespace {

class AccessTest : public WorldTest {
 protected:
  Reply ping(const std::string& token) { return world_->get("/api/v2/ping", token); }
  Reply token_for_ada(const jsonapi::Json& body = {}) {
    return world_->post("/api/v2/users/" + world_->ada.id + "/authentication-tokens", world_->ada.token, body);
  }
};

TEST_P(AccessTest, T_T10_ARevokedTokenIsDeadAtOnce) {
  const Reply made = token_for_ada();
  ASSERT_EQ(ping(made.text("token")).status, 204);
  ASSERT_EQ(world_->remove("/api/v2/authentication-tokens/" + made.id(), world_->ada.token).status, 204);
  EXPECT_EQ(ping(made.text("token")).status, 401);
}

TEST_P(AccessTest, T_T10_AnExpiredTokenIsDeadOnTime) {
  const base::Time end = world_->clock.now() + base::Millis(60'000);
  const Reply made = token_for_ada(attributes({{"expired-at", base::format_time(end)}}));
  ASSERT_EQ(made.text("expired-at"), base::format_time(end));
  world_->clock.advance(base::Millis(59'999));
  EXPECT_EQ(ping(made.text("token")).status, 204);
  world_->clock.advance(base::Millis(1));
  EXPECT_EQ(ping(made.text("token")).status, 401);
}

TEST_P(AccessTest, T_T10_OnlyTheHashIsStored) {
  const std::string text = token_for_ada().text("token");
  EXPECT_TRUE(text.starts_with("rbu_"));
  EXPECT_GE(text.size(), 4U + 28U);  // 28 base58 characters are 164 bits
  const auto stored =
      database().read([&](storage::Connection& connection) { return connection.query("SELECT hash FROM tokens"); });
  ASSERT_TRUE(stored);
  bool is_there = false;
  for (const storage::Row& row : *stored) {
    EXPECT_EQ(row.text(0).find(text), std::string::npos);
    is_there = is_there || row.text(0) == token_hash(text);
  }
  EXPECT_TRUE(is_there);
}

TEST_P(AccessTest, T_T07_WhoLeavesAnOrganizationIsOutAtOnce) {
  const auto mia = world_->member("acme", "mia", {{"manage-workspaces", true}});
  const Rights before = *world_->service.access().rights(*world_->service.access().identify(mia.token),
                                                         *world_->service.access().organization_named("acme").value());
  EXPECT_TRUE(before.has(TeamAccess::kManageWorkspaces));
  ASSERT_EQ(world_->get("/api/v2/organizations/acme", mia.token).status, 200);
  ASSERT_EQ(
      world_->remove("/api/v2/organization-memberships/" + world_->membership("acme", mia), world_->ada.token).status,
      204);
  EXPECT_EQ(world_->get("/api/v2/organizations/acme", mia.token).status, 404);
}

TEST_P(AccessTest, T_T07_ADeletedUsersTokensAreDead) {
  const auto mia = world_->member("acme", "mia");
  ASSERT_EQ(ping(mia.token).status, 204);
  ASSERT_EQ(world_->remove("/api/v2/admin/users/" + mia.id, world_->ada.token).status, 204);
  EXPECT_EQ(ping(mia.token).status, 401);
}

TEST_P(AccessTest, ADeletedOrganizationIsForgotten) {
  const Reply token = world_->post("/api/v2/organizations/evil/authentication-token", world_->eve.token);
  ASSERT_EQ(ping(token.text("token")).status, 204);
  ASSERT_EQ(world_->remove("/api/v2/organizations/evil", world_->eve.token).status, 204);
  EXPECT_EQ(ping(token.text("token")).status, 401);
  EXPECT_EQ(world_->get("/api/v2/organizations/evil", world_->eve.token).status, 404);
}

TEST_P(AccessTest, LastUseIsWrittenAtMostOnceAMinute) {
  const Reply made = token_for_ada();
  const auto last_used = [&] {
    world_->service.access().flush_usage();
    return world_->get("/api/v2/authentication-tokens/" + made.id(), world_->ada.token).text("last-used-at");
  };
  EXPECT_EQ(last_used(), "");
  const std::string first = base::format_time(world_->clock.now());
  ping(made.text("token"));
  EXPECT_EQ(last_used(), first);
  world_->clock.advance(base::Millis(59'000));
  ping(made.text("token"));
  EXPECT_EQ(last_used(), first);
  world_->clock.advance(base::Millis(1'000));
  ping(made.text("token"));
  EXPECT_EQ(last_used(), base::format_time(world_->clock.now()));
}

TEST_P(AccessTest, ManyThreadsMayAskWhileTokensComeAndGo) {
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) wrong += ping(world_->ada.token).status == 204 ? 0 : 1;
    });
  }
  for (int i = 0; i < 20; ++i) {
    const Reply made = token_for_ada();
    EXPECT_EQ(ping(made.text("token")).status, 204);
    EXPECT_EQ(world_->remove("/api/v2/authentication-tokens/" + made.id(), world_->ada.token).status, 204);
    EXPECT_EQ(ping(made.text("token")).status, 401);
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_ON_BOTH_DATABASES(AccessTest);

}  // namespace
}  // namespace auth
