#include <algorithm>

#include "auth/audit.h"
#include "base/strings.h"
#include "connections/service_impl.h"

// What runs receive.
namespace connections {
namespace {

constexpr std::chrono::seconds kTokenSlack{600};  // what a run does before its program begins

struct Wanted {
  store::Named named;
  std::optional<store::Row> row;  // empty: there is no such connection
  bool authorized = false;
};

// What workspace and run name, each once, in that order.
base::Result<std::vector<Wanted>> wanted_by(storage::Connection& connection, const store::Workspace& workspace,
                                            const std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(auto named, store::named_by(connection, workspace.id));
  const bool endpoint_variables = !named.empty() && named.front().endpoint_variables;
  for (const auto& name : names) {
    std::optional<ServiceConnectionId> id = ServiceConnectionId(name);
    if (!name.starts_with("sc-")) {
      ASSIGN_OR_RETURN(id, store::find_named(connection, workspace.project, name));
    }
    const auto is_it = [&](const store::Named& other) { return id && other.connection == *id; };
    if (std::any_of(named.begin(), named.end(), is_it)) continue;
    named.push_back({id.value_or(ServiceConnectionId()), name, "", endpoint_variables});
  }
  std::vector<Wanted> all;
  for (auto& one : named) {
    Wanted wanted{std::move(one)};
    ASSIGN_OR_RETURN(wanted.row, store::find(connection, wanted.named.connection));
    if (wanted.row && wanted.row->seen.connection.organization != workspace.organization) wanted.row.reset();
    if (wanted.row) {
      const auto& found = wanted.row->seen.connection;
      ASSIGN_OR_RETURN(const bool granted, store::is_authorized(connection, found.id, workspace.id));
      wanted.authorized = is_usable_in(found, workspace.project) && (found.allow_all || granted);
      wanted.named.name = found.name;
    }
    all.push_back(std::move(wanted));
  }
  return all;
}

base::Error refusal(const std::vector<Wanted>& wanted, const store::Workspace& workspace) {
  std::vector<std::string> sentences;
  for (const auto& one : wanted) {
    if (!one.row) {
      sentences.push_back("the project of the workspace '" + workspace.name + "' has no service connection '" +
                          base::printable(one.named.name) + "'");
    } else if (!one.authorized && !is_usable_in(one.row->seen.connection, workspace.project)) {
      sentences.push_back("the service connection '" + one.named.name + "' (" + one.named.connection.str() +
                          ") is not shared with the project of the workspace '" + workspace.name + "'");
    } else if (!one.authorized) {
      sentences.push_back("the workspace '" + workspace.name + "' is not authorized to use the service connection '" +
                          one.named.name + "' (" + one.named.connection.str() + ")");
    }
  }
  return base::forbidden("resource authorization: " + base::join(sentences, "; ") +
                         ". Whoever has the role of a user of the connection can authorize the workspace; then start "
                         "a new run. Nothing was started");
}

bool may_start(const std::vector<Wanted>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [](const Wanted& one) { return one.authorized; });
}

// One connection, opened.
struct Opened {
  ServiceConnection connection;
  catalogue::Values values;
  References references;
  catalogue::Use use;
  std::string client_id;
};

}  // namespace

base::Result<std::vector<RunConnection>> Service::connections_of(storage::Connection& connection, const RunUse& use) {
  ASSIGN_OR_RETURN(const auto workspace, store::find_workspace(connection, use.workspace));
  std::vector<RunConnection> result;
  if (!workspace) return result;
  ASSIGN_OR_RETURN(const auto all, wanted_by(connection, *workspace, use.names));
  for (const auto& one : all) {
    result.push_back(
        {one.row ? one.named.connection : ServiceConnectionId(), one.named.name, one.row && one.authorized});
  }
  return result;
}

base::Result<RunMaterials> Service::open_for_run(const RunUse& use, const std::string& directory) {
  const auth::Actor actor{auth::system_principal(), {}};
  std::vector<Opened> opened;
  bool endpoint_variables = false;
  std::optional<base::Error> refused;
  RunMaterials result;
  // Writing, so that nothing is opened without its line in the audit log.
  const auto done = impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    opened.clear();
    result.names.clear();
    refused.reset();
    ASSIGN_OR_RETURN(const auto workspace, store::find_workspace(transaction, use.workspace));
    if (!workspace) return base::not_found("the run's workspace is gone");
    ASSIGN_OR_RETURN(const auto wanted, wanted_by(transaction, *workspace, use.names));
    const bool may = may_start(wanted);
    if (!may) refused = refusal(wanted, *workspace);
    for (const auto& one : wanted) {
      if (!one.row || (!may && one.authorized)) continue;
      const auto& connection = one.row->seen.connection;
      RETURN_IF_ERROR(
          impl_->audit(transaction, actor, connection, may ? "use" : "refuse",
                       {{"run", use.run}, {"workspace", workspace->id}, {"workspace_name", workspace->name}}));
      if (!may) continue;
      ASSIGN_OR_RETURN(const auto kind, impl_->kind_of(connection));
      Opened open;
      ASSIGN_OR_RETURN(open.values, impl_->values_of(transaction, *one.row, true));
      const Secrets secrets(open.values.secrets().begin(), open.values.secrets().end());
      RETURN_IF_ERROR(impl_->require_account(*kind.scheme, connection, secrets));
      open.use.type = kind.type;
      open.use.scheme = kind.scheme;
      open.use.name = connection.name;
      open.use.prefix = one.named.prefix;
      ASSIGN_OR_RETURN(open.references, impl_->open_references(transaction, *kind.scheme, connection.fields));
      open.use.references = open.references.fields;
      open.use.known_host_line = known_host_line(connection);
      ASSIGN_OR_RETURN(const auto configuration, impl_->configuration_of(transaction, connection.id, *kind.scheme));
      if (configuration) open.client_id = configuration->client_id;
      open.connection = connection;
      endpoint_variables = endpoint_variables || one.named.endpoint_variables;
      RETURN_IF_ERROR(store::set_used(transaction, connection.id, impl_->dependencies.clock.now()));
      result.names.push_back(connection.name);
      opened.push_back(std::move(open));
    }
    return {};
  });
  if (!done) return done.error();
  if (refused) return *std::move(refused);
  std::vector<catalogue::Use> uses;
  for (auto& open : opened) {
    open.use.values = &open.values;
    RETURN_IF_ERROR(impl_->fetch_captures(open.connection, open.references, use.time_limit + kTokenSlack,
                                          open.client_id, open.use));
    uses.push_back(open.use);
  }
  ASSIGN_OR_RETURN(result.materials,
                   catalogue::materialize(*impl_->dependencies.catalogue, uses, directory, endpoint_variables));
  return result;
}

base::Status Service::Impl::fetch_captures(const ServiceConnection& connection, const References& references,
                                           std::chrono::seconds lifetime, const std::string& client_id,
                                           catalogue::Use& use) const {
  const auto needed = catalogue::needed_captures(*use.scheme);
  if (needed.empty()) return {};
  if (!dependencies.fetcher) {
    return base::unavailable("the service connection '" + use.name +
                             "' needs a token that is fetched when a run starts, and nothing here can fetch it");
  }
  const auto target = catalogue::assemble_target(*dependencies.catalogue, *use.type, *use.scheme, *use.values);
  ASSIGN_OR_RETURN(use.steps,
                   dependencies.fetcher({connection.organization, use.type, use.scheme, use.name, use.values, &target,
                                         &references, use.known_host_line, subject_of(connection), lifetime, client_id},
                                        needed));
  return {};
}

}  // namespace connections
