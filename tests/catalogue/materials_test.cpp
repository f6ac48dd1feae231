#include "catalogue/materials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "tests/catalogue/test_run.h"
#include "tests/support/connection_values.h"

namespace catalogue {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const Catalogue& builtin() { return *Catalogue::builtin(); }

class EveryEnvironment : public testing::TestWithParam<std::pair<const Type*, const Scheme*>> {};

TEST_P(EveryEnvironment, IsRenderedWithoutAnythingLeftOver) {
  TestRun run;
  run.add(GetParam().first->id.c_str(), GetParam().second->id.c_str(), "my connection-1");
  const auto made = run.make(true);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->variables.empty());
  for (const MaterialVariable& variable : made->variables) {
    EXPECT_THAT(variable.name, testing::MatchesRegex("[A-Za-z_][A-Za-z0-9_]*"));
    EXPECT_THAT(variable.value.reveal(), Not(HasSubstr("{{"))) << variable.name;
    EXPECT_FALSE(variable.value.empty()) << variable.name;
    EXPECT_LT(variable.value.size(), 128U << 10U) << variable.name;
  }
  for (const MaterialFile& file : made->files) {
    const bool is_binary = file.path.ends_with(".pfx");  // any two bytes may stand next to each other there
    EXPECT_TRUE(is_binary || file.content.reveal().find("{{") == std::string::npos) << file.path;
    EXPECT_FALSE(file.content.empty()) << file.path;
    EXPECT_TRUE(file.mode == 0600 || file.mode == 0700) << file.path;
  }
}

// Whatever variable or file has a secret in it says so, and its secret is masked.
TEST_P(EveryEnvironment, T_CanarySecretsAreMarkedAndMasked) {
  TestRun run;
  const Use& use = run.add(GetParam().first->id.c_str(), GetParam().second->id.c_str(), "my connection-1");
  const auto made = run.make(true);
  ASSERT_TRUE(made);
  const auto masked = [&](const std::string& text) {
    return std::any_of(made->masked.begin(), made->masked.end(), [&](const auto& one) { return one.reveal() == text; });
  };
  for (const auto& [id, secret] : use.values->secrets()) {
    EXPECT_TRUE(masked(std::string(base::trim(secret.reveal())))) << id;
    for (const MaterialVariable& variable : made->variables) {
      const bool has = variable.value.reveal().find(secret.reveal()) != std::string::npos;
      EXPECT_TRUE(variable.secret || !has) << variable.name << " has " << id;
    }
    for (const MaterialFile& file : made->files) {
      const bool has = file.content.reveal().find(secret.reveal()) != std::string::npos;
      EXPECT_TRUE(file.secret || !has) << file.path << " has " << id;
    }
  }
}

std::vector<std::pair<const Type*, const Scheme*>> all_schemes() {
  std::vector<std::pair<const Type*, const Scheme*>> all;
  for (const Type& type : builtin().types()) {
    for (const Scheme& scheme : type.schemes) all.emplace_back(&type, &scheme);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryEnvironment, testing::ValuesIn(all_schemes()),
                         [](const auto& one) { return one.param.first->id + "_" + one.param.second->id; });

TEST(Materials, AnEmptyValueIsNoVariable) {
  TestRun run;
  run.add("s3", "access_key", "data", {{"region", ""}, {"endpoint_url", ""}});
  const auto made = run.make();
  EXPECT_EQ(value_of(*made, "AWS_REGION"), "(not set)");
  EXPECT_EQ(value_of(*made, "S3_BUCKET"), "example-training-data");
}

TEST(Materials, TwoThatSetTheSameVariableAreRefusedNamingBoth) {
  TestRun run;
  run.add("s3", "access_key", "first", {{"target", "bucket-a"}});
  run.add("s3", "access_key", "second", {{"target", "bucket-b"}});
  const auto made = run.make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, base::Code::kConflict);
  EXPECT_THAT(made.error().message,
              testing::AllOf(HasSubstr("\"first\""), HasSubstr("\"second\""), HasSubstr("prefix")));
}

TEST(Materials, APrefixKeepsThemApart) {
  TestRun run;
  run.add("s3", "access_key", "first", {{"target", "bucket-a"}});
  run.add("s3", "access_key", "second", {{"target", "bucket-b"}}, "B_");
  const auto made = run.make();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(value_of(*made, "S3_BUCKET"), "bucket-a");
  EXPECT_EQ(value_of(*made, "B_S3_BUCKET"), "bucket-b");
}

TEST(Materials, APrefixThatIsNoNameIsRefused) {
  TestRun run;
  run.add("s3", "access_key", "first", {}, "1=");
  EXPECT_FALSE(run.make());
}

TEST(Materials, ScriptsOfAPrefixedConnectionReadThePrefixedVariables) {
  TestRun run;
  run.add("git", "pat", "code", {}, "B_");
  const auto made = run.make();
  EXPECT_THAT(file_of(*made, "git-askpass.sh"), HasSubstr("\"$B_GIT_ASKPASS_PASSWORD\""));
  TestRun npm;
  npm.add("npm", "external_azure_pipelines", "feed", {}, "B_");
  EXPECT_THAT(file_of(*npm.make(), "npm/.npmrc"), HasSubstr("${B_NPM_TOKEN}"));
}

TEST(Materials, ApiKeyNamesThatAreAmbiguousAreLeftOut) {
  TestRun run;
  run.add("api_key", "api_key", "one", {{"api_key", "key-one"}});
  run.add("api_key", "api_key", "two", {{"api_key", "key-two"}});
  const auto made = run.make();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(value_of(*made, "API_KEY"), "(not set)");
  EXPECT_EQ(value_of(*made, "ONE_API_KEY"), "key-one");
  EXPECT_EQ(value_of(*made, "TWO_API_KEY"), "key-two");
  EXPECT_THAT(made->warnings, testing::Contains(HasSubstr("API_KEY is not set")));
}

TEST(Materials, SecondIndexesOfPipGoToTheExtraOnes) {
  TestRun run;
  run.add("python_feed", "none", "a", {{"target", "https://a.example.com/simple"}});
  run.add("python_feed", "none", "b", {{"target", "https://b.example.com/simple"}});
  run.add("python_feed", "username_password", "c",
          {{"target", "https://c.example.com/simple"}, {"username", "u@x"}, {"password", "p/w"}});
  const auto made = run.make();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(value_of(*made, "PIP_INDEX_URL"), "https://a.example.com/simple");
  EXPECT_EQ(value_of(*made, "PIP_EXTRA_INDEX_URL"),
            "https://b.example.com/simple https://u%40x:p%2Fw@c.example.com/simple");
  const auto at = std::find_if(made->variables.begin(), made->variables.end(),
                               [](const auto& one) { return one.name == "PIP_EXTRA_INDEX_URL"; });
  EXPECT_TRUE(at->secret);
}

TEST(Materials, TheSameRegistryTwiceIsRefused) {
  TestRun run;
  run.add("docker_registry", "others", "a");
  run.add("docker_registry", "others", "b", {}, "B_");
  const auto made = run.make();
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message,
              testing::AllOf(HasSubstr("\"a\""), HasSubstr("\"b\""), HasSubstr("registry.example.com:5443")));
}

TEST(Materials, EndpointVariablesAreNamedAfterTheConnection) {
  TestRun run;
  run.add("jenkins", "username_password", "build server");
  const auto made = run.make(true);
  EXPECT_EQ(value_of(*made, "ENDPOINT_URL_BUILD_SERVER"), "https://service.example.com/base");
  EXPECT_EQ(value_of(*made, "ENDPOINT_AUTH_SCHEME_BUILD_SERVER"), "UsernamePassword");
  EXPECT_EQ(value_of(*made, "ENDPOINT_DATA_BUILD_SERVER_ACCEPTUNTRUSTEDCERTS"), "true");
  const auto json = nlohmann::json::parse(value_of(*made, "ENDPOINT_AUTH_BUILD_SERVER"));
  EXPECT_EQ(json.at("parameters").at("password"), value_of(*made, "ENDPOINT_AUTH_PARAMETER_BUILD_SERVER_PASSWORD"));
  EXPECT_EQ(value_of(*run.make(false), "ENDPOINT_URL_BUILD_SERVER"), "(not set)");
}

TEST(Materials, SecretPartsAreMaskedOnTheirOwn) {
  TestRun run;
  run.add("azure_service_bus", "connection_string", "bus");
  run.add("kubernetes", "kubeconfig", "cluster");
  const auto made = run.make();
  std::vector<std::string> masked;
  for (const auto& one : made->masked) masked.push_back(one.reveal());
  EXPECT_THAT(masked, testing::Contains("canaryservicebus0123456789ABCDEF="));
  EXPECT_THAT(masked, testing::Contains("canary-kubeconfig-token"));
  EXPECT_TRUE(
      std::is_sorted(masked.begin(), masked.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); }));
}

TEST(Materials, WhatIsFetchedWhenTheRunStartsIsNamed) {
  EXPECT_THAT(needed_captures(*builtin().find_type("snowflake")->find_scheme("service_principal")),
              testing::ElementsAre("token.access_token"));
  EXPECT_THAT(needed_captures(*builtin().find_type("docker_registry")->find_scheme("azure_container_registry")),
              testing::ElementsAre("exchange.refresh_token"));
  EXPECT_THAT(needed_captures(*builtin().find_type("jenkins")->find_scheme("username_password")), IsEmpty());
}

TEST(Materials, KubeconfigsWithTheSameNamesAreRefused) {
  TestRun run;
  run.add("kubernetes", "kubeconfig", "one");
  run.add("kubernetes", "kubeconfig", "two");
  const auto made = run.make();
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message,
              testing::AllOf(HasSubstr("\"one\""), HasSubstr("\"two\""), HasSubstr("\"staging\"")));
}

}  // namespace
}  // namespace catalogue
