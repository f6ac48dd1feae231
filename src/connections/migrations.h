#pragma once

#include "storage/migrations.h"

namespace connections {

// Service connections with their projects, roles, authorizations and verifications; after those of workspaces.
storage::Component migrations();

}  // namespace connections
