#include "signin/id_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "tests/signin/signer.h"

namespace signin {
namespace {

using jsonapi::Json;
using testing::HasSubstr;

constexpr std::int64_t kNow = 1'770'000'000;

class IdToken : public testing::Test {
 protected:
  IdToken() : keys_(read_signing_keys({{"keys", {rsa_.jwk(), ec_.jwk()}}})) {}

  static Json claims(const Json& other = Json::object()) {
    Json claims{{"iss", "https://id.test"}, {"aud", "runbridge"}, {"sub", "ada-1"},
                {"nonce", "the nonce"},     {"iat", kNow - 5},    {"exp", kNow + 300}};
    for (const auto& [name, value] : other.items()) {
      if (value.is_null()) {
        claims.erase(name);
      } else {
        claims[name] = value;
      }
    }
    return claims;
  }
  // Empty if it is taken.
  std::string why(const std::string& text) {
    const auto token = read_token(text);
    if (!token) return token.error().message;
    const SigningKey* key = find_key(keys_, *token);
    if (key == nullptr) return "no key";
    const auto checked =
        check_token(*token, *key, {"https://id.test", "runbridge", "the nonce", base::from_millis(kNow * 1000)});
    return checked ? "" : checked.error().message;
  }
  std::string why_claims(const Json& other) { return why(rsa_.sign(claims(other))); }

  const Signer rsa_{"RS256", "one"};
  const Signer ec_{"ES256", "two"};
  const Signer stranger_{"RS256", "one"};  // another key under a known name
  const std::vector<SigningKey> keys_;
};

TEST_F(IdToken, GoodOnesAreTaken) {
  EXPECT_EQ(why(rsa_.sign(claims())), "");
  EXPECT_EQ(why(ec_.sign(claims())), "");
  EXPECT_EQ(why_claims({{"aud", {"runbridge"}}}), "");
  EXPECT_EQ(why_claims({{"aud", {"other", "runbridge"}}, {"azp", "runbridge"}}), "");
  EXPECT_EQ(why_claims({{"exp", kNow - 30}}), "") << "clocks differ";
  EXPECT_EQ(why_claims({{"iat", kNow + 30}}), "");
}

TEST_F(IdToken, T_T14_NoneAndOtherAlgorithmsAreRefused) {
  const std::string body = base::to_base64url(jsonapi::dump(claims()));
  const std::string none = base::to_base64url(R"({"alg":"none"})") + "." + body + ".";
  EXPECT_THAT(why(none), HasSubstr("signed with \"none\""));
  for (const char* algorithm : {"None", "HS256", "RS384", "PS256", "ES512", ""}) {
    EXPECT_THAT(why(rsa_.sign(claims(), {{"alg", algorithm}})), HasSubstr("is signed with")) << algorithm;
  }
  EXPECT_EQ(why(rsa_.sign(claims(), {{"alg", "ES256"}})), "no key") << "a key of the other kind";
  EXPECT_THAT(why(rsa_.sign(claims(), {{"crit", {"b64"}}})), HasSubstr("extension"));
}

TEST_F(IdToken, T_T14_TheSignatureIsThatOfThePublishedKey) {
  EXPECT_THAT(why(stranger_.sign(claims())), HasSubstr("signature"));
  EXPECT_EQ(why(rsa_.sign(claims(), {{"kid", "three"}})), "no key");
  std::string text = rsa_.sign(claims());
  EXPECT_THAT(why(text.substr(0, text.rfind('.') + 1)), HasSubstr("signature"));
  const std::string other = base::to_base64url(jsonapi::dump(claims({{"sub", "root"}})));
  text.replace(text.find('.') + 1, text.rfind('.') - text.find('.') - 1, other);
  EXPECT_THAT(why(text), HasSubstr("signature"));
}

TEST_F(IdToken, T_T14_IssuerAudienceAndNonceAreOurs) {
  EXPECT_THAT(why_claims({{"iss", "https://id.test/"}}), HasSubstr("issuer"));
  EXPECT_THAT(why_claims({{"iss", nullptr}}), HasSubstr("issuer"));
  EXPECT_THAT(why_claims({{"aud", "other"}}), HasSubstr("another audience"));
  EXPECT_THAT(why_claims({{"aud", {"runbridge", "other"}}}), HasSubstr("several"));
  EXPECT_THAT(why_claims({{"azp", "other"}}), HasSubstr("party"));
  EXPECT_THAT(why_claims({{"nonce", "another"}}), HasSubstr("another sign-in"));
  EXPECT_THAT(why_claims({{"nonce", nullptr}}), HasSubstr("another sign-in"));
  EXPECT_THAT(why_claims({{"sub", ""}}), HasSubstr("who"));
  EXPECT_THAT(why_claims({{"sub", std::string(256, 'x')}}), HasSubstr("who"));
}

TEST_F(IdToken, T_T14_DatesAreLookedAt) {
  EXPECT_THAT(why_claims({{"exp", kNow - 60}}), HasSubstr("expired"));
  EXPECT_THAT(why_claims({{"exp", nullptr}}), HasSubstr("when"));
  EXPECT_THAT(why_claims({{"exp", "tomorrow"}}), HasSubstr("when"));
  EXPECT_THAT(why_claims({{"exp", 1e300}}), HasSubstr("when"));
  EXPECT_THAT(why_claims({{"iat", kNow + 120}}), HasSubstr("future"));
  EXPECT_THAT(why_claims({{"iat", kNow - 3600}}), HasSubstr("too long ago"));
  EXPECT_THAT(why_claims({{"nbf", kNow + 120}}), HasSubstr("not good yet"));
}

TEST_F(IdToken, WhatIsNoTokenIsRefused) {
  for (const char* text : {"", ".", "..", "a.b", "a.b.c.d", "e30.e30.!", "e30=.e30=.e30=", "W10.W10.W10"}) {
    EXPECT_NE(why(text), "") << text;
  }
  EXPECT_NE(why(std::string(70'000, 'a')), "");
}

TEST_F(IdToken, KeysForOtherUsesAreLeftOut) {
  Json encryption = rsa_.jwk();
  encryption["use"] = "enc";
  EXPECT_TRUE(read_signing_keys({{"keys", {encryption, {{"kty", "oct"}, {"k", "AAAA"}}, 7, "x"}}}).empty());
  EXPECT_TRUE(read_signing_keys(Json::array()).empty());
}

TEST_F(IdToken, ATokenWithoutAKeysNameIsCheckedOnlyIfThereIsNoChoice) {
  const auto token = read_token(rsa_.sign(claims(), {{"kid", ""}}));
  ASSERT_TRUE(token);
  EXPECT_NE(find_key(keys_, *token), nullptr);
  EXPECT_EQ(find_key(read_signing_keys({{"keys", {rsa_.jwk(), stranger_.jwk()}}}), *token), nullptr);
}

}  // namespace
}  // namespace signin
