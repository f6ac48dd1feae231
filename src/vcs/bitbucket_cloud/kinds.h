#pragma once

#include <vector>

#include "vcs/kind.h"

namespace vcs::bitbucket_cloud {

// "bitbucket_hosted": Bitbucket Cloud.
std::vector<Kind> kinds();

}  // namespace vcs::bitbucket_cloud
