#pragma once

#include "storage/migrations.h"

namespace keys {

// Tables ssh_keys and ssh_host_keys; after those of auth.
storage::Component migrations();

}  // namespace keys
