#pragma once

#include <stdexcept>
#include <utility>

#include "base/result.h"

// For what a test prepares, outside of what it tests: a failure ends the test with its message.
namespace test_support {

template <class T>
T must(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
  return *std::move(result);
}

inline void must(const base::Status& status) {
  if (!status) throw std::runtime_error(status.error().message + " " + status.error().detail);
}

}  // namespace test_support
