#include "oauth/store.h"

#define AUTHORIZATION_COLUMNS                                                                                  \
  "id, configuration_id, organization_id, project_id, connection_id, connection_type, scheme, started_by, "    \
  "session_id, by_device, tenant, created_at, state, account, message, poll_seconds, expires_at, state_hash, " \
  "secret_id"

namespace oauth::store {
namespace {

using State = Authorization::State;

State state_named(const std::string& name) {
  for (const State state : {State::kPending, State::kExchanging, State::kGranted}) {
    if (name == state_name(state)) return state;
  }
  return State::kFailed;
}

AuthorizationRow row_from(const storage::Row& row) {
  AuthorizationRow out;
  Authorization& a = out.authorization;
  a.id = row.id<AuthorizationId>(0);
  a.configuration = row.id<ConfigurationId>(1);
  a.purpose = {row.id<auth::OrganizationId>(2), row.id<auth::ProjectId>(3), row.text(4), row.text(5), row.text(6)};
  a.started_by = row.text(7);
  a.session = row.text(8);
  a.by_device = row.boolean(9);
  a.tenant = row.text(10);
  a.created_at = row.time(11);
  a.state = state_named(row.text(12));
  a.account = row.text(13);
  a.message = row.text(14);
  a.interval = row.integer(15);
  a.expires_at = row.time(16);
  out.state_hash = row.text(17);
  out.secret = row.id<vault::SecretId>(18);
  return out;
}

base::Result<std::optional<AuthorizationRow>> one(base::Result<std::optional<storage::Row>> found) {
  if (!found) return std::move(found).error();
  return *found ? std::optional(row_from(**found)) : std::nullopt;
}

std::optional<std::string> or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

vault::Owner owner_of(const Authorization& authorization) {
  return {authorization.purpose.organization.str(), "oauth_authorizations", authorization.id.str(), "secret"};
}

base::Result<std::optional<AuthorizationRow>> find(storage::Connection& connection, const AuthorizationId& id) {
  return one(connection.find("SELECT " AUTHORIZATION_COLUMNS " FROM oauth_authorizations WHERE id = $1", {id}));
}

base::Result<std::optional<AuthorizationRow>> find_state(storage::Connection& connection, const std::string& hash) {
  return one(
      connection.find("SELECT " AUTHORIZATION_COLUMNS " FROM oauth_authorizations WHERE state_hash = $1", {hash}));
}

base::Result<std::vector<AuthorizationRow>> all_of(storage::Connection& connection, const ConfigurationId& id) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT " AUTHORIZATION_COLUMNS " FROM oauth_authorizations WHERE configuration_id = $1", {id}));
  std::vector<AuthorizationRow> all;
  for (const auto& row : rows) all.push_back(row_from(row));
  return all;
}

base::Result<std::int64_t> count_of(storage::Connection& connection, const std::string& started_by) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT count(*) FROM oauth_authorizations WHERE started_by = $1", {started_by}));
  return row ? row->integer(0) : 0;
}

base::Status insert(storage::Transaction& transaction, const AuthorizationRow& row) {
  const Authorization& a = row.authorization;
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO oauth_authorizations (" AUTHORIZATION_COLUMNS
      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
      {a.id, a.configuration, a.purpose.organization, a.purpose.project, a.purpose.connection, a.purpose.type,
       a.purpose.scheme, a.started_by, a.session, a.by_device, a.tenant, a.created_at, state_name(a.state), a.account,
       a.message, a.interval, a.expires_at, or_null(row.state_hash), row.secret}));
  return {};
}

base::Status update(storage::Transaction& transaction, const AuthorizationRow& row) {
  const Authorization& a = row.authorization;
  RETURN_IF_ERROR(transaction.execute(
      "UPDATE oauth_authorizations SET state = $2, account = $3, message = $4, poll_seconds = $5, expires_at = $6, "
      "state_hash = $7, secret_id = $8 WHERE id = $1",
      {a.id, state_name(a.state), a.account, a.message, a.interval, a.expires_at, or_null(row.state_hash),
       row.secret}));
  return {};
}

base::Result<bool> spend_state(storage::Transaction& transaction, const AuthorizationId& id, const std::string& hash) {
  ASSIGN_OR_RETURN(
      const auto spent,
      transaction.execute("UPDATE oauth_authorizations SET state_hash = NULL, state = $3 WHERE id = $1 AND "
                          "state_hash = $2",
                          {id, hash, state_name(State::kExchanging)}));
  return spent == 1;
}

base::Status remove(storage::Transaction& transaction, const AuthorizationId& id) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM oauth_authorizations WHERE id = $1", {id}));
  return {};
}

}  // namespace oauth::store
