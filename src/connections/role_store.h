#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connections/role.h"
#include "storage/database.h"

// The SQL of roles and groups.
namespace connections::store {

struct Assignment {
  Subject subject;
  Role role = Role::kReader;
};

// Explicit ones, by name.
base::Result<std::vector<Assignment>> list_roles(storage::Connection& connection, const ServiceConnectionId& id);
base::Status set_role(storage::Transaction& transaction, const ServiceConnectionId& id, const Assignment& assignment);
// False if there was none.
base::Result<bool> remove_role(storage::Transaction& transaction, const ServiceConnectionId& id,
                               const Subject& subject);

struct Members {
  bool has_default_members = true;
  std::vector<Subject> subjects;
};
base::Result<Members> group_members(storage::Connection& connection, const auth::ProjectId& project, Group group);
base::Status set_default_members(storage::Transaction& transaction, const auth::ProjectId& project, Group group,
                                 bool has_them);
base::Status add_member(storage::Transaction& transaction, const auth::ProjectId& project, Group group,
                        const Subject& subject);
base::Status remove_member(storage::Transaction& transaction, const auth::ProjectId& project, Group group,
                           const Subject& subject);

// Fills in the name; nothing if the user or team is not of the organization. Users by id or username.
base::Result<std::optional<Subject>> find_subject(storage::Connection& connection,
                                                  const auth::OrganizationId& organization, const Subject& subject);

}  // namespace connections::store
