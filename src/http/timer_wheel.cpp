#include "http/timer_wheel.h"

#include <algorithm>

namespace http {

void Timer::unlink() {
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = this;
}

void Timer::link_before(Timer& head) {
  previous_ = head.previous_;
  next_ = &head;
  previous_->next_ = this;
  head.previous_ = this;
}

TimerWheel::TimerWheel(base::SteadyTime now) : start_(now), slots_(kSlots) {}

std::size_t TimerWheel::tick_of(base::SteadyTime time) const {
  return time <= start_ ? 0 : static_cast<std::size_t>((time - start_) / kTick);
}

void TimerWheel::arm(Timer& timer, base::SteadyTime due) {
  timer.unlink();
  timer.due_ = due;
  const std::size_t tick = std::clamp(tick_of(due), next_tick_, next_tick_ + kSlots - 1);
  timer.link_before(slot(tick));
}

std::optional<std::chrono::milliseconds> TimerWheel::until_next(base::SteadyTime now) const {
  for (std::size_t tick = next_tick_; tick < next_tick_ + kSlots; ++tick) {
    if (!slots_[tick % kSlots].linked()) continue;
    const auto end_of_tick = start_ + kTick * (tick + 1);
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(end_of_tick - now), std::chrono::milliseconds(0));
  }
  return std::nullopt;
}

std::vector<Timer*> TimerWheel::take_due(base::SteadyTime now) {
  std::vector<Timer*> due;
  std::vector<Timer*> later;
  const std::size_t end = tick_of(now);  // the tick in progress is not over
  const std::size_t from = end > next_tick_ + kSlots ? end - kSlots : next_tick_;
  for (std::size_t tick = from; tick < end; ++tick) {
    Timer& head = slot(tick);
    while (head.linked()) {
      Timer* timer = head.next_;
      timer->unlink();
      (timer->due_ <= now ? due : later).push_back(timer);
    }
  }
  next_tick_ = std::max(next_tick_, end);
  for (Timer* timer : later) arm(*timer, timer->due_);
  return due;
}

}  // namespace http
