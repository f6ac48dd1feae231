#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "auth/service.h"
#include "base/clock.h"
#include "base/result.h"
#include "providers/service.h"
#include "storage/database.h"
#include "webhooks/registrar.h"
#include "workspaces/store.h"
#include "workspaces/tag.h"
#include "workspaces/variable.h"
#include "workspaces/workspace.h"

namespace workspaces {

// What a write says of `vcs-repo`. Unset members stay as they are.
struct VcsWrite {
  std::optional<std::string> identifier, token, branch;
  std::optional<bool> ingress_submodules;
};

// What a POST or PATCH carried.
struct Write {
  std::vector<std::function<void(Workspace&)>> steps;  // plain attributes
  TriggerPatch triggers;
  std::optional<VcsWrite> vcs;
  bool disconnect = false;  // "vcs-repo": null
  std::optional<auth::ProjectId> project;
  std::optional<std::vector<TagBinding>> tags;  // those and no other
  std::optional<std::string> expected_version;  // If-Match: kConflict if the workspace has another by now
};

// Workspaces and what may be done with them. Thread-safe.
class Service {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    providers::Service& providers;
    webhooks::Registrar& registrar;
    Variables& variables;
    // Does the organization have this SSH key? From the folder that keeps them.
    std::function<base::Result<bool>(storage::Connection&, const auth::OrganizationId&, const std::string&)>
        ssh_key_exists;
  };
  // Also tells `providers` which workspaces use a token, and unlinks them when it goes.
  explicit Service(Dependencies dependencies);

  // What the folder above does when a workspace was connected to a repository (queue-all-runs), or is about to be
  // deleted (run directories, logs). Set before the server starts; called inside the transaction.
  struct Listeners {
    std::function<base::Status(storage::Transaction&, const Workspace&)> connected;
    std::function<base::Status(storage::Transaction&, const Workspace&)> deleting;
    // Runs that waited for the lock may go on.
    std::function<base::Status(storage::Transaction&, const Workspace&)> unlocked = {};
  };
  void set_listeners(Listeners listeners) { listeners_ = std::move(listeners); }

  // Asks the provider for the repository when it is connected. kInvalid for what may not be; kUpstream if the
  // provider cannot be asked now.
  base::Result<Workspace> create(const auth::Actor& actor, const auth::OrganizationId& organization,
                                 const Write& write);
  base::Result<Workspace> update(const auth::Actor& actor, const WorkspaceId& id, const Write& write);
  // Never waits for a provider: the webhook is removed later.
  base::Status remove(const auth::Actor& actor, const WorkspaceId& id);
  // All of an organization that is being deleted.
  base::Status remove_all(storage::Transaction& transaction, const auth::Actor& actor,
                          const auth::OrganizationId& organization);
  // kConflict while it is locked or a run is under way.
  base::Status safe_remove(const auth::Actor& actor, const WorkspaceId& id);

  // What the write would make of a workspace (empty: of a new one), without storing anything or asking the provider;
  // the repository's id is empty if another one is named. kInvalid as for the write itself, but for a name.
  base::Result<Workspace> draft(const auth::OrganizationId& organization, const std::optional<Workspace>& stored,
                                const Write& write);

  base::Result<Workspace> find(const WorkspaceId& id);
  base::Result<Workspace> find(const auth::OrganizationId& organization, const std::string& name);
  base::Result<base::Page<Workspace>> list(const store::Filter& filter, const base::PageRequest& page);

  base::Result<Workspace> lock(const auth::Actor& actor, const WorkspaceId& id, const std::string& reason);
  base::Result<Workspace> unlock(const auth::Actor& actor, const WorkspaceId& id);
  base::Result<Workspace> force_unlock(const auth::Actor& actor, const WorkspaceId& id);

  // "" takes the key away; kNotFound for a key the organization does not have.
  base::Result<Workspace> assign_ssh_key(const auth::Actor& actor, const WorkspaceId& id, const std::string& key);
  // Workspaces of the organization only; kNotFound otherwise, and nothing moves.
  base::Status move_to_project(const auth::Actor& actor, const auth::ProjectId& project,
                               const std::vector<std::string>& workspaces);

  const base::Clock& clock() const { return dependencies_.clock; }
  storage::Database& database() { return dependencies_.database; }
  providers::Service& providers() { return dependencies_.providers; }

 private:
  // A connection about to be stored; the repository is set if the provider was asked.
  struct Wanted {
    std::optional<VcsConnection> vcs;
    std::optional<vcs::Repository> repository;
  };
  base::Result<Wanted> resolve(const std::optional<VcsConnection>& stored, const Write& write,
                               const auth::OrganizationId& organization);
  base::Result<vcs::Repository> look_up(const providers::OAuthTokenId& token, const std::string& identifier);
  base::Status apply(storage::Transaction& transaction, Workspace& workspace, const Write& write, const Wanted& wanted);
  base::Status set_tags(storage::Transaction& transaction, const Workspace& workspace, const Write& write);
  base::Status connect(storage::Transaction& transaction, Workspace& workspace, const Wanted& wanted);
  base::Status erase(storage::Transaction& transaction, const auth::Actor& actor, const Workspace& workspace);
  base::Status audit(storage::Transaction& transaction, const auth::Actor& actor, const Workspace& workspace,
                     const char* action);
  base::Result<Workspace> change(const auth::Actor& actor, const WorkspaceId& id, const char* action,
                                 const std::function<base::Status(storage::Transaction&, Workspace&)>& body);

  Dependencies dependencies_;
  Listeners listeners_;
};

}  // namespace workspaces
