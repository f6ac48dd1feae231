#include "page/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "page/encoding.h"

namespace page {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::array kFiles = {
    File{"assets/app-1.js", "text/javascript; charset=utf-8", "\"abc\"", "plain bytes", "gzip bytes", "br bytes"},
    File{"assets/dot-1.png", "image/png", "\"def\"", "pixels", "", ""},
};

http::Response get(const std::string& name, base::Headers headers = {}) {
  http::Request request;
  request.path = request.target = "/assets/" + name;
  request.params["asset"] = name;
  request.headers = std::move(headers);
  return asset(kFiles, request);
}

TEST(Page, T_U01_TheDocumentAllowsNoInlineScriptAndNoFrame) {
  const http::Response response = document();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get_or("Cache-Control"), "no-store");
  const std::string policy(response.headers.get_or("Content-Security-Policy"));
  EXPECT_THAT(policy, AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self';"),
                            HasSubstr("frame-ancestors 'none'"), HasSubstr("base-uri 'none'"),
                            HasSubstr("object-src 'none'"), Not(HasSubstr("unsafe"))));
}

TEST(Page, T_U01_TheNonceIsNewInEveryDocumentAndTheSameInPolicyAndText) {
  const http::Response first = document();
  const http::Response second = document();
  const std::string policy(first.headers.get_or("Content-Security-Policy"));
  EXPECT_NE(policy, second.headers.get_or("Content-Security-Policy"));
  if (files().empty()) GTEST_SKIP() << "built without the page";
  const std::size_t start = policy.find("'nonce-") + 7;
  const std::string nonce = policy.substr(start, policy.find('\'', start) - start);
  EXPECT_GE(nonce.size(), 22U);
  EXPECT_THAT(first.body, HasSubstr(nonce));
  EXPECT_THAT(first.body, Not(HasSubstr("NONCE-OF-THIS-ANSWER")));
}

TEST(Page, TheDocumentKeepsTheStatusItIsAskedFor) { EXPECT_EQ(document(404).status, 404); }

TEST(Page, AssetsAreKeptForEverAndSentInTheSmallestFormAllowed) {
  const http::Response plain = get("app-1.js");
  EXPECT_EQ(plain.body, "plain bytes");
  EXPECT_FALSE(plain.headers.has("Content-Encoding"));
  EXPECT_EQ(plain.headers.get_or("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(plain.headers.get_or("Vary"), "Accept-Encoding");
  EXPECT_EQ(plain.headers.get_or("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(get("app-1.js", {{"Accept-Encoding", "gzip, deflate"}}).body, "gzip bytes");
  const http::Response small = get("app-1.js", {{"Accept-Encoding", "gzip, deflate, br"}});
  EXPECT_EQ(small.body, "br bytes");
  EXPECT_EQ(small.headers.get_or("Content-Encoding"), "br");
  EXPECT_EQ(get("dot-1.png", {{"Accept-Encoding", "gzip, br"}}).body, "pixels");
}

TEST(Page, AMatchingTagIsAnsweredWithoutTheFile) {
  for (const char* tag : {"\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*"}) {
    const http::Response response = get("app-1.js", {{"If-None-Match", tag}});
    EXPECT_EQ(response.status, 304) << tag;
    EXPECT_EQ(response.body, "") << tag;
  }
  EXPECT_EQ(get("app-1.js", {{"If-None-Match", "\"abcd\""}}).status, 200);
}

TEST(Page, WhatIsNotAnAssetIsNotThere) {
  for (const char* name : {"app-2.js", "", "..", "../index.html", "APP-1.js"}) EXPECT_EQ(get(name).status, 404);
}

TEST(Encoding, ARefusedCodingIsNotUsed) {
  EXPECT_FALSE(accepts_encoding("", "gzip"));
  EXPECT_FALSE(accepts_encoding("br;q=0", "br"));
  EXPECT_FALSE(accepts_encoding("*, br ; q=0.000", "br"));
  EXPECT_FALSE(accepts_encoding("*;q=0", "gzip"));
  EXPECT_FALSE(accepts_encoding("gzipped", "gzip"));
  EXPECT_TRUE(accepts_encoding("GZIP;q=0.1", "gzip"));
  EXPECT_TRUE(accepts_encoding("identity, *", "gzip"));
  EXPECT_TRUE(accepts_encoding("deflate,  gzip", "gzip"));
}

}  // namespace
}  // namespace page
