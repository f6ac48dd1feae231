#include "vault/vault.h"

#include "base/clock.h"
#include "crypto/aead.h"
#include "vault/master_key.h"

namespace vault {
namespace {

constexpr std::int64_t kKeyVersion = 1;
constexpr std::string_view kCheckText = "runbridge vault check";

// Each part with its length, so that no two owners have the same bytes.
std::string associated_data(const SecretId& id, const Owner& owner, std::int64_t version) {
  std::string data = "runbridge secret 1";
  for (const std::string& part :
       {id.str(), owner.organization, owner.table, owner.row, owner.column, std::to_string(version)}) {
    data += ':' + std::to_string(part.size()) + ':' + part;
  }
  return data;
}

std::string check_data(std::int64_t version) { return "runbridge vault check:" + std::to_string(version); }

class SealedVault final : public Vault {
 public:
  explicit SealedVault(base::Secret master) : master_(std::move(master)) {}

  base::Result<SecretId> put(storage::Transaction& transaction, const Owner& owner,
                             const base::Secret& secret) override {
    const SecretId id = SecretId::make();
    const std::string associated = associated_data(id, owner, kKeyVersion);
    const base::Secret data_key = crypto::random_key();
    const storage::Blob wrapped{crypto::seal(master_, data_key.reveal(), associated)};
    const storage::Blob sealed{crypto::seal(data_key, secret.reveal(), associated)};
    auto added = transaction.execute(
        "INSERT INTO secrets (id, key_version, data_key, sealed, created_at) VALUES ($1, $2, $3, $4, $5)",
        {id, kKeyVersion, wrapped, sealed, base::system_clock().now()});
    if (!added) return std::move(added).error();
    return id;
  }

  base::Result<base::Secret> get(storage::Connection& connection, const SecretId& id, const Owner& owner) override {
    ASSIGN_OR_RETURN(const auto row,
                     connection.find("SELECT key_version, data_key, sealed FROM secrets WHERE id = $1", {id}));
    if (!row) return base::internal("the secret " + id.str() + " is not in the vault");
    const std::string associated = associated_data(id, owner, row->integer(0));
    ASSIGN_OR_RETURN(const auto data_key, crypto::open(master_, row->blob(1), associated));
    return crypto::open(data_key, row->blob(2), associated);
  }

  base::Status erase(storage::Transaction& transaction, const SecretId& id) override {
    auto erased = transaction.execute("DELETE FROM secrets WHERE id = $1", {id});
    if (!erased) return std::move(erased).error();
    return {};
  }

 private:
  base::Secret master_;
};

base::Result<std::optional<std::string>> stored_check(storage::Database& database) {
  using Found = base::Result<std::optional<std::string>>;
  return database.read([](storage::Connection& connection) -> Found {
    ASSIGN_OR_RETURN(const auto row,
                     connection.find("SELECT sealed FROM vault_check WHERE key_version = $1", {kKeyVersion}));
    if (!row) return std::optional<std::string>();
    return std::optional<std::string>(row->blob(0));
  });
}

base::Status store_check(storage::Database& database, const base::Secret& master) {
  const storage::Blob sealed{crypto::seal(master, kCheckText, check_data(kKeyVersion))};
  return database.write([&](storage::Transaction& transaction) -> base::Status {
    auto added =
        transaction.execute("INSERT INTO vault_check (key_version, sealed) VALUES ($1, $2)", {kKeyVersion, sealed});
    if (!added) return std::move(added).error();
    return {};
  });
}

// The key is made only for a database that has never had one: over existing data a new key would lock them for good.
base::Result<base::Secret> key_for(const std::filesystem::path& file, bool database_has_key) {
  auto key = read_master_key(file);
  if (key || key.error().code != base::Code::kNotFound) return key;
  if (database_has_key) {
    return base::invalid(key.error().message +
                         ", but the database holds secrets that only it opens. Put it back from "
                         "your backup, or name its place with --master-key-file");
  }
  return make_master_key(file);
}

}  // namespace

base::Result<std::unique_ptr<Vault>> Vault::open(storage::Database& database,
                                                 const std::filesystem::path& master_key_file) {
  ASSIGN_OR_RETURN(const auto check, stored_check(database));
  ASSIGN_OR_RETURN(auto master, key_for(master_key_file, check.has_value()));
  if (!check) {
    RETURN_IF_ERROR(store_check(database, master));
  } else if (!crypto::open(master, *check, check_data(kKeyVersion))) {
    return base::invalid("the master key file " + master_key_file.string() +
                         " holds another key than the one this database was made with. Put the right file back from "
                         "your backup, or name its place with --master-key-file");
  }
  return std::unique_ptr<Vault>(std::make_unique<SealedVault>(std::move(master)));
}

}  // namespace vault
