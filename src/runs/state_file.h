#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "storage/database.h"
#include "vault/vault.h"

// The state that a configuration without a backend leaves beside its code. It holds whatever the tools put there,
// passwords included, so between two runs it is in the vault and nowhere else. One per workspace.
namespace runs {

base::Status save_state(storage::Transaction& transaction, vault::Vault& vault, const std::string& workspace,
                        const base::Secret& text);
base::Result<std::optional<base::Secret>> load_state(storage::Connection& connection, vault::Vault& vault,
                                                     const std::string& workspace);
// A workspace without a state is not an error.
base::Status erase_state(storage::Transaction& transaction, vault::Vault& vault, const std::string& workspace);

}  // namespace runs
