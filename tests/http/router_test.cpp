#include "http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace http {
namespace {

using testing::HasSubstr;
using testing::Not;

Handler says(std::string text) {
  return [text = std::move(text)](const Request&) { return Response{.body = text}; };
}

Request asks(Method method, std::string path) {
  Request request;
  request.method = method;
  request.target = path;
  request.path = std::move(path);
  request.request_id = "req-1";
  return request;
}

Response ask(const Router& router, Method method, std::string path) {
  auto request = asks(method, std::move(path));
  return router.handle(request);
}

TEST(Router, ParametersAreDecodedAndGivenToTheHandler) {
  Router router;
  router.add({Method::kGet, "/orgs/:organization/workspaces/:name", [](const Request& request) {
                return Response{.body = request.param("organization") + "|" + request.param("name")};
              }});
  EXPECT_EQ(ask(router, Method::kGet, "/orgs/a%20b/workspaces/net").body, "a b|net");
}

TEST(Router, LiteralSegmentsWinOverParametersWhateverTheOrder) {
  Router router;
  router.add({Method::kGet, "/w/:id", says("one")});
  router.add({Method::kGet, "/w/new", says("new")});
  router.add({Method::kGet, "/:kind/new", says("kind")});
  EXPECT_EQ(ask(router, Method::kGet, "/w/new").body, "new");
  EXPECT_EQ(ask(router, Method::kGet, "/w/1").body, "one");
  EXPECT_EQ(ask(router, Method::kGet, "/x/new").body, "kind");
}

TEST(Router, AMethodOnAnotherShapeIsStillFound) {
  Router router;
  router.add({Method::kPost, "/w/new", says("made")});
  router.add({Method::kGet, "/w/:id", says("one")});
  EXPECT_EQ(ask(router, Method::kGet, "/w/new").body, "one");
}

TEST(Router, HeadIsAnsweredByGet) {
  Router router;
  router.add({Method::kGet, "/a", says("text")});
  EXPECT_EQ(ask(router, Method::kHead, "/a").status, 200);
}

TEST(Router, AnUnknownPathIs404AndAnUnknownMethod405WithAllow) {
  Router router;
  router.add({Method::kGet, "/a", says("")});
  router.add({Method::kPatch, "/a", says("")});
  const auto missing = ask(router, Method::kGet, "/b");
  EXPECT_EQ(missing.status, 404);
  EXPECT_THAT(missing.body, HasSubstr("\"id\":\"req-1\""));
  for (const char* path : {"/a/", "/a/b", "/", "//a"}) EXPECT_EQ(ask(router, Method::kGet, path).status, 404) << path;
  const auto refused = ask(router, Method::kDelete, "/a");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.get("Allow"), "GET, HEAD, PATCH");
}

TEST(Router, AnEmptySegmentIsNoParameter) {
  Router router;
  router.add({Method::kGet, "/w/:id/x", says("")});
  EXPECT_EQ(ask(router, Method::kGet, "/w//x").status, 404);
}

TEST(Router, T_E11_NoHandlerSeesAHostilePath) {
  Router router;
  bool reached = false;
  router.add({Method::kGet, "/w/:id", [&](const Request&) {
                reached = true;
                return Response{};
              }});
  for (const char* path :
       {"/w/%00", "/w/%2e%2e", "/w/a%2fb", "/w/a%5cb", "/w/..;", "/w/%252f", "/w/%zz", "/w/%c0%af"}) {
    EXPECT_EQ(ask(router, Method::kGet, path).status, 400) << path;
  }
  EXPECT_FALSE(reached);
}

TEST(Router, T_E21_AnyExceptionBecomesA500WithTheIdOnly) {
  Router router;
  std::string logged;
  router.add({Method::kGet, "/std", [](const Request&) -> Response { throw std::runtime_error("secret text"); }});
  router.add({Method::kGet, "/int", [](const Request&) -> Response { throw 7; }});
  router.set_failure_observer([&](const Request&, std::string_view what) { logged = what; });
  const auto response = ask(router, Method::kGet, "/std");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, Not(HasSubstr("secret")));
  EXPECT_THAT(response.body, HasSubstr("req-1"));
  EXPECT_EQ(logged, "secret text");
  EXPECT_EQ(ask(router, Method::kGet, "/int").status, 500);
}

TEST(Router, TheFilterWrapsTheHandlerAndKnowsTheRoute) {
  Router router;
  router.add({Method::kGet, "/w/:id",
              [](const Request& request) { return Response{.body = *request.attachment<std::string>()}; }});
  router.set_filter([](Request& request, const Route& route, const Handler& next) {
    if (request.param("id") == "0") return Response{.status = 401};
    request.attach(route.pattern);
    return next(request);
  });
  EXPECT_EQ(ask(router, Method::kGet, "/w/1").body, "/w/:id");
  EXPECT_EQ(ask(router, Method::kGet, "/w/0").status, 401);
}

TEST(Router, TwoRoutesOfOneShapeAreABug) {
  Router router;
  router.add({Method::kGet, "/w/:id", says("")});
  EXPECT_THROW(router.add({Method::kGet, "/w/:name", says("")}), std::logic_error);
  EXPECT_THROW(router.add({Method::kGet, "w", says("")}), std::logic_error);
  EXPECT_NO_THROW(router.add({Method::kPut, "/w/:name", says("")}));
}

}  // namespace
}  // namespace http
