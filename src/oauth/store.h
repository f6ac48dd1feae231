#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oauth/authorization.h"
#include "oauth/configuration.h"
#include "storage/database.h"
#include "vault/vault.h"

// The SQL of this folder, on the connection of the caller.
namespace oauth::store {

struct ConfigurationRow {
  Configuration configuration;
  vault::SecretId secret;  // empty: none is set
};
vault::Owner owner_of(const Configuration& configuration);

base::Result<std::vector<Configuration>> all(storage::Connection& connection);  // by name
base::Result<std::optional<ConfigurationRow>> find(storage::Connection& connection, const ConfigurationId& id);
base::Result<std::optional<ConfigurationRow>> find_named(storage::Connection& connection, std::string_view name);
// kInvalid if the name is taken.
base::Status insert(storage::Transaction& transaction, const ConfigurationRow& row);
base::Status update(storage::Transaction& transaction, const ConfigurationRow& row);
base::Status remove(storage::Transaction& transaction, const ConfigurationId& id);

struct AuthorizationRow {
  Authorization authorization;
  std::string state_hash;  // empty: there is no state, or it came back
  vault::SecretId secret;  // what belongs to the exchange, later what it brought; empty: none
};
vault::Owner owner_of(const Authorization& authorization);

base::Result<std::optional<AuthorizationRow>> find(storage::Connection& connection, const AuthorizationId& id);
base::Result<std::optional<AuthorizationRow>> find_state(storage::Connection& connection, const std::string& hash);
base::Result<std::vector<AuthorizationRow>> all_of(storage::Connection& connection, const ConfigurationId& id);
base::Result<std::int64_t> count_of(storage::Connection& connection, const std::string& started_by);
base::Status insert(storage::Transaction& transaction, const AuthorizationRow& row);
base::Status update(storage::Transaction& transaction, const AuthorizationRow& row);
// Takes the state away; false if it was taken before.
base::Result<bool> spend_state(storage::Transaction& transaction, const AuthorizationId& id, const std::string& hash);
base::Status remove(storage::Transaction& transaction, const AuthorizationId& id);

}  // namespace oauth::store
