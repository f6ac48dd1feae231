#pragma once

#include "base/id.h"

namespace providers {

struct OAuthClientTag {
  static constexpr std::string_view kPrefix = "oc";
};
struct OAuthTokenTag {
  static constexpr std::string_view kPrefix = "ot";
};
struct VcsEventTag {
  static constexpr std::string_view kPrefix = "ve";
};

// A registered provider, and the one token it has (which is what workspaces refer to).
using OAuthClientId = base::Id<OAuthClientTag>;
using OAuthTokenId = base::Id<OAuthTokenTag>;
using VcsEventId = base::Id<VcsEventTag>;

}  // namespace providers
