#include "base/strings.h"
#include "oauth/store.h"

#define CONFIGURATION_COLUMNS "id, name, source_type, url, client_id, secret_id, created_at, updated_at"

namespace oauth::store {
namespace {

ConfigurationRow row_from(const storage::Row& row) {
  ConfigurationRow out;
  Configuration& c = out.configuration;
  c.id = row.id<ConfigurationId>(0);
  c.name = row.text(1);
  c.source = source_named(row.text(2)).value_or(Source::kGithub);
  c.url = row.text(3);
  c.client_id = row.text(4);
  out.secret = row.id<vault::SecretId>(5);
  c.has_secret = !out.secret.empty();
  c.created_at = row.time(6);
  c.updated_at = row.time(7);
  return out;
}

base::Result<std::optional<ConfigurationRow>> one(base::Result<std::optional<storage::Row>> found) {
  if (!found) return std::move(found).error();
  return *found ? std::optional(row_from(**found)) : std::nullopt;
}

base::Status kept(const base::Result<std::int64_t>& result) {
  if (result) return {};
  if (!storage::is_unique_violation(result.error())) return result.error();
  return base::invalid("There is an OAuth configuration with that name already; names are compared without case",
                       "/data/attributes/name");
}

}  // namespace

vault::Owner owner_of(const Configuration& configuration) {
  return {"", "oauth_configurations", configuration.id.str(), "client_secret"};
}

base::Result<std::vector<Configuration>> all(storage::Connection& connection) {
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT " CONFIGURATION_COLUMNS
                                                     " FROM oauth_configurations ORDER BY name_key LIMIT 1000"));
  std::vector<Configuration> configurations;
  for (const auto& row : rows) configurations.push_back(row_from(row).configuration);
  return configurations;
}

base::Result<std::optional<ConfigurationRow>> find(storage::Connection& connection, const ConfigurationId& id) {
  return one(connection.find("SELECT " CONFIGURATION_COLUMNS " FROM oauth_configurations WHERE id = $1", {id}));
}

base::Result<std::optional<ConfigurationRow>> find_named(storage::Connection& connection, std::string_view name) {
  return one(connection.find("SELECT " CONFIGURATION_COLUMNS " FROM oauth_configurations WHERE name_key = $1",
                             {base::to_lower(name)}));
}

base::Status insert(storage::Transaction& transaction, const ConfigurationRow& row) {
  const Configuration& c = row.configuration;
  return kept(transaction.execute("INSERT INTO oauth_configurations (" CONFIGURATION_COLUMNS
                                  ", name_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                                  {c.id, c.name, source_name(c.source), c.url, c.client_id, row.secret, c.created_at,
                                   c.updated_at, base::to_lower(c.name)}));
}

base::Status update(storage::Transaction& transaction, const ConfigurationRow& row) {
  const Configuration& c = row.configuration;
  return kept(transaction.execute(
      "UPDATE oauth_configurations SET name = $2, name_key = $3, source_type = $4, url = $5, client_id = $6, "
      "secret_id = $7, updated_at = $8 WHERE id = $1",
      {c.id, c.name, base::to_lower(c.name), source_name(c.source), c.url, c.client_id, row.secret, c.updated_at}));
}

base::Status remove(storage::Transaction& transaction, const ConfigurationId& id) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM oauth_configurations WHERE id = $1", {id}));
  return {};
}

}  // namespace oauth::store
