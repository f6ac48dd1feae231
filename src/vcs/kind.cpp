#include "vcs/kind.h"

#include <algorithm>
#include <utility>

namespace vcs {

void Registry::add(Kind kind) { kinds_.push_back(std::move(kind)); }

const Kind* Registry::find(std::string_view name) const {
  const auto found = std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& kind) { return kind.name == name; });
  return found == kinds_.end() ? nullptr : &*found;
}

}  // namespace vcs
