#pragma once

#include <vector>

#include "storage/migrations.h"

namespace app {

// Every feature's tables, in the order they refer to each other.
std::vector<storage::Component> schema();

}  // namespace app
