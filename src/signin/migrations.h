#pragma once

#include "storage/migrations.h"

namespace signin {

// After auth's: its tables refer to users.
storage::Component migrations();

}  // namespace signin
