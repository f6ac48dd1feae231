#include "keys/store.h"

namespace keys::store {
namespace {

constexpr const char* kKeyColumns =
    "id, organization_id, name, secret_id, health, warning, type, bits, public_line, fingerprint, fingerprint_md5, "
    "created_at";
constexpr const char* kHostColumns =
    "id, organization_id, host, port, algorithm, public_key, fingerprint, state, first_seen_at, last_seen_at, "
    "confirmed_at, confirmed_by";

base::Status done(base::Result<std::int64_t> result) {
  if (!result) return std::move(result).error();
  return {};
}

KeyRow to_key(const storage::Row& row) {
  KeyRow result;
  SshKey& key = result.key;
  key.id = row.id<SshKeyId>(0);
  key.organization = row.id<auth::OrganizationId>(1);
  key.name = row.text(2);
  result.secret = row.id<vault::SecretId>(3);
  key.health = row.text(4);
  key.warning = row.text(5);
  key.type = row.text(6);
  key.bits = static_cast<int>(row.integer(7));
  key.public_line = row.text(8);
  key.fingerprint = row.text(9);
  key.fingerprint_md5 = row.text(10);
  key.created_at = row.time(11);
  return result;
}

HostKeyState state_from(const std::string& name) {
  for (const auto state : {HostKeyState::kConfirmed, HostKeyState::kChanged}) {
    if (name == host_key_state_name(state)) return state;
  }
  return HostKeyState::kUnconfirmed;
}

HostKey to_host_key(const storage::Row& row) {
  HostKey key;
  key.id = row.id<HostKeyId>(0);
  key.organization = row.id<auth::OrganizationId>(1);
  key.host = row.text(2);
  key.port = static_cast<int>(row.integer(3));
  key.algorithm = row.text(4);
  key.public_key = row.text(5);
  key.fingerprint = row.text(6);
  key.state = state_from(row.text(7));
  key.first_seen_at = row.time(8);
  key.last_seen_at = row.time(9);
  key.confirmed_at = row.optional_time(10);
  key.confirmed_by = row.text(11);
  return key;
}

std::vector<HostKey> to_host_keys(const storage::Rows& rows) {
  std::vector<HostKey> keys;
  keys.reserve(rows.size());
  for (const auto& row : rows) keys.push_back(to_host_key(row));
  return keys;
}

// The SELECT of a constant list of columns with a constant ending.
std::string select(const char* columns, const char* rest) { return std::string("SELECT ") + columns + " FROM " + rest; }

}  // namespace

base::Status insert_key(storage::Transaction& transaction, const KeyRow& row) {
  const SshKey& key = row.key;
  return done(transaction.execute(
      "INSERT INTO ssh_keys (id, organization_id, name, secret_id, health, warning, type, bits, public_line, "
      "fingerprint, fingerprint_md5, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {key.id, key.organization, key.name, row.secret, key.health, key.warning, key.type, key.bits, key.public_line,
       key.fingerprint, key.fingerprint_md5, key.created_at}));
}

base::Result<KeyRow> find_key(storage::Connection& connection, const SshKeyId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find(select(kKeyColumns, "ssh_keys WHERE id = $1"), {id}));
  if (!row) return base::not_found("not found");
  return to_key(*row);
}

base::Result<std::vector<SshKey>> list_keys(storage::Connection& connection, const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query(select(kKeyColumns, "ssh_keys WHERE organization_id = $1 ORDER BY created_at, id"),
                                    {organization}));
  std::vector<SshKey> keys;
  for (const auto& row : rows) keys.push_back(to_key(row).key);
  return keys;
}

base::Status rename_key(storage::Transaction& transaction, const SshKeyId& id, const std::string& name) {
  return done(transaction.execute("UPDATE ssh_keys SET name = $2 WHERE id = $1", {id, name}));
}

base::Status delete_key(storage::Transaction& transaction, const SshKeyId& id) {
  return done(transaction.execute("DELETE FROM ssh_keys WHERE id = $1", {id}));
}

base::Result<HostKey> find_host_key(storage::Connection& connection, const HostKeyId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find(select(kHostColumns, "ssh_host_keys WHERE id = $1"), {id}));
  if (!row) return base::not_found("not found");
  return to_host_key(*row);
}

base::Result<std::vector<HostKey>> list_host_keys(storage::Connection& connection,
                                                  const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto rows, connection.query(select(kHostColumns,
                                                            "ssh_host_keys WHERE organization_id = $1 "
                                                            "ORDER BY host, port, algorithm, first_seen_at, id"),
                                                     {organization}));
  return to_host_keys(rows);
}

base::Result<std::vector<HostKey>> host_keys_of(storage::Connection& connection, const HostAddress& address) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query(select(kHostColumns,
                                           "ssh_host_keys WHERE organization_id = $1 AND host = $2 AND port = $3 "
                                           "ORDER BY algorithm, first_seen_at, id"),
                                    {address.organization, address.host, address.port}));
  return to_host_keys(rows);
}

base::Status note_seen(storage::Transaction& transaction, const HostAddress& address, const ssh::SeenHostKey& seen,
                       base::Time now) {
  return done(transaction.execute(
      "INSERT INTO ssh_host_keys (id, organization_id, host, port, algorithm, public_key, fingerprint, state, "
      "first_seen_at, last_seen_at, confirmed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, '') "
      "ON CONFLICT (organization_id, host, port, algorithm, fingerprint) "
      "DO UPDATE SET last_seen_at = excluded.last_seen_at",
      {HostKeyId::make(), address.organization, address.host, address.port, seen.algorithm, seen.public_key,
       seen.fingerprint, host_key_state_name(HostKeyState::kUnconfirmed), now}));
}

base::Status set_state(storage::Transaction& transaction, const HostKeyId& id, HostKeyState state) {
  return done(
      transaction.execute("UPDATE ssh_host_keys SET state = $2 WHERE id = $1", {id, host_key_state_name(state)}));
}

base::Status mark_changed(storage::Transaction& transaction, const HostAddress& address) {
  return done(transaction.execute(
      "UPDATE ssh_host_keys SET state = $4 WHERE organization_id = $1 AND host = $2 AND port = $3 AND state = $5",
      {address.organization, address.host, address.port, host_key_state_name(HostKeyState::kChanged),
       host_key_state_name(HostKeyState::kConfirmed)}));
}

base::Status confirm(storage::Transaction& transaction, const HostKey& key, const std::string& who, base::Time now) {
  RETURN_IF_ERROR(
      done(transaction.execute("DELETE FROM ssh_host_keys WHERE organization_id = $1 AND host = $2 AND port = $3 AND "
                               "algorithm = $4 AND id <> $5",
                               {key.organization, key.host, key.port, key.algorithm, key.id})));
  return done(
      transaction.execute("UPDATE ssh_host_keys SET state = $2, confirmed_at = $3, confirmed_by = $4 WHERE id = $1",
                          {key.id, host_key_state_name(HostKeyState::kConfirmed), now, who}));
}

base::Status delete_host_key(storage::Transaction& transaction, const HostKeyId& id) {
  return done(transaction.execute("DELETE FROM ssh_host_keys WHERE id = $1", {id}));
}

}  // namespace keys::store
