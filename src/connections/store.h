#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/page.h"
#include "base/result.h"
#include "connections/connection.h"
#include "storage/database.h"

// The SQL of connections and their projects, on the connection of the caller.
namespace connections::store {

struct Row {
  Seen seen;
  vault::SecretId secret;  // empty: no secret is set
};

// kInvalid if the name is taken in the home project.
base::Status insert(storage::Transaction& transaction, const ServiceConnection& row, const vault::SecretId& secret);
// Everything but verification and use, which have functions of their own. kInvalid if the name is taken.
base::Status update(storage::Transaction& transaction, const ServiceConnection& row, const vault::SecretId& secret);
base::Status remove(storage::Transaction& transaction, const ServiceConnectionId& id);

// With the role `viewer` has, which may be none.
base::Result<std::optional<Row>> find(storage::Connection& connection, const Viewer& viewer,
                                      const ServiceConnectionId& id);
// For the server itself: no role is asked for.
base::Result<std::optional<Row>> find(storage::Connection& connection, const ServiceConnectionId& id);
// The one that a project knows by this name, its own or a shared one; compared without case.
base::Result<std::optional<ServiceConnectionId>> find_named(storage::Connection& connection,
                                                            const auth::ProjectId& project, std::string_view name);

// Of an organization, whoever may read them.
base::Result<std::vector<ServiceConnectionId>> all_of_kind(storage::Connection& connection, const std::string& type,
                                                           const std::string& scheme);
base::Result<std::vector<ServiceConnectionId>> all_of(storage::Connection& connection,
                                                      const auth::OrganizationId& organization);

struct Filter {
  std::string project = {};  // lives there or is shared with it
  std::vector<std::string> types = {};
  std::string scheme = {};
  std::string search = {};  // in name and description
  std::string result = {};  // of the newest verification; "never": none
};
// What the viewer may read, by name.
base::Result<base::Page<Seen>> list(storage::Connection& connection, const Viewer& viewer, const Filter& filter,
                                    const base::PageRequest& page);

// kConflict if the project knows another connection by that name.
base::Status share(storage::Transaction& transaction, const ServiceConnection& row, const auth::ProjectId& project);
base::Status unshare(storage::Transaction& transaction, const ServiceConnectionId& id, const auth::ProjectId& project);

base::Status set_references(storage::Transaction& transaction, const ServiceConnectionId& id,
                            const std::vector<std::pair<std::string, ServiceConnectionId>>& references);
// Workspaces that name it and connections that refer to it; at most 100.
base::Result<std::vector<Use>> uses(storage::Connection& connection, const ServiceConnectionId& id);

// Replaces it; empty: there is none.
base::Status set_oauth_configuration(storage::Transaction& transaction, const ServiceConnectionId& id,
                                     const std::string& configuration);
base::Result<std::string> oauth_configuration_of(storage::Connection& connection, const ServiceConnectionId& id);
// Names of its connections; at most 100.
base::Result<std::vector<std::string>> of_oauth_configuration(storage::Connection& connection,
                                                              const std::string& configuration);

base::Status set_used(storage::Transaction& transaction, const ServiceConnectionId& id, base::Time now);
// Result, message and time of the newest verification, what it learned, and when the next is due.
base::Status set_verified(storage::Transaction& transaction, const ServiceConnection& row);
base::Status set_verify_after(storage::Transaction& transaction, const ServiceConnectionId& id, base::Time next);

}  // namespace connections::store
