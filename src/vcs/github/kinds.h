#pragma once

#include <vector>

#include "vcs/kind.h"

namespace vcs::github {

// "github" (github.com and data residency tenants) and "github_enterprise" (GitHub Enterprise Server).
std::vector<Kind> kinds();

}  // namespace vcs::github
