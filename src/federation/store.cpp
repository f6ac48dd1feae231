#include "federation/store.h"

namespace federation::store {

vault::Owner secret_owner(const std::string& key) { return {"", "signing_keys", key, "private_key"}; }

base::Result<std::vector<KeyRow>> all(storage::Connection& connection) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT id, secret_id, modulus, exponent, created_at, signs_from, leaves_at "
                                    "FROM signing_keys ORDER BY signs_from DESC, id"));
  std::vector<KeyRow> keys;
  for (const auto& row : rows) {
    keys.push_back({{row.text(0), row.text(2), row.text(3), row.time(4), row.time(5), row.optional_time(6)},
                    row.id<vault::SecretId>(1)});
  }
  return keys;
}

base::Status insert(storage::Transaction& transaction, const KeyRow& row) {
  const Key& key = row.key;
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO signing_keys (id, secret_id, modulus, exponent, created_at, signs_from, leaves_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {key.id, row.secret, key.modulus, key.exponent, key.created_at, key.signs_from, key.leaves_at}));
  return {};
}

base::Status set_leaves_at(storage::Transaction& transaction, const std::string& key, base::Time leaves_at) {
  RETURN_IF_ERROR(transaction.execute("UPDATE signing_keys SET leaves_at = $2 WHERE id = $1", {key, leaves_at}));
  return {};
}

base::Status remove(storage::Transaction& transaction, const std::string& key) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM signing_keys WHERE id = $1", {key}));
  return {};
}

}  // namespace federation::store
