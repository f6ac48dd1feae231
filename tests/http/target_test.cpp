#include "http/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace http {
namespace {

using testing::ElementsAre;
using testing::Pair;

Request split(std::string target) {
  Request request;
  request.target = std::move(target);
  EXPECT_TRUE(split_target(request));
  return request;
}

TEST(Target, QueryIsDecodedOnceAndKeepsItsOrder) {
  const auto request = split("/api/v2/runs?page%5Bsize%5D=20&filter[name]=a+b%2Bc&flag&&x=1=2&x=%2541");
  EXPECT_EQ(request.path, "/api/v2/runs");
  EXPECT_THAT(request.query, ElementsAre(Pair("page[size]", "20"), Pair("filter[name]", "a b+c"), Pair("flag", ""),
                                         Pair("x", "1=2"), Pair("x", "%41")));
}

TEST(Target, BadQueriesAreRefused) {
  for (const char* target : {"/a?x=%zz", "/a?x=%", "/a?x=%4", "/a?x=%00", "/a?%c0%af=1"}) {
    Request request;
    request.target = target;
    const auto status = split_target(request);
    ASSERT_FALSE(status) << target;
    EXPECT_EQ(status.error().code, base::Code::kMalformed);
  }
}

TEST(Target, T_E11_PathsThatCouldMeanAnotherPathAreRefused) {
  for (const char* path : {"",          "a",         "/a/%00",    "/%2e%2e/a",    "/%2E./a",       "/a/../b",
                           "/a/.",      "/a/..",     "/a%2fb",    "/a%2Fb",       "/a%5cb",        "/a\\b",
                           "/a/..;/b",  "/a/..;x=1", "/a/.;/b",   "/a/%252f",     "/a/%252e%252e", "/a/%zz",
                           "/a/%",      "/a/%2",     "/a/%c0%af", "/a/%e0%80%af", "/a/%ff",        "/a/%ed%a0%80",
                           "/a/%0d%0a", "/a/%7f",    "/a/%09"}) {
    EXPECT_FALSE(decode_path(path)) << path;
  }
}

TEST(Target, OrdinaryPathsAreDecodedPerSegment) {
  const auto path = decode_path("/a/b%20c/%e2%82%ac/..x/x.y/100%25");
  ASSERT_TRUE(path);
  EXPECT_THAT(*path, ElementsAre("a", "b c", "\xe2\x82\xac", "..x", "x.y", "100%"));
  EXPECT_THAT(*decode_path("/"), ElementsAre(""));
  EXPECT_THAT(*decode_path("/a/"), ElementsAre("a", ""));
}

}  // namespace
}  // namespace http
