#include "base/clock.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Clock, FormatsWithMillisecondsAndZ) {
  EXPECT_EQ(format_time(from_millis(1767323045678)), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(format_time(from_millis(0)), "1970-01-01T00:00:00.000Z");
}

TEST(Clock, ParsesWhatProvidersSend) {
  for (const char* text : {"2026-01-02T03:04:05.678Z", "2026-01-02T04:04:05.678+01:00", "2026-01-02T03:04:05.6789123Z",
                           "2026-01-02T03:04:05.678+0000"}) {
    ASSERT_TRUE(parse_time(text)) << text;
    EXPECT_EQ(format_time(*parse_time(text)), "2026-01-02T03:04:05.678Z") << text;
  }
}

TEST(Clock, T_J20_RefusesTimesThatAreNone) {
  for (const char* text : {"", "2026-01-02", "2026-02-30T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T03:04:05",
                           "10000-01-01T00:00:00Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

}  // namespace
}  // namespace base
