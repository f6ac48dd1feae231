#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/page.h"
#include "base/result.h"
#include "storage/database.h"
#include "vcs/provider.h"
#include "workspaces/workspace.h"

// The SQL of workspaces, on the connection of the caller.
namespace workspaces::store {

// kInvalid if the name is taken.
base::Status insert(storage::Transaction& transaction, const Workspace& workspace);
// Everything but lock, runs and configuration version, which have functions of their own.
base::Status update(storage::Transaction& transaction, const Workspace& workspace);
base::Status remove(storage::Transaction& transaction, const WorkspaceId& id);

base::Result<std::optional<Workspace>> find(storage::Connection& connection, const WorkspaceId& id);
// Those of them that there are, in no order.
base::Result<std::vector<Workspace>> find_all(storage::Connection& connection, const std::vector<std::string>& ids);
base::Result<std::optional<Workspace>> find_by_name(storage::Connection& connection,
                                                    const auth::OrganizationId& organization, std::string_view name);
// Reads it and keeps every other writer of this workspace waiting until the transaction ends.
base::Result<std::optional<Workspace>> find_locking(storage::Transaction& transaction, const WorkspaceId& id);

enum class Order { kName, kCurrentRun, kLatestChange };
struct Filter {
  auth::OrganizationId organization;
  std::string name_contains;
  std::string wildcard_name;  // '*' at either end
  std::string project;
  std::string run_status;
  std::vector<std::string> tags, without_tags;                   // flat: all of them, none of them
  std::vector<std::pair<std::string, std::string>> tagged = {};  // keys and values, its project's too; empty: any value
  Order order = Order::kName;
  bool descending = false;
};
base::Result<base::Page<Workspace>> list(storage::Connection& connection, const Filter& filter,
                                         const base::PageRequest& page);
base::Result<std::vector<Workspace>> listening_to(storage::Connection& connection, const providers::OAuthTokenId& token,
                                                  std::string_view repository_id);
base::Result<std::vector<WorkspaceId>> all_of(storage::Connection& connection,
                                              const auth::OrganizationId& organization);
base::Result<std::vector<Workspace>> using_token(storage::Connection& connection, const providers::OAuthTokenId& token);
base::Result<std::int64_t> count_in_project(storage::Connection& connection, const auth::ProjectId& project);
base::Status forget_token(storage::Transaction& transaction, const providers::OAuthTokenId& token);
// What workspaces keep of a repository's place, as the provider tells it now. Returns those that another path was kept
// for, as they were.
base::Result<std::vector<Workspace>> follow_repository(storage::Transaction& transaction,
                                                       const providers::OAuthTokenId& token,
                                                       const vcs::Repository& repository);

// False if it is locked already.
base::Result<bool> lock(storage::Transaction& transaction, const WorkspaceId& id, const Lock& lock);
// Takes off the lock, whoever holds it.
base::Status unlock(storage::Transaction& transaction, const WorkspaceId& id);
// Takes off this holder's lock only.
base::Result<bool> unlock_for(storage::Transaction& transaction, const WorkspaceId& id, std::string_view by_id);

base::Status set_current_run(storage::Transaction& transaction, const WorkspaceId& id, const CurrentRun& run);
base::Status set_latest_run(storage::Transaction& transaction, const WorkspaceId& id, std::string_view run);
base::Status set_configuration_version(storage::Transaction& transaction, const WorkspaceId& id,
                                       std::string_view configuration_version);

}  // namespace workspaces::store
