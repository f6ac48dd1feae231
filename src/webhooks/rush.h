#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.h"
#include "base/guarded.h"

namespace webhooks {

// Whether more deliveries come in at this moment than can be worked on beside. Taking them in goes first: a provider
// waits for that, nobody for the rest. Thread-safe.
class Rush {
 public:
  static constexpr std::size_t kMany = 25;  // deliveries within …
  static constexpr std::chrono::milliseconds kWithin{50};
  static constexpr std::chrono::milliseconds kPatience{250};  // the longest that give_way() waits

  // So many were taken in just now.
  void note(std::size_t deliveries);

  // Before something that can wait: returns when it has become quiet, or after kPatience, so that work goes on, slowly,
  // however long the rush lasts.
  void give_way() const;

 private:
  struct State {
    base::SteadyTime began = {};
    std::size_t count = 0;
    base::SteadyTime over = {};  // it is a rush until then
  };
  base::Guarded<State> state_;
};

}  // namespace webhooks
