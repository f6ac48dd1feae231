#include "auth/token.h"

#include "tests/auth/world.h"

namespace auth {
namespace {

class TokenTest : public WorldTest {};

TEST_P(TokenTest, TheTextIsShownOnceAndNeverAgain) {
  const std::string list = "/api/v2/users/" + world_->ada.id + "/authentication-tokens";
  const Reply made = world_->post(list, world_->ada.token, attributes({{"description", "laptop"}}));
  ASSERT_EQ(made.status, 201);
  EXPECT_EQ(made.text("description"), "laptop");
  EXPECT_EQ(jsonapi::get_text(made.json, "data.relationships.created-by.data.id"), world_->ada.id);
  const std::string text = made.text("token");
  for (const std::string& target : {list, "/api/v2/authentication-tokens/" + made.id()}) {
    const Reply reply = world_->get(target, world_->ada.token);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body.find(text), std::string::npos) << target;
  }
}

TEST_P(TokenTest, ExpiryMustBeInTheFutureAndATime) {
  const std::string list = "/api/v2/users/" + world_->ada.id + "/authentication-tokens";
  for (const char* bad : {"2020-01-01T00:00:00Z", "soon", ""}) {
    const Reply reply = world_->post(list, world_->ada.token, attributes({{"expired-at", bad}}));
    EXPECT_EQ(reply.status, 422) << bad;
    EXPECT_EQ(reply.json["errors"][0]["source"]["pointer"], "/data/attributes/expired-at");
  }
}

TEST_P(TokenTest, T_J11_OtherPeoplesTokensAreNotThere) {
  const Reply of_ada = world_->post("/api/v2/users/" + world_->ada.id + "/authentication-tokens", world_->ada.token);
  for (const std::string& target :
       {"/api/v2/authentication-tokens/" + of_ada.id(), std::string("/api/v2/authentication-tokens/at-missing"),
        "/api/v2/users/" + world_->ada.id + "/authentication-tokens"}) {
    EXPECT_EQ(world_->get(target, world_->eve.token).status, 404) << target;
  }
  EXPECT_EQ(world_->remove("/api/v2/authentication-tokens/" + of_ada.id(), world_->eve.token).status, 404);
  EXPECT_EQ(world_->post("/api/v2/users/" + world_->ada.id + "/authentication-tokens", world_->eve.token).status, 404);
}

TEST_P(TokenTest, TheSingleTokenOfAnOrganizationIsReplaced) {
  const std::string target = "/api/v2/organizations/acme/authentication-token";
  EXPECT_EQ(world_->get(target, world_->ada.token).status, 404);
  const Reply first = world_->post(target, world_->ada.token);
  const Reply second = world_->post(target, world_->ada.token);
  EXPECT_TRUE(second.text("token").starts_with("rbo_"));
  EXPECT_EQ(world_->get("/api/v2/ping", first.text("token")).status, 401);
  EXPECT_EQ(world_->get("/api/v2/organizations/acme", second.text("token")).status, 200);
  EXPECT_EQ(world_->get(target, world_->ada.token).id(), second.id());
  EXPECT_EQ(world_->remove(target, world_->ada.token).status, 204);
  EXPECT_EQ(world_->get("/api/v2/ping", second.text("token")).status, 401);
}

TEST_P(TokenTest, TheAuditTokenIsAnotherThanTheOrganizations) {
  const std::string target = "/api/v2/organizations/acme/authentication-token";
  const Reply own = world_->post(target, world_->ada.token);
  const Reply audit = world_->post(target + "?token=audit-trails", world_->ada.token);
  EXPECT_EQ(world_->get("/api/v2/ping", own.text("token")).status, 204);
  EXPECT_EQ(world_->get("/api/v2/organizations/acme/audit-events", audit.text("token")).status, 200);
  EXPECT_EQ(world_->get("/api/v2/organizations/acme", audit.text("token")).status, 404);
  EXPECT_EQ(world_->get("/api/v2/organizations", audit.text("token")).json["data"].size(), 0U);
}

TEST_P(TokenTest, ATeamHasManyTokensAndOneSingle) {
  const std::string team = "/api/v2/teams/" + world_->owners("acme");
  const Reply one =
      world_->post(team + "/authentication-tokens", world_->ada.token, attributes({{"description", "one"}}));
  const Reply two =
      world_->post(team + "/authentication-tokens", world_->ada.token, attributes({{"description", "two"}}));
  const Reply single = world_->post(team + "/authentication-token", world_->ada.token);
  EXPECT_EQ(world_->get(team + "/authentication-tokens", world_->ada.token).json["data"].size(), 3U);
  EXPECT_EQ(world_->get(team + "/authentication-token", world_->ada.token).id(), single.id());
  for (const Reply* reply : {&one, &two, &single}) {
    EXPECT_TRUE(reply->text("token").starts_with("rbt_"));
    EXPECT_EQ(world_->get("/api/v2/account/details", reply->text("token")).text("username"), "api-team-owners");
  }
}

TEST_P(TokenTest, TokensOfATeamOrOrganizationCannotMakeUsersTokensOrOrganizations) {
  const Reply token = world_->post("/api/v2/organizations/acme/authentication-token", world_->ada.token);
  EXPECT_EQ(world_->post("/api/v2/users/" + world_->ada.id + "/authentication-tokens", token.text("token")).status,
            404);
  EXPECT_EQ(
      world_->post("/api/v2/organizations", token.text("token"), attributes({{"name", "more"}, {"email", "a@b.c"}}))
          .status,
      404);
}

TEST(TokenText, IsLongRandomAndNamesItsKind) {
  EXPECT_TRUE(make_token_text(TokenKind::kTeam).reveal().starts_with("rbt_"));
  EXPECT_NE(make_token_text(TokenKind::kUser).reveal(), make_token_text(TokenKind::kUser).reveal());
  EXPECT_EQ(token_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

INSTANTIATE_ON_BOTH_DATABASES(TokenTest);

}  // namespace
}  // namespace auth
