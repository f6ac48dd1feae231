#pragma once

#include "storage/migrations.h"

namespace federation {

storage::Component migrations();

}  // namespace federation
