#pragma once

#include "storage/migrations.h"

namespace auth {

// Tables others may refer to: organizations(id), projects(id), users(id), teams(id).
//
// Every table of a tenant has organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, directly
// or through its parent, so that deleting an organization deletes all it has. A reference to projects(id) must have no
// ON DELETE clause: it then keeps a project with workspaces from being deleted, and still goes with the organization.
storage::Component migrations();
// kept_answers.
storage::Component answer_migrations();

}  // namespace auth
