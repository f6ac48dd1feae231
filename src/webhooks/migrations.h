#pragma once

#include "storage/migrations.h"

namespace webhooks {

// vcs_hooks, hook_consumers, deliveries. After the providers'.
storage::Component migrations();

}  // namespace webhooks
