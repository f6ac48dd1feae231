#pragma once

#include "base/id.h"

namespace signin {

struct SessionTag {
  static constexpr std::string_view kPrefix = "ses";
};
struct IdentityTag {
  static constexpr std::string_view kPrefix = "idn";
};

using SessionId = base::Id<SessionTag>;
using IdentityId = base::Id<IdentityTag>;

}  // namespace signin
