#pragma once

#include <mutex>
#include <utility>

namespace base {

// Data and the lock that protects it, as one object: the data cannot be reached without the lock.
// Never call out (HTTP, SQL, a callback) from inside `with`.
template <class T>
class Guarded {
 public:
  Guarded() = default;
  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  template <class Function>
  decltype(auto) with(Function&& function) {
    const std::lock_guard lock(mutex_);
    return std::forward<Function>(function)(value_);
  }
  template <class Function>
  decltype(auto) with(Function&& function) const {
    const std::lock_guard lock(mutex_);
    return std::forward<Function>(function)(value_);
  }
  T copy() const {
    return with([](const T& value) { return value; });
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace base
