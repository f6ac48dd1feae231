#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/probes/world.h"

namespace {

using probes_test::kPassword;
using probes_test::kToken;
using probes_test::Texts;
using probes_test::Try;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kStart = "00000000-0000-0000-0000-0000000000";

// Lists that are asked for at Azure's own addresses.
class LiveChoices : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto options = probes_test::certificate_for("DNS:login.microsoftonline.com,DNS:management.azure.com,DNS:k8s.test");
    service_ = std::make_unique<probes_test::Service>("cloud", options);
  }
  static void TearDownTestSuite() { service_.reset(); }

  // `end` are the last two digits of the subscription: they tell the fake what is wrong with its list.
  static Try clusters(const std::string& end, const std::string& secret = kPassword) {
    return Try("kubernetes", "azure_subscription", {{"azure_subscription", "az"}})
        .at(*service_)
        .with_azure("service_principal_key", {{"scope_level", "Subscription"},
                                              {"subscription_id", kStart + end},
                                              {"tenant_id", "t"},
                                              {"client_id", "app"},
                                              {"client_secret", secret}});
  }
  static const probes_test::Service& service() { return *service_; }

 private:
  static std::unique_ptr<probes_test::Service> service_;
};
std::unique_ptr<probes_test::Service> LiveChoices::service_;

TEST_F(LiveChoices, AreReadPageByPage) {
  const auto found = clusters("0a").options("cluster");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->complete);
  ASSERT_EQ(found->options.size(), 6U);
  EXPECT_EQ(found->options[0].label, "prod-1");
  EXPECT_EQ(found->options[5].label, "test-3");
  EXPECT_THAT(found->options[5].value, HasSubstr("/Microsoft.ContainerService/managedClusters/test-3"));
}

TEST_F(LiveChoices, OfARegistryAreItsAddresses) {
  const auto found = Try("docker_registry", "azure_container_registry", {{"azure_subscription", "az"}})
                         .at(service())
                         .with_azure("service_principal_key", {{"scope_level", "Subscription"},
                                                               {"subscription_id", std::string(kStart) + "0a"},
                                                               {"tenant_id", "t"},
                                                               {"client_id", "app"},
                                                               {"client_secret", kPassword}})
                         .options("registry_url");
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->options.size(), 1U);
  EXPECT_EQ(found->options[0].value, "acme.azurecr.io");
  EXPECT_EQ(found->options[0].label, "acme");
}

TEST_F(LiveChoices, OfASignInAreWhatItsAccountSees) {
  const auto signed_in = [](const char* token) {
    return Try("azure_rm", "automatic", {{"subscription_id", std::string(kStart) + "0a"}, {"refresh_token", token}})
        .at(service());
  };
  const auto subscriptions = signed_in(kToken).options("subscription_id");
  ASSERT_TRUE(subscriptions) << subscriptions.error().message;
  ASSERT_EQ(subscriptions->options.size(), 1U);
  EXPECT_EQ(subscriptions->options[0].label, "Production");
  const auto groups = signed_in(kToken).options("resource_group");
  ASSERT_TRUE(groups) << groups.error().message;
  EXPECT_EQ(groups->options.size(), 2U);
  const auto expired = signed_in("an-older-token").options("subscription_id");
  ASSERT_FALSE(expired);
  EXPECT_THAT(expired.error().message, AllOf(HasSubstr("sign in again"), Not(HasSubstr("an-older-token"))));
}

TEST_F(LiveChoices, AnEmptyListIsNoFailureAndAnEndlessOneIsCut) {
  const auto none = clusters("e0").options("cluster");
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_TRUE(none->complete);
  EXPECT_TRUE(none->options.empty());
  const auto endless = clusters("e1").options("cluster");
  ASSERT_TRUE(endless) << endless.error().message;
  EXPECT_FALSE(endless->complete);
  EXPECT_EQ(endless->options.size(), static_cast<std::size_t>(probes::kMostOptionPages));
}

TEST_F(LiveChoices, WhatCannotBeAValueIsLeftOutAndTheTokenIsMasked) {
  const auto found = clusters("e4").options("cluster");
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->options.size(), 1U);
  EXPECT_EQ(found->options[0].value, "fine");
  EXPECT_EQ(found->options[0].label, "is ***");
}

TEST_F(LiveChoices, EachFailureHasItsWordsAndNoSecret) {
  struct Row {
    const char* what;
    Try tried;
    std::vector<std::string> words;
  };
  const std::vector<Row> table = {
      {"wrong secret", clusters("0a", "another secret"), {"refused the credentials", "AADSTS7000215"}},
      {"no role", clusters("b0"), {"does not have authorization", "missing permission"}},
      {"the next page is elsewhere", clusters("e2"), {"another server"}},
      {"the next page is a template", clusters("e3"), {"skiptoken is a template"}},
      {"no such member", clusters("e5"), {"management.azure.com"}},
      {"a web page", clusters("e7"), {"management.azure.com"}},
      {"too many requests", clusters("e8"), {"slow down"}},
      {"nobody there", clusters("0a").at_port(1), {"login.microsoftonline.com"}},
      {"not allowed", clusters("0a").without_allowance(), {"login.microsoftonline.com"}},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.what);
    const auto found = row.tried.options("cluster");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, base::Code::kUpstream);
    for (const auto& words : row.words) EXPECT_THAT(found.error().message, HasSubstr(words));
    for (const char* secret : {kPassword, kToken, "another secret"}) {
      EXPECT_THAT(found.error().message, Not(HasSubstr(secret)));
    }
  }
}

TEST_F(LiveChoices, AFieldWithoutThemSaysSo) {
  const auto found = clusters("0a").options("namespace");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, base::Code::kInvalid);
}

}  // namespace
