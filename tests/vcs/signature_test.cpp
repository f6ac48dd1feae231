#include "vcs/signature.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "tests/vcs/all_kinds.h"
#include "tests/vcs/fake_client.h"

namespace {

using base::Code;
using nlohmann::json;

constexpr const char* kHeader = "X-Hub-Signature-256";
constexpr const char* kBody = "Hello, World!";
constexpr const char* kSecret = "It's a Secret to Everybody";
constexpr const char* kHex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

std::string good() { return std::string("sha256=") + kHex; }

base::Status verify(const base::Headers& headers, std::string_view body = kBody) {
  return vcs::verify_hmac_sha256(headers, kHeader, body, base::Secret(kSecret));
}

Code code_of(const base::Status& status) { return status ? Code::kInternal : status.error().code; }

TEST(Signature, T_W01_TheRightSignatureInEitherCaseIsAccepted) {
  EXPECT_TRUE(verify({{kHeader, good()}}));
  std::string upper = good();
  for (std::size_t i = 7; i < upper.size(); ++i) upper[i] = static_cast<char>(std::toupper(upper[i]));
  EXPECT_TRUE(verify({{kHeader, upper}}));
  EXPECT_TRUE(verify({{"x-hub-signature-256", good()}}));
}

TEST(Signature, T_W01_AnyOtherSignatureIsRefused) {
  std::string flipped = good();
  flipped[10] = flipped[10] == '0' ? '1' : '0';
  const std::vector<std::string> wrong = {flipped,
                                          good().substr(0, good().size() - 1),
                                          good().substr(0, good().size() - 2),
                                          good() + "00",
                                          good() + " ",
                                          kHex,
                                          "sha256=",
                                          "sha256=" + std::string(64, '0'),
                                          "sha256=" + std::string(64, 'g'),
                                          "sha256 =" + std::string(kHex),
                                          "SHA256=" + std::string(kHex),
                                          "sha1=" + std::string(kHex),
                                          "sha512=" + std::string(kHex),
                                          "sha256=sha256=" + std::string(kHex),
                                          "v1," + std::string(kHex),
                                          "=" + std::string(kHex),
                                          "null",
                                          "undefined",
                                          "sha256=" + base::to_base64(*base::from_hex(kHex)),
                                          std::string("sha256=\0", 8) + kHex};
  ASSERT_EQ(wrong.size(), 20U);
  for (const std::string& value : wrong) EXPECT_EQ(code_of(verify({{kHeader, value}})), Code::kUnauthorized) << value;
}

TEST(Signature, T_W01_TheSignatureOfAnotherSecretIsRefused) {
  const auto status = vcs::verify_hmac_sha256({{kHeader, good()}}, kHeader, kBody, base::Secret("another"));
  EXPECT_EQ(code_of(status), Code::kUnauthorized);
}

TEST(Signature, T_W02_NoSignatureIsRefused) {
  EXPECT_EQ(code_of(verify({})), Code::kUnauthorized);
  EXPECT_EQ(code_of(verify({{kHeader, ""}})), Code::kUnauthorized);
}

TEST(Signature, T_W02_NothingIsAcceptedForAHookWithoutASecret) {
  const auto status = vcs::verify_hmac_sha256({{kHeader, good()}}, kHeader, kBody, base::Secret());
  EXPECT_EQ(code_of(status), Code::kUnauthorized);
  EXPECT_EQ(code_of(vcs::verify_basic({{"Authorization", "Basic OnA="}}, "", base::Secret())), Code::kUnauthorized);
}

TEST(Signature, T_W03_TheOldSha1HeaderAloneIsRefused) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  const base::Headers headers = {{"X-GitHub-Event", "push"},
                                 {"X-GitHub-Delivery", "1"},
                                 {"X-Hub-Signature", "sha1=cf93f9ba3c8d3a789e61f91e1e5c6a360d036e98"}};
  const auto verified = vcs_test::all_kinds().find("github")->verify_delivery(
      headers, vcs_test::shared_fixture("github/push.json"), base::Secret("topsecret"));
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Code::kUnauthorized);
}

TEST(Signature, T_W04_TwoSignatureHeadersAreMalformedInEitherOrder) {
  const std::string bad = "sha256=" + std::string(64, '0');
  EXPECT_EQ(code_of(verify({{kHeader, good()}, {kHeader, bad}})), Code::kMalformed);
  EXPECT_EQ(code_of(verify({{kHeader, bad}, {kHeader, good()}})), Code::kMalformed);
  EXPECT_EQ(code_of(verify({{kHeader, good()}, {"x-hub-signature-256", good()}})), Code::kMalformed);
}

TEST(Signature, T_W05_OnlyTheRawBytesCount) {
  EXPECT_EQ(code_of(verify({{kHeader, good()}}, "Hello,  World!")), Code::kUnauthorized);
  EXPECT_EQ(code_of(verify({{kHeader, good()}}, "Hello, World!\n")), Code::kUnauthorized);
}

TEST(Signature, BasicIsAcceptedOnlyForThisUserAndPassword) {
  const base::Secret secret("s3cr:t");
  const auto check = [&](const std::string& value) {
    return vcs::verify_basic({{"Authorization", value}}, "runbridge", secret);
  };
  EXPECT_TRUE(check("Basic " + base::to_base64("runbridge:s3cr:t")));
  EXPECT_TRUE(check("basic " + base::to_base64("runbridge:s3cr:t")));
  for (const std::string& value :
       {std::string("Basic"), std::string("Basic !"), "Basic " + base::to_base64("runbridge:s3cr"),
        "Basic " + base::to_base64("other:s3cr:t"), "Basic " + base::to_base64(":s3cr:t"),
        "Bearer " + base::to_base64("runbridge:s3cr:t"), std::string("runbridge:s3cr:t"), std::string()}) {
    EXPECT_EQ(code_of(check(value)), Code::kUnauthorized) << value;
  }
  const std::string right = "Basic " + base::to_base64("runbridge:s3cr:t");
  EXPECT_EQ(code_of(vcs::verify_basic({{"Authorization", right}, {"Authorization", right}}, "runbridge", secret)),
            Code::kMalformed);
}

// The header each kind of ours reads.
std::vector<std::string> kinds_reading(const std::string& file, const std::string& header) {
  if (header == "X-Hub-Signature-256") return {"github", "github_enterprise"};
  if (header == "X-Hub-Signature" && file.starts_with("bitbucket-cloud/")) return {"bitbucket_hosted"};
  if (header == "X-Hub-Signature" && file.starts_with("bitbucket-datacenter/")) return {"bitbucket_data_center"};
  return {};
}

TEST(Signature, T_W01_KnownAnswersHoldForEveryKind) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  int checked = 0;
  for (const json& vector : json::parse(vcs_test::shared_fixture("signature-vectors.json"))) {
    const std::string file = vector.value("file", "");
    const std::string body = file.empty() ? vector.at("body").get<std::string>() : vcs_test::shared_fixture(file);
    const base::Headers headers = {{vector.at("header"), vector.at("value")}};
    for (const std::string& name : kinds_reading(file, vector.at("header"))) {
      const vcs::Kind* kind = vcs_test::all_kinds().find(name);
      if (kind == nullptr || file.starts_with("gitea/")) continue;
      EXPECT_TRUE(kind->verify_delivery(headers, body, base::Secret(vector.at("secret")))) << name << " " << file;
      EXPECT_FALSE(kind->verify_delivery(headers, body + " ", base::Secret(vector.at("secret"))))
          << name << " " << file;
      ++checked;
    }
  }
  EXPECT_GE(checked, 8);
}

}  // namespace
