#include "tests/signin/signin_world.h"

#include "signin/password.h"

namespace signin {
namespace {

using auth::attributes;
using auth::Reply;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr base::Millis kMinute{60'000};

class SessionTest : public SignInTest {};

TEST_P(SessionTest, APasswordGivesASessionThatActsAsItsUser) {
  Browser browser;
  const Reply made = sign_in(browser);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(jsonapi::get_text(made.json, "data.relationships.user.data.id"), world_->ada.id);
  EXPECT_EQ(get(browser, "/api/v2/account/details").text("username"), "ada");
  EXPECT_EQ(get(browser, "/api/v2/organizations/acme").status, 200);
  EXPECT_EQ(get(browser, "/api/v2/organizations/evil/teams").status,
            world_->get("/api/v2/organizations/evil/teams", world_->ada.token).status);
  const Reply current = get(browser, "/api/v2/sessions/current");
  EXPECT_EQ(current.status, 200);
  EXPECT_EQ(current.text("csrf-token"), made.text("csrf-token"));
  EXPECT_EQ(post(browser, "/api/v2/organizations", attributes({{"name", "new"}, {"email", "a@b.c"}})).status, 201);
}

TEST_P(SessionTest, AnEmailAddressWorksAsWell) {
  Browser browser;
  EXPECT_EQ(
      post(browser, "/api/v2/sessions", attributes({{"email", "ADA@example.com"}, {"password", kPassword}})).status,
      201);
}

TEST_P(SessionTest, T_T01_UnknownNamesAndWrongPasswordsGetTheSameAnswer) {
  Browser browser;
  const Reply wrong = sign_in(browser, "ada", "not the password");
  const Reply unknown = sign_in(browser, "nobody", kPassword);
  const Reply without = sign_in(browser, "eve", kPassword);  // has tokens, but no password
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(code_of(wrong), "invalid_credentials");
  EXPECT_EQ(unknown.body, wrong.body);
  EXPECT_EQ(without.body, wrong.body);
  EXPECT_FALSE(wrong.headers.has("Set-Cookie"));
}

TEST_P(SessionTest, T_T02_GuessesAreCountedPerNameAndAddressAndEndWithTime) {
  Browser attacker{.address = "198.51.100.7"};
  const Browser owner = signed_in();
  for (int guess = 0; guess < 5; ++guess) EXPECT_EQ(sign_in(attacker, "ada", "guess number 1").status, 401);
  const Reply refused = sign_in(attacker);  // even the right one
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(std::string(refused.headers.get_or("Retry-After")), testing::AnyOf("59", "60"));
  Browser elsewhere;
  EXPECT_EQ(sign_in(elsewhere).status, 201) << "another address is not hurt";
  Browser still = owner;
  EXPECT_EQ(get(still, "/api/v2/ping").status, 204) << "a session lives on";
  open("http://runs.test");  // a restart gives no new tries
  EXPECT_EQ(sign_in(attacker).status, 429);
  world_->clock.advance(kMinute);
  EXPECT_EQ(sign_in(attacker).status, 201);
}

TEST_P(SessionTest, T_T02_ManyAddressesAgainstOneNameDoNotLockTheOwnerOut) {
  signed_in();  // ada is known to come from 192.0.2.1
  int refused = 0;
  for (int i = 0; i < 110; ++i) {
    Throttle throttle(database(), world_->clock);
    if (!throttle.take("ada", "198.51.100." + std::to_string(i))) ++refused;
  }
  EXPECT_EQ(refused, 10);
  Browser owner;
  EXPECT_EQ(sign_in(owner).status, 201);
  Browser stranger{.address = "203.0.113.9"};
  EXPECT_EQ(sign_in(stranger).status, 429);
  world_->clock.advance(kMinute);
  EXPECT_EQ(sign_in(stranger).status, 201) << "nobody is locked out for ever";
}

TEST_P(SessionTest, T_T02_OneAddressAgainstManyNamesIsStopped) {
  Throttle throttle(database(), world_->clock);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(throttle.take("user" + std::to_string(i), "2001:db8::" + std::to_string(i)));
  EXPECT_FALSE(throttle.take("user50", "2001:db8::ffff")) << "a network of 64 bits is one address";
  EXPECT_TRUE(throttle.take("user50", "2001:db8:0:1::1"));
}

TEST_P(SessionTest, T_T02_AClockThatWasSetBackDoesNotLockOut) {
  Throttle throttle(database(), world_->clock);
  for (int i = 0; i < 6; ++i) (void)throttle.take("ada", "192.0.2.9");
  world_->clock.advance(-base::Millis(365LL * 24 * 3600 * 1000));
  EXPECT_FALSE(throttle.take("ada", "192.0.2.9"));
  world_->clock.advance(kMinute * 366 * 24 * 60);
  EXPECT_TRUE(throttle.take("ada", "192.0.2.9"));
}

TEST_P(SessionTest, T_T05_SigningInGivesANewIdAndEndsTheOldOne) {
  Browser browser = signed_in();
  Browser old = browser;
  ASSERT_EQ(sign_in(browser).status, 201);
  EXPECT_NE(browser.cookie, old.cookie);
  EXPECT_EQ(get(old, "/api/v2/ping").status, 401);
  Browser fixed{.cookie = "runbridge-session=chosen-by-somebody-else"};
  ASSERT_EQ(sign_in(fixed).status, 201);
  EXPECT_THAT(fixed.cookie, Not(HasSubstr("chosen")));
}

TEST_P(SessionTest, T_T05_AChangeOfRoleEndsTheSession) {
  const auto mia = world_->person("mia");
  ASSERT_TRUE(database().write([&](storage::Transaction& transaction) {
    return transaction.execute("INSERT INTO passwords (user_id, hash, changed_at) VALUES ($1, $2, 0)",
                               {mia.id, hash_password(base::Secret(kPassword))});
  }));
  Browser browser = signed_in("mia");
  ASSERT_EQ(get(browser, "/api/v2/ping").status, 204);
  ASSERT_EQ(world_->patch("/api/v2/admin/users/" + mia.id, world_->ada.token, attributes({{"is-admin", true}})).status,
            200);
  EXPECT_EQ(get(browser, "/api/v2/ping").status, 401);
}

TEST_P(SessionTest, T_T06_TheCookieIsTightAndOnlyItsHashIsStored) {
  Browser browser;
  const Reply plain = sign_in(browser);
  EXPECT_THAT(std::string(plain.headers.get_or("Set-Cookie")),
              AllOf(HasSubstr("runbridge-session="), HasSubstr("; HttpOnly"), HasSubstr("; SameSite=Lax"),
                    HasSubstr("; Path=/"), Not(HasSubstr("Domain")), Not(HasSubstr("Secure"))));
  const std::string value = browser.cookie.substr(browser.cookie.find('=') + 1);
  EXPECT_GE(value.size(), 43U);  // 256 bits
  EXPECT_EQ(count("SELECT COUNT(*) FROM sessions WHERE hash = '" + value + "'"), 0);
  open("https://runs.test");
  Browser secure;
  const Reply over_tls = sign_in(secure);
  EXPECT_THAT(std::string(over_tls.headers.get_or("Set-Cookie")),
              AllOf(testing::StartsWith("__Host-runbridge-session="), HasSubstr("; Secure")));
}

TEST_P(SessionTest, T_T07_SigningOutEndsTheSessionAtOnce) {
  Browser browser = signed_in();
  Browser copy = browser;
  EXPECT_EQ(call(browser, http::Method::kDelete, "/api/v2/sessions/current").status, 204);
  EXPECT_EQ(browser.cookie, "runbridge-session=");
  EXPECT_EQ(get(copy, "/api/v2/ping").status, 401);
}

TEST_P(SessionTest, T_T07_SessionsAreListedAndEndedFromAnyOfThem) {
  Browser one = signed_in();
  Browser two = signed_in();
  const Reply all = get(one, "/api/v2/account/sessions");
  ASSERT_EQ(all.json["data"].size(), 3U) << all.body;  // the invitation's too
  std::string other;
  for (const auto& session : all.json["data"]) {
    if (!session["attributes"]["current"].get<bool>() && session["attributes"]["method"] == "password")
      other = session["id"];
  }
  EXPECT_EQ(call(one, http::Method::kDelete, "/api/v2/account/sessions/" + other).status, 204);
  EXPECT_EQ(get(two, "/api/v2/ping").status, 401);
  EXPECT_EQ(get(one, "/api/v2/ping").status, 204);
  EXPECT_EQ(call(one, http::Method::kDelete, "/api/v2/account/sessions").status, 204);
  EXPECT_EQ(count("SELECT COUNT(*) FROM sessions"), 0);
}

TEST_P(SessionTest, T_J11_NobodyEndsAnothersSession) {
  Browser browser = signed_in();
  const std::string id = get(browser, "/api/v2/sessions/current").id();
  EXPECT_EQ(world_->remove("/api/v2/account/sessions/" + id, world_->eve.token).status, 404);
  EXPECT_EQ(get(browser, "/api/v2/ping").status, 204);
}

TEST_P(SessionTest, T_T07_AnotherServerOfTheSameDatabaseSeesTheEnd) {
  Browser browser = signed_in();
  auth::Guard guard(database(), world_->clock);
  Service other({database(), world_->clock, *vault_, guard.access(), "http://runs.test"});
  const base::Secret text(browser.cookie.substr(browser.cookie.find('=') + 1));
  EXPECT_TRUE(other.find(text).value().has_value());
  ASSERT_EQ(call(browser, http::Method::kDelete, "/api/v2/account/sessions").status, 204);
  EXPECT_FALSE(other.find(text).value().has_value());
}

TEST_P(SessionTest, T_T07_ADeletedUserIsOut) {
  world_->person("mia");
  ASSERT_TRUE(database().write([&](storage::Transaction& transaction) {
    return transaction.execute(
        "INSERT INTO passwords (user_id, hash, changed_at) SELECT id, $1, 0 FROM users WHERE username = 'mia'",
        {hash_password(base::Secret(kPassword))});
  }));
  Browser browser = signed_in("mia");
  const std::string id = get(browser, "/api/v2/account/details").id();
  ASSERT_EQ(world_->remove("/api/v2/admin/users/" + id, world_->ada.token).status, 204);
  EXPECT_EQ(get(browser, "/api/v2/ping").status, 401);
}

TEST_P(SessionTest, T_T08_AnIdleSessionEndsAndAClockSetBackDoesNotReviveIt) {
  Browser browser = signed_in();
  world_->clock.advance(kMinute * 29);
  EXPECT_EQ(get(browser, "/api/v2/ping").status, 204);
  world_->clock.advance(kMinute * 29);
  EXPECT_EQ(get(browser, "/api/v2/ping").status, 204) << "being used keeps it";
  world_->clock.advance(kMinute * 30);
  const Reply ended = get(browser, "/api/v2/ping");
  EXPECT_EQ(ended.status, 401);
  EXPECT_EQ(code_of(ended), "session_ended");
  world_->clock.advance(-kMinute * 30);
  EXPECT_EQ(get(browser, "/api/v2/ping").status, 401);
  Browser ahead = signed_in();
  world_->clock.advance(-kMinute * 60);
  EXPECT_EQ(get(ahead, "/api/v2/ping").status, 401);
}

TEST_P(SessionTest, T_T08_NoSessionOutlivesTwelveHours) {
  Browser browser = signed_in();
  for (int i = 0; i < 12 * 3 - 1; ++i) {
    world_->clock.advance(kMinute * 20);
    ASSERT_EQ(get(browser, "/api/v2/ping").status, 204) << i;
  }
  world_->clock.advance(kMinute * 20);
  EXPECT_EQ(get(browser, "/api/v2/ping").status, 401);
}

TEST_P(SessionTest, T_T15_MakingATokenAsksForARecentSignIn) {
  Browser browser = signed_in();
  const std::string tokens = "/api/v2/users/" + world_->ada.id + "/authentication-tokens";
  EXPECT_EQ(post(browser, tokens).status, 201);
  world_->clock.advance(kMinute * 15);
  const Reply refused = post(browser, tokens);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(code_of(refused), "recent_sign_in_required");
  EXPECT_EQ(get(browser, tokens).status, 200) << "reading does not";
  const char* confirm = "/api/v2/sessions/current/actions/confirm";
  EXPECT_EQ(post(browser, confirm, attributes({{"password", "wrong"}})).status, 422);
  EXPECT_EQ(post(browser, confirm, attributes({{"password", kPassword}})).status, 200);
  EXPECT_EQ(post(browser, tokens).status, 201);
}

TEST_P(SessionTest, T_U04_AWriteNeedsTheSessionsOwnToken) {
  Browser browser = signed_in();
  Browser other = signed_in();
  const auto body = attributes({{"name", "new"}, {"email", "a@b.c"}});
  for (const std::string& bad : {std::string(), std::string("x"), other.csrf, browser.csrf + "x"}) {
    Browser forged = browser;
    forged.csrf = bad;
    const Reply refused = post(forged, "/api/v2/organizations", body);
    EXPECT_EQ(refused.status, 403) << bad;
    EXPECT_EQ(code_of(refused), "csrf_token_invalid");
    EXPECT_EQ(call(forged, http::Method::kDelete, "/api/v2/sessions/current").status, 403);
  }
  EXPECT_EQ(get(browser, "/api/v2/organizations/new").status, 404);
}

TEST_P(SessionTest, T_U04_AWriteFromAnotherSiteIsRefusedEvenWithTheToken) {
  struct Case {
    base::Headers headers;
    int status;
  };
  const Case cases[] = {{{{"Sec-Fetch-Site", "cross-site"}}, 403},
                        {{{"Sec-Fetch-Site", "same-site"}}, 403},
                        {{{"Sec-Fetch-Site", "none"}}, 403},
                        {{{"Origin", "null"}}, 403},
                        {{{"Origin", "http://evil.test"}}, 403},
                        {{{"Origin", "http://runs.test.evil.test"}}, 403},
                        {{{"Origin", "http://runs.test"}, {"Sec-Fetch-Site", "cross-site"}}, 403},
                        {{{"Origin", "http://runs.test"}, {"Sec-Fetch-Site", "same-origin"}}, 422},
                        {{{"Origin", "http://127.0.0.1:8080"}, {"Host", "127.0.0.1:8080"}}, 422},
                        {{}, 422}};
  for (const Case& one : cases) {
    Browser browser = signed_in();
    browser.headers = one.headers;
    const Reply reply = post(browser, "/api/v2/organizations", attributes(jsonapi::Json::object()));
    EXPECT_EQ(reply.status, one.status) << reply.body;
    Browser login{.headers = one.headers};
    EXPECT_EQ(sign_in(login).status, one.status == 403 ? 403 : 201) << "signing in is guarded too";
  }
}

TEST_P(SessionTest, T_U04_AFormCannotSignIn) {
  Browser browser;
  browser.headers.set("Content-Type", "text/plain");
  EXPECT_EQ(sign_in(browser).status, 415);
}

TEST_P(SessionTest, ATokenBesideTheCookieDecidesAlone) {
  Browser browser = signed_in();
  browser.headers.set("Authorization", "Bearer " + world_->eve.token);
  EXPECT_EQ(get(browser, "/api/v2/account/details").text("username"), "eve");
  browser.headers.set("Authorization", "Bearer nonsense-nonsense-nonsense");
  EXPECT_EQ(get(browser, "/api/v2/account/details").status, 401);
  browser.headers.set("Authorization", "Bearer " + world_->ada.token);
  browser.csrf.clear();
  EXPECT_EQ(post(browser, "/api/v2/organizations", attributes({{"name", "new"}, {"email", "a@b.c"}})).status, 201);
  EXPECT_EQ(get(browser, "/api/v2/sessions/current").status, 401);
}

TEST_P(SessionTest, TwoCookiesOfTheNameAreNone) {
  Browser browser = signed_in();
  browser.cookie += "; " + browser.cookie;
  EXPECT_EQ(get(browser, "/api/v2/ping").status, 401);
}

TEST_P(SessionTest, TheAuditLogTellsOfSignInsAndActsOfASession) {
  Browser browser = signed_in();
  const std::string id = get(browser, "/api/v2/sessions/current").id();
  EXPECT_EQ(count("SELECT COUNT(*) FROM audit_events WHERE action = 'session.create' AND target_id = '" + id + "'"), 1);
  ASSERT_EQ(post(browser, "/api/v2/organizations", attributes({{"name", "new"}, {"email", "a@b.c"}})).status, 201);
  EXPECT_EQ(count("SELECT COUNT(*) FROM audit_events WHERE action = 'organization.create' AND token_id = '" + id + "'"),
            1);
}

TEST_P(SessionTest, T_T12_EveryRouteOfThisFolderHasAnEntry) {
  EXPECT_THAT(world_->guard.gaps(world_->router), testing::IsEmpty());
}

INSTANTIATE_ON_BOTH_DATABASES(SessionTest);

}  // namespace
}  // namespace signin
