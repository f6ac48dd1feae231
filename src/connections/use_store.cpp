#include "connections/use_store.h"

namespace connections::store {
namespace {

base::Status done(base::Result<std::int64_t> result) {
  if (!result) return std::move(result).error();
  return {};
}

}  // namespace

base::Result<std::optional<Workspace>> find_workspace(storage::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT id, name, organization_id, project_id FROM workspaces WHERE id = $1", {id}));
  if (!row) return std::optional<Workspace>();
  return std::optional(
      Workspace{row->text(0), row->text(1), row->id<auth::OrganizationId>(2), row->id<auth::ProjectId>(3)});
}

base::Result<base::Page<Authorization>> list_authorizations(storage::Connection& connection,
                                                            const ServiceConnectionId& id,
                                                            const base::PageRequest& page) {
  base::Page<Authorization> result{.items = {}, .total = 0, .request = page};
  ASSIGN_OR_RETURN(
      const auto count,
      connection.find("SELECT COUNT(*) FROM service_connection_authorizations WHERE connection_id = $1", {id}));
  result.total = count->integer(0);
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT a.workspace_id, w.name, a.granted_by, a.granted_at FROM "
                                    "service_connection_authorizations a JOIN workspaces w ON w.id = a.workspace_id "
                                    "WHERE a.connection_id = $1 ORDER BY w.name_key, w.id LIMIT $2 OFFSET $3",
                                    {id, page.size, page.offset()}));
  for (const auto& row : rows) result.items.push_back({row.text(0), row.text(1), row.text(2), row.time(3)});
  return result;
}

base::Result<bool> is_authorized(storage::Connection& connection, const ServiceConnectionId& id,
                                 const std::string& workspace) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT 1 FROM service_connection_authorizations "
                                                   "WHERE connection_id = $1 AND workspace_id = $2",
                                                   {id, workspace}));
  return row.has_value();
}

base::Status authorize(storage::Transaction& transaction, const ServiceConnectionId& id, const Authorization& given) {
  return done(transaction.execute(
      "INSERT INTO service_connection_authorizations (connection_id, workspace_id, granted_by, granted_at) "
      "VALUES ($1, $2, $3, $4) ON CONFLICT (connection_id, workspace_id) DO NOTHING",
      {id, given.workspace, given.granted_by, given.granted_at}));
}

base::Result<bool> withdraw(storage::Transaction& transaction, const ServiceConnectionId& id,
                            const std::string& workspace) {
  ASSIGN_OR_RETURN(const auto count, transaction.execute("DELETE FROM service_connection_authorizations "
                                                         "WHERE connection_id = $1 AND workspace_id = $2",
                                                         {id, workspace}));
  return count > 0;
}

base::Result<std::vector<Named>> named_by(storage::Connection& connection, const std::string& workspace) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT u.connection_id, c.name, u.prefix, u.endpoint_variables FROM "
                                    "workspace_service_connections u JOIN service_connections c ON c.id = "
                                    "u.connection_id WHERE u.workspace_id = $1 ORDER BY u.position",
                                    {workspace}));
  std::vector<Named> named;
  for (const auto& row : rows) {
    named.push_back({row.id<ServiceConnectionId>(0), row.text(1), row.text(2), row.boolean(3)});
  }
  return named;
}

base::Status set_named(storage::Transaction& transaction, const std::string& workspace,
                       const std::vector<Named>& named) {
  RETURN_IF_ERROR(
      done(transaction.execute("DELETE FROM workspace_service_connections WHERE workspace_id = $1", {workspace})));
  std::int64_t position = 0;
  for (const auto& one : named) {
    RETURN_IF_ERROR(done(
        transaction.execute("INSERT INTO workspace_service_connections (workspace_id, connection_id, position, prefix, "
                            "endpoint_variables) VALUES ($1, $2, $3, $4, $5)",
                            {workspace, one.connection, position++, one.prefix, one.endpoint_variables})));
  }
  return {};
}

}  // namespace connections::store
