#pragma once

#include "base/id.h"

namespace keys {

struct SshKeyTag {
  static constexpr std::string_view kPrefix = "sshkey";
};
struct HostKeyTag {
  static constexpr std::string_view kPrefix = "hostkey";
};

using SshKeyId = base::Id<SshKeyTag>;
using HostKeyId = base::Id<HostKeyTag>;

}  // namespace keys
