#pragma once

#include <vector>

#include "vcs/kind.h"

namespace vcs::ado_server {

// "ado_server": Azure DevOps Server (and TFS 2018); the same interface serves Azure DevOps Services.
std::vector<Kind> kinds();

}  // namespace vcs::ado_server
