#include "auth/guard.h"

#include <cctype>
#include <set>

#include "auth/permissions.h"
#include "tests/auth/world.h"

namespace auth {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class GuardTest : public WorldTest {};

TEST_P(GuardTest, T_T12_EveryRouteOfThisFolderHasAnEntryAndAnOwner) {
  EXPECT_THAT(world_->guard.gaps(world_->router), IsEmpty());
}

TEST_P(GuardTest, T_T12_ARouteWithoutAnEntryIsAGapAndDoesNotAnswer) {
  world_->router.add({http::Method::kGet, "/api/v2/forgotten", [](const http::Request&) { return http::Response{}; }});
  EXPECT_THAT(world_->guard.gaps(world_->router), testing::ElementsAre(HasSubstr("GET /api/v2/forgotten: no entry")));
  EXPECT_EQ(world_->get("/api/v2/forgotten", world_->ada.token).status, 500);
}

TEST_P(GuardTest, T_T12_AResourceRouteWithoutAnOwnerLookUpIsAGap) {
  world_->router.add(
      {http::Method::kGet, "/api/v2/runs/:run_id", [](const http::Request&) { return http::Response{}; }});
  EXPECT_THAT(world_->guard.gaps(world_->router),
              testing::ElementsAre(HasSubstr("no owner look-up is registered for :run_id")));
}

TEST_P(GuardTest, AnswersCarryWhatTerraformsClientsLookForAndAreNotKept) {
  for (const char* target : {"/api/v2/ping", "/api/v2/organizations/missing"}) {
    const Reply reply = world_->get(target, world_->ada.token);
    EXPECT_EQ(reply.headers.get_or("TFP-API-Version"), "2.6") << target;
    EXPECT_EQ(reply.headers.get_or("Cache-Control"), "no-store") << target;
  }
}

TEST_P(GuardTest, T_T09_ATokenInTheAddressIsRefusedEvenIfItIsGood) {
  for (const char* name : {"token", "access_token", "Token", "ACCESS_TOKEN"}) {
    const Reply reply =
        world_->get("/api/v2/account/details?" + std::string(name) + "=" + world_->ada.token, world_->ada.token);
    EXPECT_EQ(reply.status, 400) << name;
    EXPECT_THAT(reply.body, testing::Not(HasSubstr(world_->ada.token)));
  }
}

TEST_P(GuardTest, T_T10_WhatIsNoTokenIs401WithTheSameWords) {
  const std::string first = world_->get("/api/v2/ping", "").body;
  for (const std::string& token :
       {std::string("x"), std::string(40, 'a'), "rbu_" + std::string(40, '1'), "ghp_" + std::string(40, '1'),
        std::string(10'000, 'a'), std::string("a b"), world_->ada.token + "x", world_->ada.token.substr(0, 43)}) {
    const Reply reply = world_->get("/api/v2/ping", token);
    EXPECT_EQ(reply.status, 401) << token.substr(0, 50);
    EXPECT_EQ(reply.body, first);
    EXPECT_EQ(reply.headers.get_or("WWW-Authenticate"), "Bearer");
  }
}

TEST_P(GuardTest, T_T10_OtherSchemesAndTwoHeadersAreRefused) {
  http::Request basic;
  basic.target = "/api/v2/ping";
  basic.headers.set("Authorization", "Basic " + world_->ada.token);
  EXPECT_EQ(world_->send(basic).status, 401);
  http::Request twice;
  twice.target = "/api/v2/ping";
  twice.headers.add("Authorization", "Bearer " + world_->ada.token);
  twice.headers.add("Authorization", "Bearer " + world_->ada.token);
  EXPECT_EQ(world_->send(twice).status, 401);
  http::Request lower;
  lower.target = "/api/v2/ping";
  lower.headers.set("authorization", "bearer " + world_->ada.token);
  EXPECT_EQ(world_->send(lower).status, 204);
}

TEST_P(GuardTest, T_J11_ForeignMissingAndMisspeltIdsGiveEqualAnswers) {
  const std::string owners = world_->owners("acme");
  std::string other_case = owners;
  for (char& c : other_case) c = static_cast<char>(std::isupper(c) ? std::tolower(c) : std::toupper(c));
  const std::string expected = world_->get("/api/v2/teams/team-missing", world_->eve.token).body;
  for (const std::string& id : {owners, other_case, std::string("team-1aBcDeFgHiJkLmNo"), std::string("x%27%22%25")}) {
    const Reply reply = world_->get("/api/v2/teams/" + id, world_->eve.token);
    EXPECT_EQ(reply.status, 404) << id;
    EXPECT_EQ(reply.body, expected) << id;
  }
  for (const char* name : {"acme", "ACME", "missing", "ac%25"}) {
    const Reply reply = world_->get("/api/v2/organizations/" + std::string(name), world_->eve.token);
    EXPECT_EQ(reply.status, 404) << name;
    EXPECT_EQ(reply.body, expected) << name;
  }
}

TEST(Permissions, EveryPatternIsThereOnce) {
  std::set<std::pair<http::Method, std::string_view>> seen;
  for (const Permission& permission : permissions()) {
    EXPECT_TRUE(seen.emplace(permission.method, permission.pattern).second) << permission.pattern;
    EXPECT_EQ(find_permission(permission.method, permission.pattern), &permission);
  }
  EXPECT_EQ(find_permission(http::Method::kPut, "/api/v2/ping"), nullptr);
}

TEST(Attachments, ARequestOutsideTheGuardIsAnonymousAndHasNoOrganization) {
  const http::Request request;
  EXPECT_EQ(principal_of(request).kind, Principal::Kind::kAnonymous);
  EXPECT_THROW(organization_of(request), std::logic_error);
}

INSTANTIATE_ON_BOTH_DATABASES(GuardTest);

}  // namespace
}  // namespace auth
