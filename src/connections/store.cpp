#include "connections/store.h"

#include <algorithm>

#include "auth/sql.h"
#include "connections/text.h"

#define CONNECTION_SETTINGS                                                                                         \
  "name, name_key, description, owner, tags, target, fields, secret_id, secret_fields, allow_all, inherits_roles, " \
  "updated_at, revision, learned"
#define CONNECTION_COLUMNS                                                                                     \
  "id, organization_id, project_id, type, scheme, created_by, created_at, verify_after, verification_result, " \
  "verification_message, last_verified_at, last_used_at, " CONNECTION_SETTINGS

namespace connections::store {
namespace {

base::Status done(base::Result<std::int64_t> result) {
  if (!result) return std::move(result).error();
  return {};
}

Row row_from(const storage::Row& row) {
  Row out;
  ServiceConnection& c = out.seen.connection;
  c.id = row.id<ServiceConnectionId>(0);
  c.organization = row.id<auth::OrganizationId>(1);
  c.project = row.id<auth::ProjectId>(2);
  c.type = row.text(3);
  c.scheme = row.text(4);
  c.created_by = row.text(5);
  c.created_at = row.time(6);
  c.verify_after = row.time(7);
  c.verification_result = row.text(8);
  c.verification_message = row.text(9);
  c.last_verified_at = row.optional_time(10);
  c.last_used_at = row.optional_time(11);
  c.name = row.text(12);
  c.description = row.text(14);
  c.owner = row.text(15);
  c.tags = map_from_text(row.text(16));
  c.target = row.text(17);
  c.fields = map_from_text(row.text(18));
  out.secret = row.id<vault::SecretId>(19);
  c.secret_fields = list_from_text(row.text(20));
  c.allow_all = row.boolean(21);
  c.inherits_roles = row.boolean(22);
  c.updated_at = row.time(23);
  c.revision = row.integer(24);
  c.learned = map_from_text(row.text(25));
  out.seen.role = static_cast<Role>(row.integer(26));
  return out;
}

std::vector<storage::Value> viewer_values(const Viewer& viewer) {
  return {viewer.organization, viewer.sees_all(), viewer.is_project_administrator(), viewer.user, viewer.team};
}

// Puts in the projects of each with one statement.
base::Status add_projects(storage::Connection& connection, std::vector<Seen>& all) {
  if (all.empty()) return {};
  std::string sql =
      "SELECT connection_id, project_id FROM service_connection_projects WHERE is_home = 0 AND connection_id IN (";
  std::vector<storage::Value> ids;
  for (const auto& seen : all) {
    ids.emplace_back(seen.connection.id);
    sql += (ids.size() == 1 ? "$" : ", $") + std::to_string(ids.size());
  }
  sql += ") ORDER BY project_id";
  ASSIGN_OR_RETURN(const auto rows, connection.query(sql, std::span<const storage::Value>(ids)));
  for (const auto& row : rows) {
    const auto id = row.id<ServiceConnectionId>(0);
    const auto place = std::find_if(all.begin(), all.end(), [&](const Seen& seen) { return seen.connection.id == id; });
    if (place != all.end()) place->connection.shared_with.push_back(row.id<auth::ProjectId>(1));
  }
  return {};
}

base::Result<std::optional<Row>> one(storage::Connection& connection, base::Result<std::optional<storage::Row>> found) {
  if (!found) return std::move(found).error();
  if (!*found) return std::optional<Row>();
  Row row = row_from(**found);
  std::vector<Seen> all = {row.seen};
  RETURN_IF_ERROR(add_projects(connection, all));
  row.seen = std::move(all.front());
  return std::optional<Row>(std::move(row));
}

base::Status taken(const base::Result<std::int64_t>& result) {
  if (result) return {};
  if (!storage::is_unique_violation(result.error())) return result.error();
  return base::invalid("The project has a service connection with that name already; names are compared without case",
                       "/data/attributes/name");
}

// A clause for each filter that is set: what is not asked for must not keep an index from being used.
std::string clauses_of(const Filter& filter, std::vector<storage::Value>& values) {
  std::string text;
  const auto add = [&](std::string_view before, const std::string& value, std::string_view after = "") {
    values.emplace_back(value);
    text.append(before).append(std::to_string(values.size())).append(after);
  };
  if (!filter.project.empty()) {
    add(" AND c.id IN (SELECT connection_id FROM service_connection_projects WHERE project_id = $", filter.project,
        ")");
  }
  if (!filter.types.empty()) {
    text += " AND c.type IN (";
    for (std::size_t i = 0; i < filter.types.size(); ++i) add(i == 0 ? "$" : ", $", filter.types[i]);
    text += ")";
  }
  if (!filter.scheme.empty()) add(" AND c.scheme = $", filter.scheme);
  if (!filter.result.empty()) {
    add(" AND c.verification_result = $", filter.result == "never" ? std::string() : filter.result);
  }
  if (!filter.search.empty()) {
    add(" AND (c.name_key LIKE $", auth::contains_pattern(filter.search), " ESCAPE '\\'");
    add(" OR LOWER(c.description) LIKE $", auth::contains_pattern(filter.search), " ESCAPE '\\')");
  }
  return text;
}

std::vector<ServiceConnectionId> ids_in(const storage::Rows& rows) {
  std::vector<ServiceConnectionId> ids;
  for (const auto& row : rows) ids.push_back(row.id<ServiceConnectionId>(0));
  return ids;
}

}  // namespace

base::Status insert(storage::Transaction& transaction, const ServiceConnection& c, const vault::SecretId& secret) {
  RETURN_IF_ERROR(done(transaction.execute(
      "INSERT INTO service_connections (" CONNECTION_COLUMNS
      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
      "$23, $24, $25, $26)",
      {c.id,
       c.organization,
       c.project,
       c.type,
       c.scheme,
       c.created_by,
       c.created_at,
       c.verify_after,
       c.verification_result,
       c.verification_message,
       c.last_verified_at,
       c.last_used_at,
       c.name,
       auth::key_of(c.name),
       c.description,
       c.owner,
       map_to_text(c.tags),
       c.target,
       map_to_text(c.fields),
       secret,
       list_to_text(c.secret_fields),
       c.allow_all,
       c.inherits_roles,
       c.updated_at,
       c.revision,
       map_to_text(c.learned)})));
  return taken(transaction.execute(
      "INSERT INTO service_connection_projects (project_id, name_key, connection_id, is_home) VALUES ($1, $2, $3, 1)",
      {c.project, auth::key_of(c.name), c.id}));
}

base::Status update(storage::Transaction& transaction, const ServiceConnection& c, const vault::SecretId& secret) {
  RETURN_IF_ERROR(
      done(transaction.execute("UPDATE service_connections SET (" CONNECTION_SETTINGS
                               ") = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) WHERE id = $1",
                               {c.id, c.name, auth::key_of(c.name), c.description, c.owner, map_to_text(c.tags),
                                c.target, map_to_text(c.fields), secret, list_to_text(c.secret_fields), c.allow_all,
                                c.inherits_roles, c.updated_at, c.revision, map_to_text(c.learned)})));
  return taken(transaction.execute("UPDATE service_connection_projects SET name_key = $2 WHERE connection_id = $1",
                                   {c.id, auth::key_of(c.name)}));
}

base::Status remove(storage::Transaction& transaction, const ServiceConnectionId& id) {
  return done(transaction.execute("DELETE FROM service_connections WHERE id = $1", {id}));
}

base::Result<std::optional<Row>> find(storage::Connection& connection, const Viewer& viewer,
                                      const ServiceConnectionId& id) {
  auto values = viewer_values(viewer);
  values.emplace_back(id);
  return one(connection, [&]() -> base::Result<std::optional<storage::Row>> {
    ASSIGN_OR_RETURN(auto rows,
                     connection.query("SELECT " CONNECTION_COLUMNS ", " CONNECTIONS_VIEWER_ROLE
                                      " FROM service_connections c WHERE c.organization_id = $1 AND c.id = $6",
                                      std::span<const storage::Value>(values)));
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
  }());
}

base::Result<std::optional<Row>> find(storage::Connection& connection, const ServiceConnectionId& id) {
  return one(connection,
             connection.find("SELECT " CONNECTION_COLUMNS ", 0 FROM service_connections c WHERE c.id = $1", {id}));
}

base::Result<std::optional<ServiceConnectionId>> find_named(storage::Connection& connection,
                                                            const auth::ProjectId& project, std::string_view name) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT connection_id FROM service_connection_projects WHERE "
                                                   "project_id = $1 AND name_key = $2",
                                                   {project, auth::key_of(name)}));
  return row ? std::optional(row->id<ServiceConnectionId>(0)) : std::nullopt;
}

base::Result<std::vector<ServiceConnectionId>> all_of(storage::Connection& connection,
                                                      const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT id FROM service_connections WHERE organization_id = $1 ORDER BY id", {organization}));
  return ids_in(rows);
}

base::Result<std::vector<ServiceConnectionId>> all_of_kind(storage::Connection& connection, const std::string& type,
                                                           const std::string& scheme) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT id FROM service_connections WHERE type = $1 AND scheme = $2 ORDER BY id",
                                    {type, scheme}));
  return ids_in(rows);
}

base::Result<base::Page<Seen>> list(storage::Connection& connection, const Viewer& viewer, const Filter& filter,
                                    const base::PageRequest& page) {
  base::Page<Seen> result{.items = {}, .total = 0, .request = page};
  auto values = viewer_values(viewer);
  const std::string from =
      " FROM (SELECT c.*, " CONNECTIONS_VIEWER_ROLE
      " AS viewer_role FROM service_connections c WHERE c.organization_id = $1" +  // sql-ok: filters
      clauses_of(filter, values) +
      ") c WHERE viewer_role > 0";
  ASSIGN_OR_RETURN(const auto count,
                   connection.query("SELECT COUNT(*)" + from,  // sql-ok: constants only
                                    std::span<const storage::Value>(values)));
  result.total = count.front().integer(0);
  values.emplace_back(page.size);
  values.emplace_back(page.offset());
  const std::string limits = " ORDER BY name_key, id LIMIT $" + std::to_string(values.size() - 1) + " OFFSET $" +
                             std::to_string(values.size());
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT " CONNECTION_COLUMNS ", viewer_role" + from + limits,  // sql-ok: constants
                                    std::span<const storage::Value>(values)));
  for (const auto& row : rows) result.items.push_back(row_from(row).seen);
  RETURN_IF_ERROR(add_projects(connection, result.items));
  return result;
}

base::Status share(storage::Transaction& transaction, const ServiceConnection& c, const auth::ProjectId& project) {
  ASSIGN_OR_RETURN(const auto known, find_named(transaction, project, c.name));
  if (known && *known == c.id) return {};
  if (known) {
    return base::conflict("the project has a service connection named '" + c.name +
                          "' already; rename one of the two first");
  }
  return done(transaction.execute(
      "INSERT INTO service_connection_projects (project_id, name_key, connection_id, is_home) VALUES ($1, $2, $3, 0)",
      {project, auth::key_of(c.name), c.id}));
}

base::Status unshare(storage::Transaction& transaction, const ServiceConnectionId& id, const auth::ProjectId& project) {
  return done(transaction.execute(
      "DELETE FROM service_connection_projects WHERE connection_id = $1 AND project_id = $2 AND is_home = 0",
      {id, project}));
}

base::Status set_references(storage::Transaction& transaction, const ServiceConnectionId& id,
                            const std::vector<std::pair<std::string, ServiceConnectionId>>& references) {
  RETURN_IF_ERROR(
      done(transaction.execute("DELETE FROM service_connection_references WHERE connection_id = $1", {id})));
  for (const auto& [parameter, other] : references) {
    RETURN_IF_ERROR(done(transaction.execute(
        "INSERT INTO service_connection_references (connection_id, parameter, refers_to) VALUES ($1, $2, $3)",
        {id, parameter, other})));
  }
  return {};
}

base::Result<std::vector<Use>> uses(storage::Connection& connection, const ServiceConnectionId& id) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT 'workspaces', w.id, w.name FROM workspace_service_connections u JOIN workspaces w ON "
                       "w.id = u.workspace_id WHERE u.connection_id = $1 UNION ALL SELECT 'service-connections', c.id, "
                       "c.name FROM service_connection_references f JOIN service_connections c ON c.id = "
                       "f.connection_id WHERE f.refers_to = $1 ORDER BY 1, 3, 2 LIMIT 100",
                       {id}));
  std::vector<Use> all;
  for (const auto& row : rows) all.push_back({row.text(0), row.text(1), row.text(2)});
  return all;
}

base::Status set_oauth_configuration(storage::Transaction& transaction, const ServiceConnectionId& id,
                                     const std::string& configuration) {
  RETURN_IF_ERROR(
      transaction.execute("DELETE FROM service_connection_oauth_configurations WHERE connection_id = $1", {id}));
  if (configuration.empty()) return {};
  return done(
      transaction.execute("INSERT INTO service_connection_oauth_configurations (connection_id, configuration_id) "
                          "VALUES ($1, $2)",
                          {id, configuration}));
}

base::Result<std::string> oauth_configuration_of(storage::Connection& connection, const ServiceConnectionId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT configuration_id FROM "
                                                   "service_connection_oauth_configurations WHERE connection_id = $1",
                                                   {id}));
  return row ? row->text(0) : std::string();
}

base::Result<std::vector<std::string>> of_oauth_configuration(storage::Connection& connection,
                                                              const std::string& configuration) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT c.name, c.id FROM service_connection_oauth_configurations o JOIN "
                                    "service_connections c ON c.id = o.connection_id WHERE o.configuration_id = $1 "
                                    "ORDER BY c.name_key, c.id LIMIT 100",
                                    {configuration}));
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back("service connection '" + row.text(0) + "' (" + row.text(1) + ")");
  return names;
}

base::Status set_used(storage::Transaction& transaction, const ServiceConnectionId& id, base::Time now) {
  return done(transaction.execute("UPDATE service_connections SET last_used_at = $2 WHERE id = $1", {id, now}));
}

base::Status set_verified(storage::Transaction& transaction, const ServiceConnection& c) {
  return done(
      transaction.execute("UPDATE service_connections SET verification_result = $2, verification_message = $3, "
                          "last_verified_at = $4, verify_after = $5, learned = $6 WHERE id = $1",
                          {c.id, c.verification_result, c.verification_message, c.last_verified_at, c.verify_after,
                           map_to_text(c.learned)}));
}

base::Status set_verify_after(storage::Transaction& transaction, const ServiceConnectionId& id, base::Time next) {
  return done(transaction.execute("UPDATE service_connections SET verify_after = $2 WHERE id = $1", {id, next}));
}

}  // namespace connections::store
