#pragma once

#include <vector>

#include "vcs/kind.h"

namespace vcs::bitbucket_data_center {

// "bitbucket_data_center": Bitbucket Data Center and Server.
std::vector<Kind> kinds();

}  // namespace vcs::bitbucket_data_center
