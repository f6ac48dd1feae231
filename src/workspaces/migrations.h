#pragma once

#include "storage/migrations.h"

namespace workspaces {

// workspaces, workspace_variables, trigger_decisions. After the webhooks'.
storage::Component migrations();

}  // namespace workspaces
