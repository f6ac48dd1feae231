#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "base/result.h"

namespace probes {

// How long a verification may go on, and the caller's wish to end it. One thread.
class Deadline {
 public:
  Deadline(std::chrono::milliseconds total, std::stop_token stop);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  std::chrono::milliseconds left() const;  // never negative
  std::chrono::milliseconds total() const { return total_; }
  const std::stop_token& stop() const { return stop_; }

  // Waits until `fd` is ready for `events` (poll(2)), for `most` at the longest. Stage kTimeout or kStopped.
  base::Status wait(int fd, short events, std::chrono::milliseconds most = std::chrono::hours(1)) const;

 private:
  class Wake;
  std::chrono::milliseconds total_;
  std::chrono::steady_clock::time_point end_;
  std::stop_token stop_;
  std::unique_ptr<Wake> wake_;
};

}  // namespace probes
