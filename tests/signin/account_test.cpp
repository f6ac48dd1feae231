#include "auth/migrations.h"
#include "base/strings.h"
#include "signin/one_time_code.h"
#include "signin/password.h"
#include "tests/signin/signin_world.h"

namespace signin {
namespace {

using auth::attributes;
using auth::Reply;
using testing::HasSubstr;
using testing::Not;

constexpr base::Millis kStep{30'000};

class AccountTest : public SignInTest {
 protected:
  std::string code_now(const base::Secret& secret) { return one_time_code(secret, code_step(world_->clock.now())); }
};

TEST_P(AccountTest, T_T07_ANewPasswordEndsEveryOtherSessionAndTheOldPassword) {
  Browser browser = signed_in();
  Browser other = signed_in();
  const Reply changed = call(browser, http::Method::kPatch, "/api/v2/account/password",
                             attributes({{"current-password", kPassword}, {"password", "seven green lamps"}}));
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(get(browser, "/api/v2/ping").status, 204);
  EXPECT_EQ(get(other, "/api/v2/ping").status, 401);
  Browser again;
  EXPECT_EQ(sign_in(again).status, 401);
  EXPECT_EQ(sign_in(again, "ada", "seven green lamps").status, 201);
  EXPECT_EQ(world_->get("/api/v2/ping", world_->ada.token).status, 204) << "tokens stay unless told otherwise";
}

TEST_P(AccountTest, T_T07_TokensEndWithThePasswordWhenAsked) {
  Browser browser = signed_in();
  ASSERT_EQ(world_->get("/api/v2/ping", world_->ada.token).status, 204);
  ASSERT_EQ(
      call(browser, http::Method::kPatch, "/api/v2/account/password",
           attributes({{"current-password", kPassword}, {"password", "seven green lamps"}, {"revoke-tokens", true}}))
          .status,
      200);
  EXPECT_EQ(world_->get("/api/v2/ping", world_->ada.token).status, 401);
}

TEST_P(AccountTest, TheCurrentPasswordIsNeededAlsoWithAToken) {
  const auto change = [&](const jsonapi::Json& values) {
    return world_->patch("/api/v2/account/password", world_->ada.token, attributes(values)).status;
  };
  EXPECT_EQ(change({{"password", "seven green lamps"}}), 422);
  EXPECT_EQ(change({{"current-password", "wrong"}, {"password", "seven green lamps"}}), 422);
  EXPECT_EQ(change({{"current-password", kPassword}, {"password", "seven green lamps"}}), 204);
}

TEST_P(AccountTest, T_T03_WeakPasswordsAreRefusedWithoutBeingRepeated) {
  for (const std::string& weak : {std::string("short"), std::string("password1!"), std::string("ada@example.com")}) {
    const Reply refused = world_->patch("/api/v2/account/password", world_->ada.token,
                                        attributes({{"current-password", kPassword}, {"password", weak}}));
    EXPECT_EQ(refused.status, 422) << weak;
    EXPECT_THAT(refused.body, HasSubstr("/data/attributes/password"));
    EXPECT_THAT(refused.body, Not(HasSubstr(weak)));
  }
}

TEST_P(AccountTest, AHashOfAnotherCostIsWrittenAnewAtSignIn) {
  const PasswordCost cheap{.memory_kib = 64, .passes = 1, .lanes = 1};
  ASSERT_TRUE(database().write([&](storage::Transaction& transaction) {
    return transaction.execute("UPDATE passwords SET hash = $1", {hash_password(base::Secret(kPassword), cheap)});
  }));
  signed_in();
  EXPECT_EQ(count("SELECT COUNT(*) FROM passwords WHERE hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'"), 1);
  signed_in();
}

TEST_P(AccountTest, OneTimeCodesAreAskedForOnceConfirmed) {
  Browser browser = signed_in();
  const base::Secret secret = turn_codes_on(browser);
  Browser next;
  const Reply without = sign_in(next);
  EXPECT_EQ(without.status, 401);
  EXPECT_EQ(code_of(without), "one_time_code_required");
  EXPECT_EQ(code_of(sign_in(next, "ada", kPassword, "000000")), "one_time_code_required");
  EXPECT_EQ(code_of(sign_in(next, "ada", "wrong", code_now(secret))), "invalid_credentials");
  world_->clock.advance(kStep);
  EXPECT_EQ(sign_in(next, "ada", kPassword, code_now(secret)).status, 201);
  EXPECT_EQ(get(next, "/api/v2/account/totp").json["data"]["attributes"]["enabled"], true);
}

TEST_P(AccountTest, AnUnconfirmedSecretAsksForNothing) {
  Browser browser = signed_in();
  const Reply begun = post(browser, "/api/v2/account/totp");
  EXPECT_THAT(begun.text("otpauth-url"), HasSubstr("otpauth://totp/runbridge:ada?secret=" + begun.text("secret")));
  EXPECT_EQ(post(browser, "/api/v2/account/totp/actions/confirm", attributes({{"one-time-code", "000000"}})).status,
            422);
  EXPECT_EQ(get(browser, "/api/v2/account/totp").json["data"]["attributes"]["enabled"], false);
  signed_in();
}

TEST_P(AccountTest, ACodeWorksOnce) {
  Browser browser = signed_in();
  const base::Secret secret = turn_codes_on(browser);
  const std::string used_to_confirm = code_now(secret);
  Browser next;
  EXPECT_EQ(sign_in(next, "ada", kPassword, used_to_confirm).status, 401);
  world_->clock.advance(kStep);
  const std::string code = code_now(secret);
  EXPECT_EQ(sign_in(next, "ada", kPassword, code).status, 201);
  Browser replay;
  EXPECT_EQ(sign_in(replay, "ada", kPassword, code).status, 401);
}

TEST_P(AccountTest, RecoveryCodesWorkOnceAndOnlyTheirHashesAreStored) {
  Browser browser = signed_in();
  std::vector<std::string> recovery;
  turn_codes_on(browser, &recovery);
  ASSERT_EQ(recovery.size(), 10U);
  EXPECT_EQ(count("SELECT COUNT(*) FROM recovery_codes WHERE hash = '" + recovery[0] + "'"), 0);
  Browser next;
  EXPECT_EQ(sign_in(next, "ada", kPassword, recovery[0]).status, 201);
  Browser again;
  EXPECT_EQ(sign_in(again, "ada", kPassword, recovery[0]).status, 401);
  EXPECT_EQ(sign_in(again, "ada", kPassword, base::to_lower(base::replace_all(recovery[1], "-", " "))).status, 201);
  EXPECT_EQ(get(again, "/api/v2/account/totp").json["data"]["attributes"]["recovery-codes-left"], 8);
}

TEST_P(AccountTest, GuessingCodesIsLimitedLikeGuessingPasswords) {
  Browser browser = signed_in();
  turn_codes_on(browser);
  Browser attacker{.address = "198.51.100.7"};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in(attacker, "ada", kPassword, "123456").status, 401);
  EXPECT_EQ(sign_in(attacker, "ada", kPassword, "123456").status, 429);
}

TEST_P(AccountTest, TurningCodesOffNeedsARecentSessionOrACode) {
  Browser browser = signed_in();
  const base::Secret secret = turn_codes_on(browser);
  const auto off = [&](const std::string& code) {
    return world_->remove("/api/v2/account/totp", world_->ada.token, attributes({{"one-time-code", code}})).status;
  };
  EXPECT_EQ(off("000000"), 422) << "a token alone does not do";
  world_->clock.advance(kStep);
  EXPECT_EQ(off(code_now(secret)), 204);
  EXPECT_EQ(count("SELECT COUNT(*) FROM secrets"), 0);
  turn_codes_on(browser);
  world_->clock.advance(base::Millis(15 * 60'000));
  EXPECT_EQ(code_of(call(browser, http::Method::kDelete, "/api/v2/account/totp")), "recent_sign_in_required");
  EXPECT_EQ(post(browser, "/api/v2/sessions/current/actions/confirm", attributes({{"password", kPassword}})).status,
            200);
  EXPECT_EQ(call(browser, http::Method::kDelete, "/api/v2/account/totp").status, 204);
  signed_in();
}

TEST_P(AccountTest, AnAdministratorTurnsTheCodesOfALostPhoneOff) {
  Browser browser = signed_in();
  turn_codes_on(browser);
  EXPECT_EQ(world_->remove("/api/v2/admin/users/" + world_->ada.id + "/totp", world_->eve.token).status, 404);
  EXPECT_EQ(world_->remove("/api/v2/admin/users/" + world_->ada.id + "/totp", world_->ada.token).status, 204);
  signed_in();
}

TEST_P(AccountTest, AUserTellsOfHisCodesAndLeavesNoSecretBehind) {
  const auto bob = world_->person("bob");
  const std::string link =
      world_->post("/api/v2/admin/users/" + bob.id + "/actions/invite", world_->ada.token).text("link");
  Browser browser;
  ASSERT_EQ(post(browser, "/api/v2/invitations/actions/accept",
                 attributes({{"secret", link.substr(link.find('#') + 1)}, {"password", kPassword}}))
                .status,
            201);
  const auto is_on = [&](const std::string& target, const std::string& token) {
    return world_->get(target, token).json["data"]["attributes"]["two-factor"]["enabled"].get<bool>();
  };
  EXPECT_FALSE(is_on("/api/v2/account/details", bob.token));
  const auto before = count("SELECT COUNT(*) FROM secrets");
  turn_codes_on(browser);
  EXPECT_TRUE(is_on("/api/v2/account/details", bob.token));
  EXPECT_TRUE(is_on("/api/v2/users/" + bob.id, world_->ada.token));
  EXPECT_EQ(count("SELECT COUNT(*) FROM secrets"), before + 1);
  ASSERT_EQ(world_->remove("/api/v2/admin/users/" + bob.id, world_->ada.token).status, 204);
  EXPECT_EQ(count("SELECT COUNT(*) FROM secrets"), before);
  EXPECT_EQ(count("SELECT COUNT(*) FROM one_time_codes"), 0);
}

TEST_P(AccountTest, AnInvitationSetsAPasswordOnce) {
  const auto mia = world_->person("mia");
  const auto invite = [&] {
    const std::string link =
        world_->post("/api/v2/admin/users/" + mia.id + "/actions/invite", world_->ada.token).text("link");
    EXPECT_THAT(link, testing::StartsWith("http://runs.test/invitation#rbi_"));
    return link.substr(link.find('#') + 1);
  };
  const auto accept = [&](const std::string& secret) {
    Browser browser;
    return post(browser, "/api/v2/invitations/actions/accept",
                attributes({{"secret", secret}, {"password", "seven green lamps"}}))
        .status;
  };
  const std::string replaced = invite();
  const std::string secret = invite();
  EXPECT_EQ(accept(replaced), 404);
  EXPECT_EQ(accept("rbi_nonsense"), 404);
  EXPECT_EQ(accept(secret), 201);
  EXPECT_EQ(accept(secret), 404);
  Browser browser;
  EXPECT_EQ(sign_in(browser, "mia", "seven green lamps").status, 201);
  const std::string late = invite();
  world_->clock.advance(base::Millis(7LL * 24 * 3600 * 1000));
  EXPECT_EQ(accept(late), 404);
  EXPECT_EQ(world_->post("/api/v2/admin/users/" + mia.id + "/actions/invite", mia.token).status, 404);
}

TEST_P(AccountTest, AnInvitationDoesNotStandInForThePhone) {
  Browser browser = signed_in();
  const base::Secret secret = turn_codes_on(browser);
  const std::string link =
      world_->post("/api/v2/admin/users/" + world_->ada.id + "/actions/invite", world_->ada.token).text("link");
  jsonapi::Json values{{"secret", link.substr(link.find('#') + 1)}, {"password", "seven green lamps"}};
  Browser next;
  EXPECT_EQ(code_of(post(next, "/api/v2/invitations/actions/accept", attributes(values))), "one_time_code_required");
  world_->clock.advance(kStep);
  values["one-time-code"] = code_now(secret);
  EXPECT_EQ(post(next, "/api/v2/invitations/actions/accept", attributes(values)).status, 201);
}

INSTANTIATE_ON_BOTH_DATABASES(AccountTest);

// An empty server, set up with a password.
class SetupPasswordTest : public SignInTest {
 protected:
  Reply set_up(Browser& browser, const std::string& password) {
    EXPECT_TRUE(database().write(
        [](storage::Transaction& transaction) { return transaction.execute("UPDATE users SET site_admin = 0"); }));
    const auto secret = world_->bootstrap.prepare({});
    EXPECT_TRUE(secret && *secret);
    return post(
        browser, "/setup/" + (*secret)->reveal(),
        attributes(
            {{"username", "first"}, {"email", "f@example.com"}, {"organization", "first"}, {"password", password}}));
  }
};

TEST_P(SetupPasswordTest, T_T04_SetUpWithAPasswordSignsIn) {
  Browser browser;
  const Reply made = set_up(browser, kPassword);
  ASSERT_EQ(made.status, 201) << made.body;
  const Reply current = get(browser, "/api/v2/sessions/current");
  EXPECT_EQ(current.status, 200) << current.body;
  EXPECT_EQ(current.text("username"), "first");
  Browser again;
  EXPECT_EQ(sign_in(again, "first").status, 201);
}

TEST_P(SetupPasswordTest, T_T03_AWeakPasswordIsToldAndTheLinkStaysGood) {
  Browser browser;
  const Reply refused = set_up(browser, "password");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("/data/attributes/password"));
  EXPECT_EQ(set_up(browser, kPassword).status, 201);
}

INSTANTIATE_ON_BOTH_DATABASES(SetupPasswordTest);

}  // namespace
}  // namespace signin
