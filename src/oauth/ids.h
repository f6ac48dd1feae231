#pragma once

#include "base/id.h"

namespace oauth {

struct ConfigurationTag {
  static constexpr std::string_view kPrefix = "ocf";
};
struct AuthorizationTag {
  static constexpr std::string_view kPrefix = "oau";
};

using ConfigurationId = base::Id<ConfigurationTag>;
using AuthorizationId = base::Id<AuthorizationTag>;

}  // namespace oauth
