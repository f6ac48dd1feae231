#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/page.h"

namespace base {

// How many rows of a list are counted at the most, to say how long it is. Counting a hundred thousand costs more than
// everything else of a page, so unless the exact number was asked for it stops when it knows enough: the total is exact
// up to 5,000; beyond, it is at least ten pages more than was asked for.
inline std::int64_t count_limit(const PageRequest& page, bool exact) {
  constexpr std::int64_t kAtLeast = 5'000;
  constexpr std::int64_t kPagesAhead = 10;
  if (exact) return std::numeric_limits<std::int64_t>::max();
  return std::max(kAtLeast, page.offset() + kPagesAhead * page.size);
}

}  // namespace base
