#include "http/timer_wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const base::SteadyTime kStart{seconds(1000)};

TEST(TimerWheel, TimersFireOnceAndNotEarly) {
  TimerWheel wheel(kStart);
  Timer timer;
  wheel.arm(timer, kStart + milliseconds(100));
  EXPECT_THAT(wheel.take_due(kStart + milliseconds(99)), IsEmpty());
  EXPECT_THAT(wheel.take_due(kStart + milliseconds(100) + TimerWheel::kTick), ElementsAre(&timer));
  EXPECT_THAT(wheel.take_due(kStart + seconds(300)), IsEmpty());
  EXPECT_FALSE(wheel.until_next(kStart + seconds(300)));
}

TEST(TimerWheel, WaitingUntilNextIsEnough) {
  for (const int delay : {0, 1, 7, 8, 9, 1000, 65'000, 70'000, 200'000}) {
    TimerWheel wheel(kStart);
    Timer timer;
    wheel.arm(timer, kStart + milliseconds(delay));
    auto now = kStart;
    int turns = 0;
    std::vector<Timer*> due;
    for (; due.empty() && turns < 10; ++turns) {
      now += *wheel.until_next(now);
      due = wheel.take_due(now);
    }
    EXPECT_THAT(due, ElementsAre(&timer)) << delay;
    EXPECT_GE(now, kStart + milliseconds(delay));
    EXPECT_LE(now, kStart + milliseconds(delay) + 2 * TimerWheel::kTick + seconds(delay > 60'000 ? 66 : 0));
  }
}

TEST(TimerWheel, ATimerIsMovedCancelledAndLeavesWhenDestroyed) {
  TimerWheel wheel(kStart);
  Timer moved;
  Timer cancelled;
  auto destroyed = std::make_unique<Timer>();
  wheel.arm(moved, kStart + milliseconds(50));
  wheel.arm(cancelled, kStart + milliseconds(50));
  wheel.arm(*destroyed, kStart + milliseconds(50));
  wheel.arm(moved, kStart + milliseconds(500));
  wheel.cancel(cancelled);
  destroyed.reset();
  EXPECT_THAT(wheel.take_due(kStart + milliseconds(100)), IsEmpty());
  EXPECT_THAT(wheel.take_due(kStart + milliseconds(600)), ElementsAre(&moved));
}

TEST(TimerWheel, ALateLookFindsEverything) {
  TimerWheel wheel(kStart);
  std::vector<std::unique_ptr<Timer>> timers;
  for (int index = 0; index < 1000; ++index) {
    timers.push_back(std::make_unique<Timer>());
    wheel.arm(*timers.back(), kStart + milliseconds(index * 60));
  }
  EXPECT_EQ(wheel.take_due(kStart + seconds(600)).size(), 1000U);
}

}  // namespace
}  // namespace http
