#include "http/problem.h"

#include <gtest/gtest.h>

namespace http {
namespace {

TEST(Problem, IsAJsonApiErrorWithTheRequestId) {
  const Response response = problem(404, "no \"such\"\nthing", "req-1");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("content-type"), "application/vnd.api+json");
  EXPECT_EQ(response.body, R"({"errors":[{"id":"req-1","status":"404","code":"not_found","title":"Not Found",)"
                           R"("detail":"no \"such\"\u000athing"}]})");
}

TEST(Problem, IllFormedTextStaysValidJson) { EXPECT_EQ(json_quoted("a\xff\\"), "\"a\xef\xbf\xbd\\\\\""); }

TEST(Problem, EveryStatusHasAPhrase) {
  EXPECT_STREQ(reason_phrase(503), "Service Unavailable");
  EXPECT_STREQ(reason_phrase(999), "Unknown");
}

}  // namespace
}  // namespace http
