#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace http {

// A deadline that can be put into a TimerWheel; leaves it by itself on destruction. Its address must not change.
class Timer {
 public:
  Timer() = default;
  ~Timer() { unlink(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  friend class TimerWheel;

  bool linked() const { return next_ != this; }
  void unlink();
  void link_before(Timer& head);

  Timer* previous_ = this;
  Timer* next_ = this;
  base::SteadyTime due_;
};

// Many deadlines, moved often: arming and cancelling cost the same whatever their number. Due times are met with a
// delay of at most one tick. One thread only.
class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{8};

  explicit TimerWheel(base::SteadyTime now);

  void arm(Timer& timer, base::SteadyTime due);  // moves it if it is armed
  void cancel(Timer& timer) { timer.unlink(); }

  // How long until a timer may be due; nothing while none is armed.
  std::optional<std::chrono::milliseconds> until_next(base::SteadyTime now) const;

  // Takes out the timers that are due. Each must be looked at before the next call.
  std::vector<Timer*> take_due(base::SteadyTime now);

 private:
  static constexpr std::size_t kSlots = 8192;  // a turn is about 65 s; later timers wait in the last slot

  std::size_t tick_of(base::SteadyTime time) const;
  Timer& slot(std::size_t tick) { return slots_[tick % kSlots]; }

  base::SteadyTime start_;
  std::size_t next_tick_ = 0;  // the first that was not looked at
  std::vector<Timer> slots_;   // heads of circular lists
};

}  // namespace http
