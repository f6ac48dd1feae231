#pragma once

#include <cstdint>
#include <vector>

namespace base {

// Which page of a list is wanted; numbers start at 1. `size` is 1 to 100.
struct PageRequest {
  std::int64_t number = 1;
  std::int64_t size = 20;

  std::int64_t offset() const { return (number - 1) * size; }
};

// One page of a list and how many items there are in all. A page beyond the end is empty, not an error.
template <class T>
struct Page {
  std::vector<T> items;
  std::int64_t total = 0;
  PageRequest request;
};

}  // namespace base
