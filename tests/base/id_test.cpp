#include "base/id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace base {
namespace {

struct ThingTag {
  static constexpr std::string_view kPrefix = "thing";
};

TEST(Id, HasThePrefixAndLengthThatClientsCheck) {
  EXPECT_THAT(Id<ThingTag>::make().str(), testing::MatchesRegex("thing-[1-9A-HJ-NP-Za-km-z]{16}"));
}

TEST(Id, IsDifferentEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_id("x"));
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Uuid, IsVersionFour) {
  EXPECT_THAT(random_uuid(),
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

}  // namespace
}  // namespace base
