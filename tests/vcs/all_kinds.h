#pragma once

#include "vcs/kind.h"

namespace vcs_test {

// The registry as the program has it.
const vcs::Registry& all_kinds();

}  // namespace vcs_test
