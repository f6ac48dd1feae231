#pragma once

#include "base/id.h"

namespace connections {

struct ServiceConnectionTag {
  static constexpr std::string_view kPrefix = "sc";
};
struct VerificationTag {
  static constexpr std::string_view kPrefix = "scv";
};

using ServiceConnectionId = base::Id<ServiceConnectionTag>;
using VerificationId = base::Id<VerificationTag>;

}  // namespace connections
