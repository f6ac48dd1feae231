#pragma once

#include "storage/migrations.h"

namespace jobs {

storage::Component migrations();

}  // namespace jobs
