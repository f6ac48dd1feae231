#include "base/counting.h"

#include <gtest/gtest.h>

#include <limits>

namespace {

TEST(CountLimit, StopsWhenItKnowsEnoughUnlessTheExactNumberIsAskedFor) {
  EXPECT_EQ(base::count_limit({1, 20}, false), 5'000);
  EXPECT_EQ(base::count_limit({2'500, 20}, false), 2'499 * 20 + 10 * 20) << "there is always a next page to go to";
  EXPECT_EQ(base::count_limit({1, 20}, true), std::numeric_limits<std::int64_t>::max());
}

}  // namespace
