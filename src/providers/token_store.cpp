#include "providers/store.h"

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "providers/checks_json.h"

namespace providers::store {
namespace {

base::Status done(base::Result<std::int64_t> result) {
  if (!result) return std::move(result).error();
  return {};
}

// As new_revision of the token's client.
base::Status new_revision_of(storage::Transaction& transaction, const OAuthTokenId& id) {
  return done(transaction.execute(
      "UPDATE oauth_clients SET revision = revision + 1 WHERE id = (SELECT client_id FROM oauth_tokens WHERE id = $1)",
      {id}));
}

Health health_of(const vcs::Verification& verification) {
  if (!verification.ok) return Health::kFailing;
  for (const auto& check : verification.checks) {
    if (check.state == vcs::Check::State::kFailed) return Health::kFailing;
  }
  for (const auto& check : verification.checks) {
    if (check.state == vcs::Check::State::kWarning) return Health::kWarning;
  }
  return Health::kHealthy;
}

std::string first_failure(const vcs::Verification& verification) {
  for (const auto& check : verification.checks) {
    if (check.state == vcs::Check::State::kFailed) return check.message;
  }
  return verification.ok ? "" : "the provider could not be verified";
}

}  // namespace

base::Status insert_token(storage::Transaction& transaction, const OAuthTokenId& id, const OAuthClient& client,
                          base::Time now) {
  return done(transaction.execute(
      "INSERT INTO oauth_tokens (id, client_id, organization_id, secret_id, ssh_secret_id, ssh_fingerprint, user_id, "
      "user_name, blocked_until, created_at) VALUES ($1, $2, $3, '', '', '', '', '', 0, $4)",
      {id, client.id, client.organization, now}));
}

base::Result<std::optional<TokenInfo>> find_token(storage::Connection& connection, const OAuthTokenId& id) {
  ASSIGN_OR_RETURN(const auto client, client_of(connection, id.str()));
  if (!client) return std::optional<TokenInfo>();
  ASSIGN_OR_RETURN(const auto found, find_client(connection, client->str()));
  if (!found || found->token_id != id) return std::optional<TokenInfo>();
  TokenInfo info;
  info.id = id;
  info.client_id = found->id;
  info.organization = found->organization;
  info.kind = found->kind;
  info.client_name = found->name;
  info.http_url = found->http_url;
  info.api_url = found->api_url;
  info.organization_scoped = found->organization_scoped;
  info.projects = found->projects;
  info.has_token = found->has_token;
  info.has_ssh_key = found->has_ssh_key;
  info.health = found->health;
  info.last_error = found->last_error;
  return std::optional<TokenInfo>(std::move(info));
}

base::Result<std::optional<Access>> find_access(storage::Connection& connection, const OAuthTokenId& id) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT t.client_id, t.organization_id, c.kind, c.http_url, c.api_url, c.ca_bundle, "
                                   "c.proxy, c.no_proxy, t.secret_id, t.ssh_secret_id, c.revision, t.blocked_until, "
                                   "t.deleted_at, c.deleted_at, h.health, h.last_error FROM oauth_tokens t "
                                   "JOIN oauth_clients c ON c.id = t.client_id "
                                   "LEFT JOIN oauth_client_health h ON h.client_id = c.id WHERE t.id = $1",
                                   {id}));
  if (!row) return std::optional<Access>();
  Access access;
  access.token = id;
  access.client = row->id<OAuthClientId>(0);
  access.organization = row->id<auth::OrganizationId>(1);
  access.kind = row->text(2);
  access.http_url = row->text(3);
  access.api_url = row->text(4);
  access.ca_bundle = row->text(5);
  access.proxy = row->text(6);
  access.no_proxy = row->text(7);
  access.secret = row->id<vault::SecretId>(8);
  access.ssh_secret = row->id<vault::SecretId>(9);
  access.revision = row->integer(10);
  access.blocked_until = row->time(11);
  access.deleted = !row->is_null(12) || !row->is_null(13);
  access.health = health_from(row->text(14));
  access.last_error = row->text(15);
  return std::optional<Access>(std::move(access));
}

base::Result<std::optional<OAuthClientId>> client_of(storage::Connection& connection, std::string_view token) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT client_id FROM oauth_tokens WHERE id = $1 AND deleted_at IS NULL", {token}));
  if (!row) return std::optional<OAuthClientId>();
  return std::optional<OAuthClientId>(row->id<OAuthClientId>(0));
}

base::Status set_token_secret(storage::Transaction& transaction, const OAuthTokenId& id,
                              const vault::SecretId& secret) {
  RETURN_IF_ERROR(done(transaction.execute(
      "UPDATE oauth_tokens SET secret_id = $2, user_id = '', user_name = '', expires_at = NULL, blocked_until = 0 "
      "WHERE id = $1",
      {id, secret})));
  RETURN_IF_ERROR(done(transaction.execute(
      "UPDATE oauth_client_health SET health = $2, last_error = '', last_error_at = NULL, verified_at = NULL, "
      "scopes = '[]', checks = '[]' WHERE client_id = (SELECT client_id FROM oauth_tokens WHERE id = $1)",
      {id, health_name(Health::kUnknown)})));
  return new_revision_of(transaction, id);
}

base::Status set_ssh_secret(storage::Transaction& transaction, const OAuthTokenId& id, const vault::SecretId& secret,
                            std::string_view fingerprint) {
  return done(transaction.execute("UPDATE oauth_tokens SET ssh_secret_id = $2, ssh_fingerprint = $3 WHERE id = $1",
                                  {id, secret, fingerprint}));
}

base::Status mark_token_deleted(storage::Transaction& transaction, const OAuthTokenId& id, base::Time now) {
  ASSIGN_OR_RETURN(
      const auto marked,
      transaction.execute("UPDATE oauth_tokens SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL", {id, now}));
  if (marked == 0) return base::not_found("not found");
  return new_revision_of(transaction, id);
}

base::Result<std::optional<base::Time>> token_deleted_at(storage::Connection& connection, const OAuthTokenId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT deleted_at FROM oauth_tokens WHERE id = $1", {id}));
  return row ? row->optional_time(0) : std::nullopt;
}

base::Result<bool> has_tokens(storage::Connection& connection, const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT 1 FROM oauth_tokens WHERE organization_id = $1 LIMIT 1", {organization}));
  return row.has_value();
}

base::Status erase_token(storage::Transaction& transaction, const OAuthTokenId& id) {
  return done(transaction.execute("DELETE FROM oauth_tokens WHERE id = $1 AND deleted_at IS NOT NULL", {id}));
}

base::Status save_verification(storage::Transaction& transaction, const Access& access,
                               const vcs::Verification& verification, base::Time now, base::Time blocked_until) {
  ASSIGN_OR_RETURN(const auto current, find_access(transaction, access.token));
  if (!current || current->revision != access.revision) return {};
  RETURN_IF_ERROR(done(transaction.execute(
      "UPDATE oauth_tokens SET user_id = $2, user_name = $3, expires_at = $4, blocked_until = $5 WHERE id = $1",
      {access.token, base::printable(verification.user_id), base::printable(verification.user_name),
       verification.token_expires_at, blocked_until})));
  const auto failure = first_failure(verification);
  RETURN_IF_ERROR(save_health(transaction, access.client, health_of(verification), failure, now));
  return done(transaction.execute(
      "UPDATE oauth_client_health SET verified_at = $2, server_version = $3, scopes = $4, checks = $5 "
      "WHERE client_id = $1",
      {access.client, now, base::printable(verification.server_version),
       jsonapi::dump(jsonapi::Json(verification.scopes)), jsonapi::dump(checks_to_json(verification.checks))}));
}

base::Status save_block(storage::Transaction& transaction, const OAuthTokenId& id, base::Time until) {
  return done(transaction.execute("UPDATE oauth_tokens SET blocked_until = $2 WHERE id = $1", {id, until}));
}

}  // namespace providers::store
