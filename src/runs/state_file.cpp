#include "runs/state_file.h"

namespace runs {
namespace {

std::string name_of(const std::string& workspace) { return "state:" + workspace; }

vault::Owner owner_of(const std::string& workspace) { return {"", "run_secrets", name_of(workspace), "secret_id"}; }

base::Result<std::optional<vault::SecretId>> find(storage::Connection& connection, const std::string& workspace) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT secret_id FROM run_secrets WHERE name = $1", {name_of(workspace)}));
  return row ? std::optional(row->id<vault::SecretId>(0)) : std::nullopt;
}

}  // namespace

base::Status save_state(storage::Transaction& transaction, vault::Vault& vault, const std::string& workspace,
                        const base::Secret& text) {
  RETURN_IF_ERROR(erase_state(transaction, vault, workspace));
  ASSIGN_OR_RETURN(const auto id, vault.put(transaction, owner_of(workspace), text));
  RETURN_IF_ERROR(
      transaction.execute("INSERT INTO run_secrets (name, secret_id) VALUES ($1, $2)", {name_of(workspace), id}));
  return {};
}

base::Result<std::optional<base::Secret>> load_state(storage::Connection& connection, vault::Vault& vault,
                                                     const std::string& workspace) {
  ASSIGN_OR_RETURN(const auto id, find(connection, workspace));
  if (!id) return std::optional<base::Secret>();
  ASSIGN_OR_RETURN(auto text, vault.get(connection, *id, owner_of(workspace)));
  return std::optional<base::Secret>(std::move(text));
}

base::Status erase_state(storage::Transaction& transaction, vault::Vault& vault, const std::string& workspace) {
  ASSIGN_OR_RETURN(const auto id, find(transaction, workspace));
  if (!id) return {};
  RETURN_IF_ERROR(vault.erase(transaction, *id));
  RETURN_IF_ERROR(transaction.execute("DELETE FROM run_secrets WHERE name = $1", {name_of(workspace)}));
  return {};
}

}  // namespace runs
