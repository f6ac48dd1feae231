#include "api/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace api {
namespace {

http::Request post(const std::string& content_type, const std::string& body) {
  http::Request request;
  request.method = http::Method::kPost;
  request.target = request.path = "/api/v2/things";
  request.request_id = "req-1";
  if (!content_type.empty()) request.headers.set("Content-Type", content_type);
  request.body = body;
  return request;
}

TEST(Document, T_J06_AcceptsJsonTypesAndRefusesOthersWith415) {
  const std::string body = R"({"data":{"attributes":{"name":"x"}}})";
  for (const char* type : {"application/vnd.api+json", "application/json", "Application/JSON; charset=UTF-8"}) {
    EXPECT_TRUE(document(post(type, body))) << type;
  }
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                           "application/vnd.api+json; ext=\"x\"", "application/jsonx"}) {
    const auto result = document(post(type, body));
    ASSERT_FALSE(result) << type;
    EXPECT_EQ(error(post(type, body), result.error()).status, 415) << type;
  }
}

TEST(Document, T_J18_AnEmptyBodyNeedsNoType) {
  EXPECT_TRUE(document(post("", ""), jsonapi::Document::Body::kMayBeEmpty));
  EXPECT_EQ(document(post("", "")).error().code, base::Code::kMalformed);
}

TEST(Error, CarriesRequestIdStatusAndHints) {
  const http::Response response = error(post("", ""), base::unauthorized("Send a token."));
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.headers.get_or("Content-Type"), "application/vnd.api+json");
  EXPECT_EQ(response.headers.get_or("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(
      response.body,
      R"({"errors":[{"code":"unauthorized","detail":"Send a token.","id":"req-1","status":"401","title":"unauthorized"}]})");
}

TEST(Error, RetryAfterIsInWholeSecondsRoundedUp) {
  base::Error busy{base::Code::kRateLimited, "Too many requests."};
  busy.retry_after = std::chrono::milliseconds(1200);
  const http::Response response = error(post("", ""), busy);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.get_or("Retry-After"), "2");
}

TEST(Error, SeveralProblemsAreAnsweredTogether) {
  const auto response = errors(post("", ""), {base::invalid("a", "/data/attributes/a"), base::invalid("b", "/b")});
  EXPECT_EQ(response.status, 422);
  EXPECT_THAT(response.body, testing::AllOf(testing::HasSubstr("/data/attributes/a"), testing::HasSubstr("\"/b\"")));
}

TEST(Query, IncludesAndFiltersAreSplitAndNormalised) {
  http::Request request = post("", "");
  request.query = {{"include", "current-run,oauth_tokens"}, {"include", "a.b-c"}, {"filter[status]", "a,,b"}};
  EXPECT_THAT(includes(request), testing::ElementsAre("a.b_c", "current_run", "oauth_tokens"));
  EXPECT_THAT(filter(request, "filter[status]"), testing::ElementsAre("a", "b"));
  EXPECT_FALSE(asks_for_page(request));
  request.query.emplace_back("page[size]", "x");
  EXPECT_TRUE(asks_for_page(request));
  EXPECT_FALSE(page(request));
}

TEST(VersionHeaders, AreWhatTerraformsClientsLookFor) {
  http::Response response = no_content();
  add_version_headers(response);
  EXPECT_EQ(response.headers.get_or("TFP-API-Version"), "2.6");
  EXPECT_EQ(response.headers.get_or("TFP-AppName"), "Terraform Enterprise");
  EXPECT_THAT(std::string(response.headers.get_or("X-TFE-Version")), testing::MatchesRegex("v[0-9]{6}-[0-9]"));
  EXPECT_THAT(std::string(response.headers.get_or("X-TFE-Current-Version")),
              testing::MatchesRegex("1\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace api
