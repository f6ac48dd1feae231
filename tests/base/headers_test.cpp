#include "base/headers.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Headers, NamesAreComparedWithoutCaseAndRepeatsKept) {
  Headers headers{{"X-Hub-Signature", "a"}, {"x-hub-signature", "b"}};
  EXPECT_EQ(headers.count("X-HUB-SIGNATURE"), 2U);
  EXPECT_EQ(headers.get("x-Hub-signature"), "a");
  headers.set("X-Hub-Signature", "c");
  EXPECT_EQ(headers.count("x-hub-signature"), 1U);
  EXPECT_FALSE(headers.get("x-hub"));
}

}  // namespace
}  // namespace base
