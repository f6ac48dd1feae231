#include "app/router_setup.h"
#include "auth/audit.h"
#include "auth/service.h"
#include "connections/service.h"
#include "keys/service.h"
#include "providers/service.h"
#include "runs/service.h"
#include "workspaces/service.h"

namespace app {
namespace {

// Names for people: "workspace prod".
base::Result<std::vector<std::string>> users_of_key(storage::Connection& connection, const keys::SshKeyId& key) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT name FROM workspaces WHERE ssh_key_id = $1 ORDER BY name LIMIT 20", {key}));
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back("workspace " + row.text(0));
  return names;
}

base::Result<std::int64_t> workspaces_of(storage::Connection& connection, const auth::ProjectId& project) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT COUNT(*) FROM workspaces WHERE project_id = $1", {project}));
  return row ? row->integer(0) : 0;
}

}  // namespace

void bind_features(const Features& features) {
  features.auth.set_workspace_counter(workspaces_of);
  features.keys.set_usage(users_of_key);
  runs::Service& runs = features.runs;
  workspaces::Service::Listeners listeners;
  listeners.connected = [&runs](storage::Transaction& transaction, const workspaces::Workspace& workspace) {
    return workspace.queue_all_runs ? runs.queue_first_run(transaction, workspace.id.str()) : base::Status();
  };
  listeners.unlocked = [&runs](storage::Transaction& transaction, const workspaces::Workspace& workspace) {
    return runs.advance(transaction, workspace.id.str());
  };
  listeners.deleting = [&runs](storage::Transaction& transaction, const workspaces::Workspace& workspace) {
    return runs.forget_workspace(transaction, workspace.id.str());
  };
  features.workspaces.set_listeners(std::move(listeners));
  features.auth.set_organization_end(
      {[features](storage::Transaction& transaction, const auth::Actor& actor,
                  const auth::OrganizationId& organization) -> base::Status {
         RETURN_IF_ERROR(features.workspaces.remove_all(transaction, actor, organization));
         RETURN_IF_ERROR(features.connections.remove_all(transaction, actor, organization));
         RETURN_IF_ERROR(features.providers.remove_all(transaction, actor.who, organization));
         return features.keys.remove_all(transaction, actor.who, organization);
       },
       [features](storage::Connection& connection, const auth::OrganizationId& organization) {
         return features.providers.has_tokens(connection, organization);
       }});
}

runs::OpenRunKey run_keys(keys::Service& keys) {
  return [&keys](const auth::OrganizationId& organization, const std::string& id,
                 const std::string& purpose) -> base::Result<runs::RunKey> {
    ASSIGN_OR_RETURN(const auto text, keys.open(auth::system_principal(), keys::SshKeyId(id), purpose));
    ASSIGN_OR_RETURN(auto key, crypto::SshKey::import(text));
    ASSIGN_OR_RETURN(auto hosts, keys.known_hosts(organization));
    return runs::RunKey{std::move(key), std::move(hosts)};
  };
}

std::function<base::Result<bool>(storage::Connection&, const auth::OrganizationId&, const std::string&)> ssh_key_check(
    keys::Service& keys) {
  return [&keys](storage::Connection& connection, const auth::OrganizationId& organization,
                 const std::string& id) -> base::Result<bool> {
    const auto key = keys.find(connection, keys::SshKeyId(id));
    if (!key && key.error().code == base::Code::kNotFound) return false;
    if (!key) return key.error();
    return key->organization == organization;
  };
}

}  // namespace app
