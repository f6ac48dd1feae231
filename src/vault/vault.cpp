#include "vault/vault.h"

#include <unistd.h>

#include "base/clock.h"
#include "crypto/aead.h"
#include "vault/key_check.h"
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
    const auto data_key = crypto::open(master_, row->blob(1), associated);
    if (!data_key) return does_not_open(id);
    auto secret = crypto::open(*data_key, row->blob(2), associated);
    if (!secret) return does_not_open(id);
    return secret;
  }

  base::Status erase(storage::Transaction& transaction, const SecretId& id) override {
    auto erased = transaction.execute("DELETE FROM secrets WHERE id = $1", {id});
    if (!erased) return std::move(erased).error();
    return {};
  }

 private:
  // Somebody changed the row, or put it in another's place: the log must show which one.
  static base::Error does_not_open(const SecretId& id) {
    return base::internal("vault alarm: the secret " + id.str() + " was changed in the database, or moved");
  }

  base::Secret master_;
};

// What the database knows about its master key.
struct Known {
  std::optional<std::string> check = {};
  bool has_secrets = false;
};

base::Result<Known> load_known(storage::Database& database) {
  return database.read([](storage::Connection& connection) -> base::Result<Known> {
    Known known;
    ASSIGN_OR_RETURN(const auto check, key_check(connection));
    if (!check.empty()) known.check = check;
    ASSIGN_OR_RETURN(const auto secret, connection.find("SELECT 1 FROM secrets LIMIT 1"));
    known.has_secrets = secret.has_value();
    return known;
  });
}

// Two servers may start over the same empty database: the first check value stays, and both compare with it.
base::Status store_check(storage::Database& database, const base::Secret& master) {
  const storage::Blob sealed{crypto::seal(master, kCheckText, check_data(kKeyVersion))};
  return database.write([&](storage::Transaction& transaction) -> base::Status {
    auto added = transaction.execute(
        "INSERT INTO vault_check (key_version, sealed) VALUES ($1, $2) ON CONFLICT (key_version) DO NOTHING",
        {kKeyVersion, sealed});
    if (!added) return std::move(added).error();
    return {};
  });
}

// The key is made only for a database that has never had one: over existing data a new key would lock them for good.
base::Result<base::Secret> key_for(const std::filesystem::path& file, bool database_has_key, bool& made) {
  auto key = read_master_key(file);
  if (key || key.error().code != base::Code::kNotFound) return key;
  if (database_has_key) {
    return base::invalid(key.error().message +
                         ", but the database holds secrets that only it opens. Put it back from "
                         "your backup, or name its place with --master-key-file");
  }
  made = true;
  return make_master_key(file);
}

base::Status compare(const base::Secret& master, std::string_view check, const std::filesystem::path& file) {
  if (crypto::open(master, check, check_data(kKeyVersion))) return {};
  return base::invalid("the master key file " + file.string() +
                       " holds another key than the one this database was made with. Put the right file back from "
                       "your backup, or name its place with --master-key-file");
}

}  // namespace

base::Result<std::string> key_check(storage::Connection& connection) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT sealed FROM vault_check WHERE key_version = $1", {kKeyVersion}));
  return row ? row->blob(0) : std::string();
}

base::Status check_master_key(const std::filesystem::path& file, std::string_view check) {
  ASSIGN_OR_RETURN(const auto master, read_master_key(file));
  return compare(master, check, file);
}

base::Result<std::unique_ptr<Vault>> Vault::open(storage::Database& database,
                                                 const std::filesystem::path& master_key_file) {
  ASSIGN_OR_RETURN(auto known, load_known(database));
  const bool is_used = known.check || known.has_secrets;
  bool made = false;
  ASSIGN_OR_RETURN(auto master, key_for(master_key_file, is_used, made));
  if (!is_used) {
    RETURN_IF_ERROR(store_check(database, master));
    ASSIGN_OR_RETURN(known, load_known(database));
  }
  if (!known.check) {
    return base::invalid("the database holds secrets, but not the check value of their master key: restore a backup");
  }
  if (auto same = compare(master, *known.check, master_key_file); !same) {
    if (made) ::unlink(master_key_file.c_str());  // another server was quicker; nothing was sealed with this one
    return std::move(same).error();
  }
  return std::unique_ptr<Vault>(std::make_unique<SealedVault>(std::move(master)));
}

}  // namespace vault
