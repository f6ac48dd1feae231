#pragma once

#include "base/id.h"

namespace signin {

struct SessionTag {
  static constexpr std::string_view kPrefix = "ses";
};
struct IdentityProviderTag {
  static constexpr std::string_view kPrefix = "idp";
};

using SessionId = base::Id<SessionTag>;
using IdentityProviderId = base::Id<IdentityProviderTag>;

}  // namespace signin
