#include <thread>

#include "base/guarded.h"
#include "tests/auth/world.h"

namespace auth {
namespace {

using testing::HasSubstr;

class IdempotencyTest : public WorldTest {
 protected:
  Reply post(const std::string& key, const std::string& name, const std::string& token = {}) {
    http::Request request;
    request.method = http::Method::kPost;
    request.target = "/api/v2/organizations/acme/projects";
    request.headers.set("Authorization", "Bearer " + (token.empty() ? world_->ada.token : token));
    request.headers.set("Content-Type", "application/vnd.api+json");
    request.headers.set("Idempotency-Key", key);
    request.body = jsonapi::dump(attributes({{"name", name}}));
    return world_->send(request);
  }
  std::size_t projects() {
    return world_->get("/api/v2/organizations/acme/projects", world_->ada.token).json.at("data").size();
  }
};

TEST_P(IdempotencyTest, T_J09_TheSameRequestAgainGetsTheSameAnswer) {
  const auto before = projects();
  const Reply first = post("k-1", "one");
  ASSERT_EQ(first.status, 201) << first.body;
  const Reply second = post("k-1", "one");
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.headers.get_or("Idempotent-Replayed"), "true");
  EXPECT_EQ(projects(), before + 1);
  EXPECT_EQ(post("k-2", "one").status, 422) << "another key is another request";
}

TEST_P(IdempotencyTest, T_J09_AnotherRequestWithTheKeyIsAConflict) {
  ASSERT_EQ(post("k-1", "one").status, 201);
  const Reply other = post("k-1", "two");
  EXPECT_EQ(other.status, 409);
  EXPECT_THAT(other.body, HasSubstr("needs a new key"));
}

TEST_P(IdempotencyTest, T_J09_OfManyAtOnceOneIsDone) {
  const auto before = projects();
  base::Guarded<std::vector<int>> statuses;
  {
    std::vector<std::jthread> senders;
    for (int i = 0; i < 8; ++i) {
      senders.emplace_back([&] {
        const int status = post("k-1", "one").status;
        statuses.with([&](auto& all) { all.push_back(status); });
      });
    }
  }
  EXPECT_EQ(projects(), before + 1);
  for (const int status : statuses.copy()) EXPECT_TRUE(status == 201 || status == 409) << status;
  EXPECT_EQ(post("k-1", "one").status, 201);
}

TEST_P(IdempotencyTest, AnAnswerIsKeptForADayAndForItsCallerAlone) {
  ASSERT_EQ(post("k-1", "one").status, 201);
  const auto other = world_->member("acme", "bob", {{"manage-projects", true}});
  EXPECT_EQ(post("k-1", "two", other.token).status, 201);
  world_->clock.advance(std::chrono::hours(25));
  EXPECT_EQ(post("k-1", "three").status, 201);
}

TEST_P(IdempotencyTest, BadKeysAndCallsThatAnswerSecretsAreRefused) {
  for (const std::string& key : {std::string(), std::string(256, 'k'), std::string("a b"), std::string("\xc3\xa4")}) {
    EXPECT_EQ(post(key, "one").status, 400) << key;
  }
  http::Request request;
  request.method = http::Method::kPost;
  request.target = "/api/v2/organizations/acme/authentication-token";
  request.headers.set("Authorization", "Bearer " + world_->ada.token);
  request.headers.set("Idempotency-Key", "k-1");
  const Reply reply = world_->send(request);
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("shown once"));
}

TEST_P(IdempotencyTest, T_J06_AnAcceptThatLeavesJsonOutIsNotAcceptable) {
  const auto ask = [&](const std::string& accept) {
    http::Request request;
    request.target = "/api/v2/organizations/acme";
    request.headers.set("Authorization", "Bearer " + world_->ada.token);
    if (!accept.empty()) request.headers.set("Accept", accept);
    return world_->send(request).status;
  };
  for (const char* good : {"", "*/*", "application/*", "application/json", "application/vnd.api+json",
                           "text/html, application/vnd.api+json;q=0.5", "application/vnd.api+json;ext=x, */*;q=0.1"}) {
    EXPECT_EQ(ask(good), 200) << good;
  }
  for (const char* bad : {"text/html", "image/*", "application/vnd.api+json;ext=x", "application/json;q=0",
                          "application/xml, text/plain;q=0.9"}) {
    EXPECT_EQ(ask(bad), 406) << bad;
  }
}

INSTANTIATE_ON_BOTH_DATABASES(IdempotencyTest);

}  // namespace
}  // namespace auth
