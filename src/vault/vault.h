#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/result.h"
#include "base/secret.h"
#include "storage/database.h"

namespace vault {

struct SecretTag {
  static constexpr std::string_view kPrefix = "sec";
};
using SecretId = base::Id<SecretTag>;

// Who a secret belongs to. It is authenticated with the ciphertext (associated data), so a row copied to another
// owner, organization or purpose does not open.
struct Owner {
  std::string organization;  // organization id, empty for the site
  std::string table;         // "oauth_tokens"
  std::string row;           // the owning row's id
  std::string column;        // "token"
};

// Envelope encryption: a fresh data key per secret (AES-256-GCM), itself sealed by the master key. Thread-safe.
// Errors: kInternal when a ciphertext does not open (tampered, swapped, wrong key); nothing secret in any text.
class Vault {
 public:
  // Opens the master key file (mode 0600, made at the first start of an empty database) and checks it against the
  // database's own check value. A missing, wrong, short, loose-mode or symlinked file over existing data is
  // kInvalid with a message that says which; nothing is written then.
  static base::Result<std::unique_ptr<Vault>> open(storage::Database& database,
                                                   const std::filesystem::path& master_key_file);
  virtual ~Vault() = default;

  virtual base::Result<SecretId> put(storage::Transaction& transaction, const Owner& owner,
                                     const base::Secret& secret) = 0;
  virtual base::Result<base::Secret> get(storage::Connection& connection, const SecretId& id, const Owner& owner) = 0;
  // Erases it; an unknown id is not an error.
  virtual base::Status erase(storage::Transaction& transaction, const SecretId& id) = 0;
};

}  // namespace vault
