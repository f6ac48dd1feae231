#include "probes/signing.h"

#include <gmock/gmock.h>

#include <map>

#include "base/file.h"
#include "base/strings.h"
#include "probes/answer.h"
#include "probes/certificate.h"
#include "probes/http_auth.h"
#include "probes/mask.h"
#include "tests/probes/world.h"

namespace {

using probes::HeaderList;
using testing::HasSubstr;
using testing::Not;

std::string authorization(const HeaderList& headers) {
  for (const auto& [name, value] : headers) {
    if (name == "Authorization") return value;
  }
  return {};
}

// The published suite "aws-sig-v4-test-suite": key, date and service of all of its cases.
struct AwsCase {
  const char* name;
  probes::AwsRequest request;
  const char* signature;
};
class AwsVectors : public testing::TestWithParam<AwsCase> {};

TEST_P(AwsVectors, SignatureIsThePublishedOne) {
  const probes::AwsKey key{"AKIDEXAMPLE", base::Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "us-east-1",
                           "service"};
  const auto headers = probes::sign_aws(GetParam().request, key, *base::parse_time("2015-08-30T12:36:00Z"));
  EXPECT_THAT(authorization(headers), testing::EndsWith(std::string("Signature=") + GetParam().signature));
}

constexpr const char* kHost = "example.amazonaws.com";
INSTANTIATE_TEST_SUITE_P(
    Probes, AwsVectors,
    testing::Values(
        AwsCase{"get-vanilla",
                {"GET", kHost, "/", "", ""},
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        AwsCase{"get-vanilla-query-order-key-case",
                {"GET", kHost, "/", "Param2=value2&Param1=value1", ""},
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        AwsCase{"post-vanilla",
                {"POST", kHost, "/", "", ""},
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
        AwsCase{"post-x-www-form-urlencoded",
                {"POST", kHost, "/", "", "Param1=value1", {{"content-type", "application/x-www-form-urlencoded"}}},
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
        AwsCase{"get-slash-dot-slash",
                {"GET", kHost, "/./", "", ""},
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"}),
    [](const auto& parameter) { return "Case" + std::to_string(parameter.index); });

TEST(Signing, AServiceBusTokenNamesResourceExpiryAndKey) {
  const auto token = probes::sign_service_bus("https://a.servicebus.windows.net/q", "root", base::Secret("key"),
                                              *base::parse_time("2026-01-01T00:00:00Z"));
  // openssl dgst -sha256 -hmac key over "https%3A%2F%2Fa.servicebus.windows.net%2Fq\n1767225600"
  EXPECT_THAT(token.reveal(),
              testing::StartsWith("SharedAccessSignature sr=https%3A%2F%2Fa.servicebus.windows.net%2Fq&sig="));
  EXPECT_THAT(token.reveal(), testing::EndsWith("&se=1767225600&skn=root"));
}

TEST(Answers, PathsOfTheCatalogueFindTheirValues) {
  const auto json = nlohmann::json::parse(
      R"({"a":{"b":[{"c":1},{"c":"two"}]},"token":null,"access_token":"t","list":[{"@type":"Other","@id":"x"},)"
      R"({"@type":"PackagePublish/2","@id":"y"}],"value":"aGk=","flag":true})");
  EXPECT_EQ(probes::json_at(json, "a.b[1].c"), "two");
  EXPECT_EQ(probes::json_at(json, "token|access_token"), "t");
  EXPECT_EQ(probes::json_at(json, "list[@type^='PackagePublish'].@id"), "y");
  EXPECT_EQ(probes::json_at(json, "value (base64)"), "hi");
  EXPECT_EQ(probes::json_at(json, "flag"), "true");
  EXPECT_EQ(probes::json_at(json, "a.b[9].c"), std::nullopt);
  EXPECT_EQ(probes::json_at(json, "a.none"), std::nullopt);
}

TEST(Answers, RootsAndElementsOfXmlAreFoundByLocalName) {
  const std::string text =
      "<?xml version='1.0'?><!-- <no/> --><s:Error xmlns:s='x'><s:Code>A &amp; B</s:Code></s:Error>";
  EXPECT_EQ(probes::xml_root(text), "Error");
  EXPECT_EQ(probes::xml_text(text, "Error.Code"), "A & B");
  EXPECT_EQ(probes::xml_text(text, "Code.Error"), std::nullopt);
  EXPECT_EQ(probes::xml_root("plain"), std::nullopt);
}

TEST(Answers, ChallengesAreTakenApart) {
  const std::string value = R"(Bearer realm="https://auth.test/token",service="a, \"b\"",scope=x)";
  EXPECT_EQ(probes::challenge_part(value, "scheme"), "bearer");
  EXPECT_EQ(probes::challenge_part(value, "realm"), "https://auth.test/token");
  EXPECT_EQ(probes::challenge_part(value, "service"), "a, \"b\"");
  EXPECT_EQ(probes::challenge_part(value, "none"), std::nullopt);
}

TEST(Masking, EveryFormOfASecretIsHidden) {
  probes::Mask mask;
  mask.add(base::Secret("p/a+s s\"w"));
  const std::string shown =
      mask.shown("raw p/a+s s\"w url p%2Fa%2Bs%20s%22w lower p%2fa%2bs%20s%22w form p%2Fa%2Bs+s%22w base64 " +
                 base::to_base64("p/a+s s\"w") + " json p/a+s s\\\"w");
  EXPECT_EQ(shown, "raw *** url *** lower *** form *** base64 *** json ***");
}

TEST(Masking, AnAnswerIsOneLineAndCutAtACharacter) {
  probes::Mask mask;
  const std::string shown = mask.shown("a\n\tb\x01" + std::string(400, 'c') + "ä");
  EXPECT_THAT(shown, testing::StartsWith("a b c"));
  EXPECT_LE(shown.size(), 303U);
}

TEST(Sites, CredentialsStayWithinTheOwnersNames) {
  EXPECT_TRUE(probes::same_site("auth.docker.io", "registry-1.docker.io"));
  EXPECT_TRUE(probes::same_site("gitlab.test", "registry.gitlab.test"));
  EXPECT_FALSE(probes::same_site("auth.evil.test", "registry.good.test"));
  EXPECT_FALSE(probes::same_site("a.co.uk", "b.co.uk"));
  EXPECT_FALSE(probes::same_site("x.a.co.uk", "x.b.co.uk"));
  EXPECT_FALSE(probes::same_site("10.0.0.1", "10.0.0.2"));
}

}  // namespace
