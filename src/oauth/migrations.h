#pragma once

#include "storage/migrations.h"

namespace oauth {

storage::Component migrations();

}  // namespace oauth
