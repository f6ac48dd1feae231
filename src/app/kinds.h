#pragma once

#include "vcs/kind.h"

namespace app {

// Every kind of provider this program has. The only place that knows all drivers.
void add_kinds(vcs::Registry& registry);

}  // namespace app
