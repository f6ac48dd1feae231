#include "vcs/api.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "jsonapi/json.h"
#include "tests/vcs/fake_client.h"

namespace {

using base::Code;
using vcs_test::FakeClient;

constexpr const char* kToken = "hunter2-hunter2";

std::string message_of(const net::ClientResponse& response) {
  const auto body = jsonapi::parse(response.body);
  return body ? jsonapi::get_text(*body, "message") : std::string();
}

vcs::Api make_api(FakeClient& client) {
  vcs::ApiStyle style;
  style.product = "Forge";
  style.base_url = "https://forge";
  style.headers = {{"Accept", "application/json"}};
  style.authorization = base::Secret(std::string("Bearer ") + kToken);
  style.secrets = {base::Secret(kToken)};
  style.error_text = message_of;
  return {std::move(style), client};
}

base::Error error_for(int status, std::string body = {}, base::Headers headers = {}) {
  FakeClient client("https://forge");
  client.on("GET /x", status, std::move(body), std::move(headers));
  const auto answer = make_api(client).expect({"GET", "/x", "do it"});
  EXPECT_FALSE(answer);
  return answer ? base::Error{} : answer.error();
}

TEST(Api, StatusesBecomeCodes) {
  const std::vector<std::pair<int, Code>> table = {
      {301, Code::kUpstream},    {302, Code::kUpstream},    {400, Code::kInvalid},     {401, Code::kUnauthorized},
      {403, Code::kForbidden},   {404, Code::kNotFound},    {409, Code::kConflict},    {410, Code::kNotFound},
      {418, Code::kUpstream},    {422, Code::kInvalid},     {429, Code::kRateLimited}, {500, Code::kUpstream},
      {502, Code::kUnavailable}, {503, Code::kUnavailable}, {504, Code::kUnavailable}};
  for (const auto& [status, code] : table) EXPECT_EQ(error_for(status).code, code) << status;
}

TEST(Api, ARedirectIsNeverFollowed) {
  FakeClient client("https://forge");
  client.on("GET /x", 302, "", {{"Location", "https://evil.example/"}});
  EXPECT_FALSE(make_api(client).expect({"GET", "/x", "do it"}));
  EXPECT_EQ(client.take_calls(), std::vector<std::string>{"GET /x"});
}

TEST(Api, RequestsCarryTheStyle) {
  FakeClient client("https://forge");
  client.on("POST /x", 200, "{}");
  ASSERT_TRUE(make_api(client).fetch({"POST", "/x", "do it", "{\"a\":1}"}));
  EXPECT_EQ(client.last().url, "https://forge/x");
  EXPECT_EQ(client.authorization(), "Bearer hunter2-hunter2");
  EXPECT_EQ(client.last().headers.get_or("Accept"), "application/json");
  EXPECT_EQ(client.last().headers.get_or("Content-Type"), "application/json");
  EXPECT_EQ(client.last().body, "{\"a\":1}");
}

TEST(Api, T_S10_HtmlAndDepthBombsAreTypedErrors) {
  for (const std::string& body : {std::string("<html>sign in</html>"), std::string(100'000, '['), std::string()}) {
    FakeClient client("https://forge");
    client.on("GET /x", 200, body, {{"Content-Type", "text/html"}});
    const auto json = make_api(client).fetch({"GET", "/x", "do it"});
    ASSERT_FALSE(json);
    EXPECT_EQ(json.error().code, Code::kUpstream);
    EXPECT_NE(json.error().message.find("not the JSON"), std::string::npos);
  }
}

TEST(Api, T_S14_ErrorTextsAreRedactedAndCut) {
  const base::Error error = error_for(
      400, R"({"message":"token hunter2-hunter2 \u0000\u001b[31m is <b>bad</b> )" + std::string(5000, 'x') + "\"}");
  EXPECT_EQ(error.message.find("hunter2"), std::string::npos);
  EXPECT_NE(error.message.find("***"), std::string::npos);
  EXPECT_EQ(error.message.find('\x1b'), std::string::npos);
  EXPECT_LT(error.message.size(), 500U);
}

TEST(Api, T_S19_AWaitIsReadFromTheHeaders) {
  EXPECT_EQ(error_for(429, "", {{"Retry-After", "7"}}).retry_after, base::Millis(7000));
  EXPECT_EQ(error_for(429).retry_after, base::Millis(60'000));
  const base::Headers reset = {
      {"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1700000090"}, {"Date", "Tue, 14 Nov 2023 22:13:20 GMT"}};
  EXPECT_EQ(error_for(403, "", reset).code, Code::kRateLimited);
  EXPECT_EQ(error_for(403, "", reset).retry_after, base::Millis(90'000));
  EXPECT_EQ(error_for(403, R"({"message":"You have exceeded a secondary rate limit"})").code, Code::kRateLimited);
  EXPECT_EQ(error_for(403, "", {{"X-RateLimit-Remaining", "12"}}).code, Code::kForbidden);
  EXPECT_EQ(error_for(429, "", {{"Retry-After", "999999999999"}}).retry_after, std::chrono::hours(1));
}

TEST(Api, T_S19_NoCallLeavesWhileTheProviderAsksToWait) {
  FakeClient client("https://forge");
  client.on(
      "GET /x", 200, "{}",
      {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1700000090"}, {"Date", "Tue, 14 Nov 2023 22:13:20 GMT"}});
  const vcs::Api api = make_api(client);
  EXPECT_TRUE(api.fetch({"GET", "/x", "do it"}));
  const auto second = api.fetch({"GET", "/x", "do it"});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kRateLimited);
  EXPECT_GT(second.error().retry_after, base::Millis(80'000));
  EXPECT_EQ(client.take_calls().size(), 1U);
}

}  // namespace
