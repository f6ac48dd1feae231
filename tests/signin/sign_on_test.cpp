// Sign-on by OpenID Connect over both databases, with a provider that answers in the test.
#include "base/strings.h"
#include "tests/signin/signin_world.h"

namespace signin {
namespace {

using auth::attributes;
using auth::Reply;
using jsonapi::Json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Strangers = SignOnSettings::Strangers;

class SignOnTest : public SignInTest {
 protected:
  void SetUp() override {
    SignInTest::SetUp();
    if (!IsSkipped()) turn_on(Strangers::kFoundByEmail);
  }

  void turn_on(Strangers strangers, std::vector<std::string> domains = {}) {
    SignOnSettings settings;
    settings.provider = {kIssuer, "runbridge", base::Secret("it's secret"), ""};
    settings.name = "Example ID";
    settings.strangers = strangers;
    settings.email_domains = std::move(domains);
    open("https://runs.test", settings);
  }

  // A browser that keeps both of our cookies.
  struct Person : Browser {
    std::string ticket;
  };
  static constexpr const char* kTicket = "__Host-runbridge-sign-on";
  static constexpr const char* kSession = "__Host-runbridge-session";

  Reply visit(Person& person, const std::string& target) {
    http::Request request;
    request.target = target;
    request.peer = person.address;
    request.headers = person.headers;
    request.headers.set("Host", "runs.test");
    request.request_id = "req-1";
    request.headers.set("Cookie", person.ticket + "; " + person.cookie);
    Reply reply = world_->send(std::move(request));
    for (const auto& [name, text] : reply.headers.fields()) {
      if (name != "Set-Cookie") continue;
      const std::string pair = text.substr(0, text.find(';'));
      if (pair.starts_with(std::string(kTicket) + "=")) person.ticket = pair;
      if (pair.starts_with(std::string(kSession) + "=")) person.cookie = pair;
    }
    return reply;
  }
  static std::string location(const Reply& reply) { return std::string(reply.headers.get_or("Location")); }
  std::string start(Person& person, const std::string& next = "/app/acme") {
    const Reply reply = visit(person, "/sign-in/oidc?next=" + base::url_encode(next));
    EXPECT_EQ(reply.status, 303);
    return location(reply);
  }
  // The whole way; where the browser ends up.
  std::string sign_on(Person& person) {
    return location(visit(person, "/sign-in/oidc/callback?" + openid_->sign_in(start(person))));
  }
  std::string username(Person& person) { return get(person, "/api/v2/account/details").text("username"); }
};

TEST_P(SignOnTest, APersonWithAVerifiedAddressIsTheUserWhoHasIt) {
  Person person;
  const Reply first = visit(person, "/sign-in/oidc?next=/app/acme");
  ASSERT_EQ(first.status, 303);
  EXPECT_THAT(location(first), AllOf(StartsWith("https://id.test/authorize?response_type=code&client_id=runbridge&"),
                                     HasSubstr("redirect_uri=https%3A%2F%2Fruns.test%2Fsign-in%2Foidc%2Fcallback"),
                                     HasSubstr("code_challenge_method=S256"), HasSubstr("nonce="),
                                     HasSubstr("scope=openid%20email%20profile")));
  EXPECT_THAT(std::string(first.headers.get_or("Set-Cookie")),
              AllOf(StartsWith(kTicket), HasSubstr("HttpOnly"), HasSubstr("Secure"), HasSubstr("SameSite=Lax"),
                    HasSubstr("Max-Age=600")));
  const Reply back = visit(person, "/sign-in/oidc/callback?" + openid_->sign_in(location(first)));
  EXPECT_EQ(back.status, 303);
  EXPECT_EQ(location(back), "/app/acme");
  EXPECT_EQ(person.ticket, std::string(kTicket) + "=") << "the cookie is cleared";
  EXPECT_EQ(username(person), "ada");
  EXPECT_EQ(get(person, "/api/v2/sessions/current").text("method"), "oidc");
  EXPECT_EQ(count("SELECT COUNT(*) FROM identities"), 1);
  openid_->person["email"] = "someone-else@example.com";  // the subject counts from now on
  Person again;
  EXPECT_EQ(sign_on(again), "/app/acme");
  EXPECT_EQ(username(again), "ada");
  EXPECT_EQ(openid_->calls["/keys"], 1) << "kept";
  EXPECT_EQ(openid_->calls["/.well-known/openid-configuration"], 1);
}

TEST_P(SignOnTest, ThePageIsToldOfIt) {
  Browser none;
  const Reply both = get(none, "/api/v2/sign-in-methods");
  ASSERT_EQ(both.json["data"].size(), 2U) << both.body;
  EXPECT_EQ(both.json["data"][1]["attributes"], Json({{"kind", "oidc"}, {"name", "Example ID"}}));
  EXPECT_EQ(both.json["data"][1]["links"]["start"], "/sign-in/oidc");
  EXPECT_THAT(both.body, Not(HasSubstr("secret")));
  open("https://runs.test");
  EXPECT_EQ(get(none, "/api/v2/sign-in-methods").json["data"].size(), 1U);
  Person person;
  EXPECT_THAT(location(visit(person, "/sign-in/oidc")), StartsWith("/sign-in?problem=sign_on_unavailable"));
}

TEST_P(SignOnTest, T_T14_StateIsOfThisBrowserAndUsedOnce) {
  Person person;
  const std::string back = openid_->sign_in(start(person));
  Person other;
  start(other);
  EXPECT_THAT(location(visit(other, "/sign-in/oidc/callback?" + back)),
              StartsWith("/sign-in?problem=sign_on_expired&request="));
  Person without;
  EXPECT_THAT(location(visit(without, "/sign-in/oidc/callback?" + back)), HasSubstr("sign_on_expired"));
  EXPECT_EQ(openid_->calls["/token"], 0) << "nobody asked the provider";
  const std::string ticket = person.ticket;
  EXPECT_EQ(location(visit(person, "/sign-in/oidc/callback?" + back)), "/app/acme");
  Person thief;
  thief.ticket = ticket;
  EXPECT_THAT(location(visit(thief, "/sign-in/oidc/callback?" + back)), HasSubstr("sign_on_expired"));
  EXPECT_EQ(openid_->calls["/token"], 1);
  EXPECT_TRUE(thief.cookie.empty());
}

TEST_P(SignOnTest, T_T14_ATicketThatWasChangedOrIsOldIsNone) {
  Person person;
  const std::string back = openid_->sign_in(start(person));
  Person changed = person;
  changed.ticket.replace(changed.ticket.rfind('.') + 1, std::string::npos, base::to_hex("/account"));
  EXPECT_THAT(location(visit(changed, "/sign-in/oidc/callback?" + back)), HasSubstr("sign_on_expired"));
  world_->clock.advance(base::Millis(10LL * 60 * 1000));
  EXPECT_THAT(location(visit(person, "/sign-in/oidc/callback?" + back)), HasSubstr("sign_on_expired"));
  EXPECT_EQ(openid_->calls["/token"], 0);
}

TEST_P(SignOnTest, T_T14_TokensThatAreNotForUsSignNobodyIn) {
  const std::pair<const char*, Json> changes[] = {{"nonce", "another"},         {"aud", "another"}, {"exp", 1},
                                                  {"iss", "https://evil.test"}, {"sub", ""},        {"azp", "another"}};
  for (const auto& [claim, value] : changes) {
    openid_->change = [claim = claim, value = value](Json& claims) { claims[claim] = value; };
    Person person;
    EXPECT_THAT(sign_on(person), StartsWith("/sign-in?problem=sign_on_refused&request=")) << claim;
    EXPECT_TRUE(person.cookie.empty()) << claim;
  }
}

TEST_P(SignOnTest, T_T14_AnotherIssuerInTheAnswerIsRefusedBeforeTheCodeIsUsed) {
  Person person;
  const std::string back = openid_->sign_in(start(person));
  EXPECT_THAT(location(visit(person, "/sign-in/oidc/callback?iss=https%3A%2F%2Fevil.test&" + back)),
              HasSubstr("sign_on_refused"));
  EXPECT_EQ(openid_->calls["/token"], 0);
}

TEST_P(SignOnTest, T_T14_AKeyThatIsNotKnownIsLookedForOnce) {
  Person person;
  EXPECT_EQ(sign_on(person), "/app/acme");
  openid_->signer = std::make_unique<Signer>("ES256", "two");  // rotated
  Person again;
  EXPECT_EQ(sign_on(again), "/app/acme");
  EXPECT_EQ(openid_->calls["/keys"], 2);
  openid_->published = std::make_unique<Signer>("ES256", "two");
  openid_->signer = std::make_unique<Signer>("ES256", "three");
  Person stranger;
  EXPECT_THAT(sign_on(stranger), HasSubstr("sign_on_refused"));
  EXPECT_EQ(openid_->calls["/keys"], 3);
}

TEST_P(SignOnTest, T_U07_TheWayBackStaysHere) {
  for (const char* next :
       {"//evil.test", "/\\evil.test", "https:evil.test", "/%0a//evil.test\n", "javascript:alert(1)"}) {
    Person person;
    EXPECT_EQ(location(visit(person, "/sign-in/oidc/callback?" + openid_->sign_in(start(person, next)))), "/") << next;
  }
}

TEST_P(SignOnTest, T_U04_OtherSitesBeginNoSignOn) {
  Person person;
  person.headers.set("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(location(visit(person, "/sign-in/oidc")), "/sign-in");
  EXPECT_TRUE(person.ticket.empty());
}

TEST_P(SignOnTest, T_T05_ASessionThatWasThereEnds) {
  Person person;
  EXPECT_EQ(sign_on(person), "/app/acme");
  Person before;
  before.cookie = person.cookie;
  EXPECT_EQ(sign_on(person), "/app/acme");
  EXPECT_NE(person.cookie, before.cookie);
  EXPECT_EQ(get(before, "/api/v2/account/details").status, 401);
}

TEST_P(SignOnTest, T_T07_SigningOutEndsTheSession) {
  Person person;
  EXPECT_EQ(sign_on(person), "/app/acme");
  Person copy = person;
  EXPECT_EQ(get(person, "/api/v2/sessions/current").status, 200);
  EXPECT_EQ(call(person, http::Method::kDelete, "/api/v2/sessions/current").status, 204);
  EXPECT_EQ(get(copy, "/api/v2/account/details").status, 401);
}

TEST_P(SignOnTest, WhatWentWrongAtTheProviderIsSaid) {
  Person person;
  const auto asked = fields_of(start(person));
  EXPECT_THAT(location(visit(person, "/sign-in/oidc/callback?error=access_denied&state=" + asked.at("state"))),
              HasSubstr("sign_on_denied"));
  Person second;
  const std::string back = openid_->sign_in(start(second));
  openid_->is_down = true;
  EXPECT_THAT(location(visit(second, "/sign-in/oidc/callback?" + back)), HasSubstr("sign_on_unavailable"));
  openid_->is_down = false;
  Person third;
  start(third);
  const std::string state = fields_of(start(third)).at("state");
  EXPECT_THAT(location(visit(third, "/sign-in/oidc/callback?code=invented&state=" + state)),
              HasSubstr("sign_on_unavailable"));
}

TEST_P(SignOnTest, StrangersAreRefusedUnlessTheSettingsSayOtherwise) {
  turn_on(Strangers::kRefused);
  Person ada;
  EXPECT_THAT(sign_on(ada), HasSubstr("sign_on_unknown_person"));
  turn_on(Strangers::kFoundByEmail);
  openid_->person["email_verified"] = false;
  EXPECT_THAT(sign_on(ada), HasSubstr("sign_on_unknown_person")) << "not verified";
  openid_->person = {{"sub", "new-1"}, {"email", "new@example.com"}, {"email_verified", true}};
  EXPECT_THAT(sign_on(ada), HasSubstr("sign_on_unknown_person")) << "no such user";
  EXPECT_EQ(count("SELECT COUNT(*) FROM identities"), 0);
}

TEST_P(SignOnTest, AnAddressThatWentToSomebodyElseOpensNothing) {
  Person ada;
  EXPECT_EQ(sign_on(ada), "/app/acme");
  openid_->person["sub"] = "successor-2";
  Person successor;
  EXPECT_THAT(sign_on(successor), HasSubstr("sign_on_unknown_person"));
}

TEST_P(SignOnTest, UsersAreMadeIfWantedAndOnlyOfTheDomainsNamed) {
  turn_on(Strangers::kCreated, {"example.com"});
  openid_->person = {{"sub", "new-1"}, {"email", "ada@elsewhere.test"}, {"email_verified", true}};
  Person person;
  EXPECT_THAT(sign_on(person), HasSubstr("sign_on_unknown_person"));
  openid_->person = {
      {"sub", "new-1"}, {"email", "new@Example.com"}, {"email_verified", true}, {"preferred_username", "a d<a"}};
  EXPECT_EQ(sign_on(person), "/app/acme");
  EXPECT_EQ(username(person), "ada-2") << "the name is taken";
  EXPECT_FALSE(get(person, "/api/v2/account/details").json["data"]["attributes"].value("is-site-admin", false));
  EXPECT_EQ(get(person, "/api/v2/organizations/acme").status, 404) << "of no organization";
}

TEST_P(SignOnTest, AnInvitationToAnOrganizationIsTakenByTheNewUser) {
  const Reply invited =
      world_->post("/api/v2/organizations/acme/organization-memberships", world_->ada.token,
                   {{"data", {{"type", "organization-memberships"}, {"attributes", {{"email", "new@example.com"}}}}}});
  ASSERT_EQ(invited.status, 201) << invited.body;
  turn_on(Strangers::kCreated);
  openid_->person = {{"sub", "new-1"}, {"email", "new@example.com"}, {"email_verified", true}};
  Person person;
  EXPECT_EQ(sign_on(person), "/app/acme");
  EXPECT_EQ(username(person), "new");
  EXPECT_EQ(get(person, "/api/v2/organizations/acme").status, 200);
}

TEST_P(SignOnTest, TheAddressMayComeFromUserinfoIfItIsAboutTheSamePerson) {
  openid_->userinfo = openid_->person;
  Person person;
  EXPECT_EQ(sign_on(person), "/app/acme");
  openid_->userinfo["sub"] = "somebody-else";
  Person other;
  EXPECT_THAT(sign_on(other), HasSubstr("sign_on_refused"));
}

TEST_P(SignOnTest, PeopleLinkAndUnlinkThemselves) {
  turn_on(Strangers::kRefused);
  Person ada;
  static_cast<Browser&>(ada) = signed_in();
  const std::string session = ada.cookie;
  const Reply started = post(ada, "/api/v2/account/identities");
  ASSERT_EQ(started.status, 201) << started.body;
  ada.ticket = std::exchange(ada.cookie, session);  // the answer set the other cookie
  const std::string back = openid_->sign_in(started.text("authorization-url"));
  Person signed_out;
  signed_out.ticket = ada.ticket;
  EXPECT_EQ(location(visit(ada, "/sign-in/oidc/callback?" + back)), "/account");
  EXPECT_EQ(ada.cookie, session) << "the same session goes on";
  const Reply mine = get(ada, "/api/v2/account/identities");
  ASSERT_EQ(mine.json["data"].size(), 1U) << mine.body;
  EXPECT_EQ(mine.json["data"][0]["attributes"]["subject"], "ada-1");
  Person person;
  EXPECT_EQ(sign_on(person), "/app/acme");
  EXPECT_EQ(username(person), "ada");
  const std::string id = mine.json["data"][0]["id"];
  EXPECT_EQ(world_->remove("/api/v2/account/identities/" + id, world_->eve.token).status, 404);
  EXPECT_EQ(call(ada, http::Method::kDelete, "/api/v2/account/identities/" + id).status, 204);
  Person after;
  EXPECT_THAT(sign_on(after), HasSubstr("sign_on_unknown_person"));
}

TEST_P(SignOnTest, LinkingNeedsTheSessionThatAskedForIt) {
  turn_on(Strangers::kRefused);
  Person ada;
  static_cast<Browser&>(ada) = signed_in();
  const Reply started = post(ada, "/api/v2/account/identities");
  Person signed_out;
  signed_out.ticket = ada.cookie;
  EXPECT_THAT(
      location(visit(signed_out, "/sign-in/oidc/callback?" + openid_->sign_in(started.text("authorization-url")))),
      StartsWith("/account?problem=sign_on_expired"));
  EXPECT_EQ(count("SELECT COUNT(*) FROM identities"), 0);
  EXPECT_EQ(world_->post("/api/v2/account/identities", world_->ada.token).status, 404) << "a token is no browser";
}

TEST_P(SignOnTest, T_T15_LinkingNeedsARecentSignIn) {
  Browser ada = signed_in();
  world_->clock.advance(base::Millis(16LL * 60 * 1000));
  const Reply refused = post(ada, "/api/v2/account/identities");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(code_of(refused), "recent_sign_in_required");
}

TEST_P(SignOnTest, TheLastWayInIsNotGivenUp) {
  turn_on(Strangers::kCreated);
  openid_->person = {{"sub", "new-1"}, {"email", "new@example.com"}, {"email_verified", true}};
  Person person;
  EXPECT_EQ(sign_on(person), "/app/acme");
  get(person, "/api/v2/sessions/current");
  const std::string id = get(person, "/api/v2/account/identities").json["data"][0]["id"];
  const Reply refused = call(person, http::Method::kDelete, "/api/v2/account/identities/" + id);
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(get(person, "/api/v2/account/identities").json["data"].size(), 1U);
}

INSTANTIATE_ON_BOTH_DATABASES(SignOnTest);

}  // namespace
}  // namespace signin
