#pragma once

#include "storage/migrations.h"

namespace vault {

// secrets and vault_check; needs no other tables.
storage::Component migrations();

}  // namespace vault
