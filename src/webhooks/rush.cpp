#include "webhooks/rush.h"

#include <thread>

namespace webhooks {

using Steady = std::chrono::steady_clock;

void Rush::note(std::size_t deliveries) {
  const auto now = Steady::now();
  state_.with([&](State& state) {
    if (now - state.began > kWithin) state = {now, 0, state.over};
    state.count += deliveries;
    if (state.count >= kMany) state.over = now + kWithin;
  });
}

void Rush::give_way() const {
  const auto latest = Steady::now() + kPatience;
  for (auto now = Steady::now(); now < latest; now = Steady::now()) {
    const auto over = state_.with([](const State& state) { return state.over; });
    if (over <= now) return;
    std::this_thread::sleep_until(std::min(over, latest));
  }
}

}  // namespace webhooks
