#include "providers/checks_json.h"
#include "providers/store.h"

#include <map>

#include "base/strings.h"

namespace providers::store {
namespace {

constexpr std::size_t kErrorLimit = 2'000;  // bytes; texts of providers, which may hold anything

// Columns of read_client; the live token, if any, beside its client.
#define CLIENT_COLUMNS                                                                                          \
  "SELECT c.id, c.organization_id, o.name, c.uuid, c.name, c.kind, c.http_url, c.api_url, c.client_key, "       \
  "c.rsa_public_key, c.ado_org_name, c.ca_bundle, c.proxy, c.no_proxy, c.organization_scoped, c.created_at, "   \
  "c.updated_at, t.id, t.secret_id, t.ssh_secret_id, t.ssh_fingerprint, t.user_id, t.user_name, t.expires_at, " \
  "t.created_at, h.health, h.last_error, h.last_error_at, h.verified_at, h.server_version, h.scopes, h.checks " \
  "FROM oauth_clients c JOIN organizations o ON o.id = c.organization_id "                                      \
  "LEFT JOIN oauth_tokens t ON t.client_id = c.id AND t.deleted_at IS NULL "                                    \
  "LEFT JOIN oauth_client_health h ON h.client_id = c.id "

void read_token(const storage::Row& row, OAuthClient& client) {
  client.token_id = row.id<OAuthTokenId>(17);
  client.has_token = !row.text(18).empty();
  client.has_ssh_key = !row.text(19).empty();
  client.ssh_fingerprint = row.text(20);
  client.token_user_id = row.text(21);
  client.token_user = row.text(22);
  client.token_expires_at = row.optional_time(23);
  client.token_created_at = row.time(24);
}

void read_health(const storage::Row& row, OAuthClient& client) {
  client.health = health_from(row.text(25));
  client.last_error = row.text(26);
  client.last_error_at = row.optional_time(27);
  client.verified_at = row.optional_time(28);
  client.server_version = row.text(29);
  client.scopes = texts_from_text(row.text(30));
  client.checks = checks_from_text(row.text(31));
}

OAuthClient read_client(const storage::Row& row) {
  OAuthClient client;
  client.id = row.id<OAuthClientId>(0);
  client.organization = row.id<auth::OrganizationId>(1);
  client.organization_name = row.text(2);
  client.uuid = row.text(3);
  client.name = row.text(4);
  client.kind = row.text(5);
  client.http_url = row.text(6);
  client.api_url = row.text(7);
  client.key = row.text(8);
  client.rsa_public_key = row.text(9);
  client.ado_org_name = row.text(10);
  client.ca_bundle = row.text(11);
  client.proxy = row.text(12);
  client.no_proxy = row.text(13);
  client.organization_scoped = row.boolean(14);
  client.created_at = row.time(15);
  client.updated_at = row.time(16);
  read_token(row, client);
  read_health(row, client);
  return client;
}

}  // namespace

Health health_from(std::string_view name) {
  for (const auto health : {Health::kHealthy, Health::kWarning, Health::kFailing}) {
    if (name == health_name(health)) return health;
  }
  return Health::kUnknown;
}

base::Status insert_client(storage::Transaction& transaction, const OAuthClient& client,
                           const vault::SecretId& client_secret) {
  auto inserted = transaction.execute(
      "INSERT INTO oauth_clients (id, organization_id, uuid, name, kind, http_url, api_url, client_key, "
      "client_secret_id, rsa_public_key, ado_org_name, ca_bundle, proxy, no_proxy, organization_scoped, revision, "
      "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, $16)",
      {client.id, client.organization, client.uuid, client.name, client.kind, client.http_url, client.api_url,
       client.key, client_secret, client.rsa_public_key, client.ado_org_name, client.ca_bundle, client.proxy,
       client.no_proxy, client.organization_scoped, client.created_at});
  if (!inserted) return std::move(inserted).error();
  auto health = transaction.execute(
      "INSERT INTO oauth_client_health (client_id, health, last_error, server_version, scopes, checks) "
      "VALUES ($1, $2, '', '', '[]', '[]')",
      {client.id, health_name(Health::kUnknown)});
  if (!health) return std::move(health).error();
  return set_projects(transaction, client.id, client.projects);
}

base::Status update_client(storage::Transaction& transaction, const OAuthClient& client, base::Time now) {
  auto updated = transaction.execute(
      "UPDATE oauth_clients SET name = $2, client_key = $3, rsa_public_key = $4, ado_org_name = $5, ca_bundle = $6, "
      "proxy = $7, no_proxy = $8, organization_scoped = $9, updated_at = $10 "
      "WHERE id = $1 AND deleted_at IS NULL",
      {client.id, client.name, client.key, client.rsa_public_key, client.ado_org_name, client.ca_bundle, client.proxy,
       client.no_proxy, client.organization_scoped, now});
  if (!updated) return std::move(updated).error();
  if (*updated == 0) return base::not_found("not found");
  return set_projects(transaction, client.id, client.projects);
}

base::Status new_revision(storage::Transaction& transaction, const OAuthClientId& id) {
  auto updated = transaction.execute("UPDATE oauth_clients SET revision = revision + 1 WHERE id = $1", {id});
  if (!updated) return std::move(updated).error();
  return {};
}

base::Status set_client_secret(storage::Transaction& transaction, const OAuthClientId& id,
                               const vault::SecretId& secret) {
  auto updated = transaction.execute("UPDATE oauth_clients SET client_secret_id = $2 WHERE id = $1", {id, secret});
  if (!updated) return std::move(updated).error();
  return {};
}

base::Result<vault::SecretId> client_secret(storage::Connection& connection, const OAuthClientId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT client_secret_id FROM oauth_clients WHERE id = $1", {id}));
  return row ? row->id<vault::SecretId>(0) : vault::SecretId();
}

base::Status set_projects(storage::Transaction& transaction, const OAuthClientId& id,
                          const std::vector<auth::ProjectId>& projects) {
  auto cleared = transaction.execute("DELETE FROM oauth_client_projects WHERE client_id = $1", {id});
  if (!cleared) return std::move(cleared).error();
  for (const auto& project : projects) {
    auto added = transaction.execute(
        "INSERT INTO oauth_client_projects (client_id, project_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        {id, project});
    if (!added) return std::move(added).error();
  }
  return {};
}

base::Result<std::optional<OAuthClient>> find_client(storage::Connection& connection, std::string_view id) {
  ASSIGN_OR_RETURN(const auto row, connection.find(CLIENT_COLUMNS "WHERE c.id = $1 AND c.deleted_at IS NULL", {id}));
  if (!row) return std::optional<OAuthClient>();
  OAuthClient client = read_client(*row);
  ASSIGN_OR_RETURN(
      const auto projects,
      connection.query("SELECT project_id FROM oauth_client_projects WHERE client_id = $1 ORDER BY 1", {id}));
  for (const auto& project : projects) client.projects.push_back(project.id<auth::ProjectId>(0));
  return std::optional<OAuthClient>(std::move(client));
}

base::Result<std::vector<OAuthClient>> list_clients(storage::Connection& connection,
                                                    const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(
      const auto projects,
      connection.query("SELECT p.client_id, p.project_id FROM oauth_client_projects p JOIN oauth_clients c "
                       "ON c.id = p.client_id WHERE c.organization_id = $1 ORDER BY 1, 2",
                       {organization}));
  std::map<std::string, std::vector<auth::ProjectId>> by_client;
  for (const auto& row : projects) by_client[row.text(0)].push_back(row.id<auth::ProjectId>(1));
  ASSIGN_OR_RETURN(const auto rows, connection.query(CLIENT_COLUMNS "WHERE c.organization_id = $1 AND c.deleted_at IS "
                                                                    "NULL ORDER BY c.created_at, c.id",
                                                     {organization}));
  std::vector<OAuthClient> clients;
  for (const auto& row : rows) {
    clients.push_back(read_client(row));
    clients.back().projects = by_client[clients.back().id.str()];
  }
  return clients;
}

base::Status mark_client_deleted(storage::Transaction& transaction, const OAuthClientId& id, base::Time now) {
  auto marked = transaction.execute(
      "UPDATE oauth_clients SET deleted_at = $2, revision = revision + 1 WHERE id = $1 AND deleted_at IS NULL",
      {id, now});
  if (!marked) return std::move(marked).error();
  if (*marked == 0) return base::not_found("not found");
  return {};
}

base::Status erase_empty_client(storage::Transaction& transaction, const OAuthClientId& id) {
  auto erased = transaction.execute(
      "DELETE FROM oauth_clients WHERE id = $1 AND deleted_at IS NOT NULL AND NOT EXISTS "
      "(SELECT 1 FROM oauth_tokens t WHERE t.client_id = $1)",
      {id});
  if (!erased) return std::move(erased).error();
  return {};
}

base::Result<bool> project_exists(storage::Connection& connection, const auth::OrganizationId& organization,
                                  std::string_view project) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT 1 FROM projects WHERE id = $1 AND organization_id = $2",
                                                   {project, organization}));
  return row.has_value();
}

base::Status save_health(storage::Transaction& transaction, const OAuthClientId& id, Health health,
                         std::string_view last_error, base::Time now) {
  constexpr std::string_view kFailed =
      "UPDATE oauth_client_health SET health = $2, last_error = $3, last_error_at = $4 WHERE client_id = $1";
  constexpr std::string_view kFine = "UPDATE oauth_client_health SET health = $2, last_error = '' WHERE client_id = $1";
  auto saved =
      last_error.empty()
          ? transaction.execute(kFine, {id, health_name(health)})
          : transaction.execute(kFailed, {id, health_name(health), base::printable(last_error, kErrorLimit), now});
  if (!saved) return std::move(saved).error();
  return {};
}

}  // namespace providers::store
