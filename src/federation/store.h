#pragma once

#include <vector>

#include "federation/key.h"
#include "storage/database.h"
#include "vault/vault.h"

namespace federation::store {

struct KeyRow {
  Key key;
  vault::SecretId secret;
};

vault::Owner secret_owner(const std::string& key);

// The newest first by when they sign.
base::Result<std::vector<KeyRow>> all(storage::Connection& connection);
base::Status insert(storage::Transaction& transaction, const KeyRow& row);
base::Status set_leaves_at(storage::Transaction& transaction, const std::string& key, base::Time leaves_at);
base::Status remove(storage::Transaction& transaction, const std::string& key);

}  // namespace federation::store
