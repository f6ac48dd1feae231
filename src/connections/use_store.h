#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/page.h"
#include "connections/connection.h"
#include "storage/database.h"

// The SQL of who may use a connection and who does.
namespace connections::store {

// A workspace, as far as this folder needs to know it.
struct Workspace {
  std::string id, name;
  auth::OrganizationId organization;
  auth::ProjectId project;
};
base::Result<std::optional<Workspace>> find_workspace(storage::Connection& connection, const std::string& id);

struct Authorization {
  std::string workspace, workspace_name;
  std::string granted_by;
  base::Time granted_at;
};
base::Result<base::Page<Authorization>> list_authorizations(storage::Connection& connection,
                                                            const ServiceConnectionId& id,
                                                            const base::PageRequest& page);
base::Result<bool> is_authorized(storage::Connection& connection, const ServiceConnectionId& id,
                                 const std::string& workspace);
// An authorization that is there stays as it is.
base::Status authorize(storage::Transaction& transaction, const ServiceConnectionId& id,
                       const Authorization& authorization);
base::Result<bool> withdraw(storage::Transaction& transaction, const ServiceConnectionId& id,
                            const std::string& workspace);

// A connection that a workspace names for its runs.
struct Named {
  ServiceConnectionId connection;
  std::string name;                 // read only
  std::string prefix;               // put in front of every variable's name
  bool endpoint_variables = false;  // ENDPOINT_… as well
};
// In the order in which they were given.
base::Result<std::vector<Named>> named_by(storage::Connection& connection, const std::string& workspace);
base::Status set_named(storage::Transaction& transaction, const std::string& workspace,
                       const std::vector<Named>& named);

}  // namespace connections::store
