#include "catalogue/live_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/catalogue.h"

namespace catalogue {
namespace {

struct Expected {
  const char *type, *scheme, *parameter, *reference;
  std::vector<std::string> needs;
};

// The whole catalogue: a list that is added to it belongs here.
TEST(LiveOptions, AreKnownForEveryFieldThatAServiceIsAskedFor) {
  const std::vector<Expected> table = {
      {"azure_rm", "automatic", "subscription_id", "", {"environment", "refresh_token"}},
      {"azure_rm", "automatic", "resource_group", "", {"environment", "subscription_id", "refresh_token"}},
      {"docker_registry", "azure_container_registry", "registry_url", "azure_subscription", {"azure_subscription"}},
      {"kubernetes", "azure_subscription", "cluster", "azure_subscription", {"azure_subscription"}},
  };
  const auto catalogue = Catalogue::builtin();
  std::size_t found = 0;
  for (const auto& type : catalogue->types()) {
    for (const auto& scheme : type.schemes) {
      for (const auto& parameter : scheme.parameters) {
        const auto live = live_options(scheme, parameter);
        EXPECT_EQ(live.has_value(), parameter.options_from.kind == OptionsFrom::Kind::kHttp);
        if (!live) continue;
        SCOPED_TRACE(type.id + " " + scheme.id + " " + parameter.id);
        ASSERT_LT(found, table.size());
        const Expected& expected = table[found++];
        EXPECT_EQ(type.id, expected.type);
        EXPECT_EQ(scheme.id, expected.scheme);
        EXPECT_EQ(parameter.id, expected.parameter);
        EXPECT_EQ(live->reference, expected.reference);
        EXPECT_EQ(live->needs, expected.needs);
        EXPECT_THAT(live->url, testing::StartsWith("{{"));
      }
    }
  }
  EXPECT_EQ(found, table.size());
}

}  // namespace
}  // namespace catalogue
