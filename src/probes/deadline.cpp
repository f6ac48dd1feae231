#include "probes/deadline.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>

#include "base/file.h"
#include "probes/failure.h"

namespace probes {

using std::chrono::milliseconds;

// A descriptor that becomes readable when the caller asks to stop.
class Deadline::Wake {
 public:
  explicit Wake(const std::stop_token& stop)
      : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(stop, [fd = event_.get()] {
          const std::uint64_t one = 1;
          static_cast<void>(!::write(fd, &one, sizeof one));
        }) {}
  int fd() const { return event_.get(); }

 private:
  base::FileDescriptor event_;
  std::stop_callback<std::function<void()>> callback_;
};

Deadline::Deadline(milliseconds total, std::stop_token stop)
    : total_(total),
      end_(std::chrono::steady_clock::now() + total),
      stop_(std::move(stop)),
      wake_(std::make_unique<Wake>(stop_)) {}

Deadline::~Deadline() = default;

milliseconds Deadline::left() const {
  const auto rest = std::chrono::duration_cast<milliseconds>(end_ - std::chrono::steady_clock::now());
  return std::max(rest, milliseconds(0));
}

base::Status Deadline::wait(int fd, short events, milliseconds most) const {
  const auto until = std::chrono::steady_clock::now() + std::min(left(), most);
  for (;;) {
    if (stop_.stop_requested()) return failed_at(Stage::kStopped, "the check was stopped");
    const auto rest = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    if (rest.count() <= 0) return failed_at(Stage::kTimeout, "no answer in time");
    std::array<pollfd, 2> watched{{{fd, events, 0}, {wake_->fd(), POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(rest.count()));
    if (ready > 0 && watched[0].revents != 0) return {};
  }
}

}  // namespace probes
