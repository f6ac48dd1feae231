#include "runs/id_list.h"
#include "runs/store.h"
#include "runs/text.h"

namespace runs::store {
namespace {

#define CONFIGURATION_COLUMNS                                                                                      \
  "SELECT id, organization_id, workspace_id, status, source, speculative, auto_queue_runs, error, error_message, " \
  "archive, ingress_id, created_at, times FROM configuration_versions "

ConfigurationVersion read_configuration(const storage::Row& row) {
  ConfigurationVersion version;
  version.id = row.id<ConfigurationVersionId>(0);
  version.organization = row.id<auth::OrganizationId>(1);
  version.workspace = row.text(2);
  version.status = row.text(3);
  version.source = row.text(4);
  version.speculative = row.boolean(5);
  version.auto_queue_runs = row.boolean(6);
  version.error = row.text(7);
  version.error_message = row.text(8);
  version.archive = row.text(9);
  version.ingress = row.id<IngressId>(10);
  version.created_at = row.time(11);
  version.times = times_from_text(row.text(12));
  return version;
}

}  // namespace

base::Status insert_ingress(storage::Transaction& transaction, const auth::OrganizationId& organization,
                            const Ingress& ingress) {
  auto inserted = transaction.execute("INSERT INTO ingresses (id, organization_id, facts) VALUES ($1, $2, $3)",
                                      {ingress.id, organization, ingress_to_text(ingress)});
  if (!inserted) return std::move(inserted).error();
  return {};
}

base::Result<std::optional<Ingress>> find_ingress(storage::Connection& connection, const IngressId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT facts FROM ingresses WHERE id = $1", {id}));
  return row ? std::optional(ingress_from_text(id, row->text(0))) : std::optional<Ingress>();
}

base::Result<std::vector<Ingress>> find_ingresses(storage::Connection& connection,
                                                  const std::vector<std::string>& ids) {
  const IdList list(ids);
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT id, facts FROM ingresses WHERE id IN " + list.text,  // sql-ok: parameter numbers
                       std::span<const storage::Value>(list.values)));
  std::vector<Ingress> found;
  for (const auto& row : rows) found.push_back(ingress_from_text(row.id<IngressId>(0), row.text(1)));
  return found;
}

base::Status insert_configuration(storage::Transaction& transaction, const ConfigurationVersion& version) {
  auto inserted = transaction.execute(
      "INSERT INTO configuration_versions (id, organization_id, workspace_id, status, source, speculative, "
      "auto_queue_runs, error, error_message, archive, ingress_id, created_at, times) VALUES ($1, $2, $3, $4, $5, $6, "
      "$7, $8, $9, $10, $11, $12, $13)",
      {version.id, version.organization, version.workspace, version.status, version.source, version.speculative,
       version.auto_queue_runs, version.error, version.error_message, version.archive, version.ingress,
       version.created_at, times_to_text(version.times)});
  if (!inserted) return std::move(inserted).error();
  return {};
}

base::Status update_configuration(storage::Transaction& transaction, const ConfigurationVersion& version) {
  auto updated = transaction.execute(
      "UPDATE configuration_versions SET status = $2, error = $3, error_message = $4, archive = $5, ingress_id = $6, "
      "times = $7 WHERE id = $1",
      {version.id, version.status, version.error, version.error_message, version.archive, version.ingress,
       times_to_text(version.times)});
  if (!updated) return std::move(updated).error();
  return {};
}

base::Result<std::optional<ConfigurationVersion>> find_configuration(storage::Connection& connection,
                                                                     std::string_view id) {
  ASSIGN_OR_RETURN(const auto row, connection.find(CONFIGURATION_COLUMNS "WHERE id = $1", {id}));
  return row ? std::optional(read_configuration(*row)) : std::optional<ConfigurationVersion>();
}

base::Result<std::vector<ConfigurationVersion>> find_configurations(storage::Connection& connection,
                                                                    const std::vector<std::string>& ids) {
  const IdList list(ids);
  ASSIGN_OR_RETURN(const auto rows, connection.query(CONFIGURATION_COLUMNS "WHERE id IN " + list.text,
                                                     std::span<const storage::Value>(list.values)));
  std::vector<ConfigurationVersion> found;
  for (const auto& row : rows) found.push_back(read_configuration(row));
  return found;
}

base::Result<std::vector<std::string>> archives_in_use(storage::Connection& connection,
                                                       const std::vector<std::string>& names) {
  const IdList list(names);
  const std::string sql =
      "SELECT DISTINCT archive FROM configuration_versions WHERE archive IN " + list.text;  // sql-ok: parameter numbers
  ASSIGN_OR_RETURN(const auto rows, connection.query(sql, std::span<const storage::Value>(list.values)));
  std::vector<std::string> found;
  for (const auto& row : rows) found.push_back(row.text(0));
  return found;
}

base::Result<base::Page<ConfigurationVersion>> list_configurations(storage::Connection& connection,
                                                                   std::string_view workspace,
                                                                   const base::PageRequest& page) {
  base::Page<ConfigurationVersion> out;
  out.request = page;
  ASSIGN_OR_RETURN(
      const auto count,
      connection.query("SELECT COUNT(*) FROM configuration_versions WHERE workspace_id = $1", {workspace}));
  out.total = count.front().integer(0);
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query(CONFIGURATION_COLUMNS "WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2 "
                                             "OFFSET $3",
                       {workspace, page.size, page.offset()}));
  for (const auto& row : rows) out.items.push_back(read_configuration(row));
  return out;
}

base::Result<std::optional<ConfigurationVersion>> latest_configuration(storage::Connection& connection,
                                                                       std::string_view workspace) {
  ASSIGN_OR_RETURN(
      const auto row,
      connection.find(CONFIGURATION_COLUMNS "WHERE workspace_id = $1 AND status = 'uploaded' AND speculative = 0 "
                                            "ORDER BY created_at DESC, id DESC LIMIT 1",
                      {workspace}));
  return row ? std::optional(read_configuration(*row)) : std::optional<ConfigurationVersion>();
}

}  // namespace runs::store
