#include "storage/migrations.h"

#include <array>
#include <cstdint>
#include <map>

#include "base/clock.h"
#include "base/strings.h"

namespace storage {
namespace {

// What the database says it has: name and checksum by component and number.
struct Applied {
  std::string name;
  std::string checksum;
};
using AppliedSteps = std::map<std::pair<std::string, std::int64_t>, Applied>;

// FNV-1a, 64 bits: finds a text that was edited, not one that somebody forged.
std::string checksum_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::array<char, 8> bytes{};
  for (auto& byte : bytes) {
    byte = static_cast<char>(hash >> 56U);
    hash <<= 8U;
  }
  return base::to_hex({bytes.data(), bytes.size()});
}

std::string describe(std::string_view component, std::int64_t number, std::string_view name) {
  return "step " + std::to_string(number) + " (" + std::string(name) + ") of " + std::string(component);
}

// One process at a time: SQLite's writer is alone anyway; on PostgreSQL a lock that ends with the transaction.
base::Status lock_schema(Transaction& transaction) {
  if (transaction.dialect() == Dialect::kSqlite) return {};
  // A snapshot taken before the wait for the lock would not show what the other process did.
  RETURN_IF_ERROR(transaction.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"));
  RETURN_IF_ERROR(transaction.query("SELECT pg_advisory_xact_lock($1)", {std::int64_t{0x72756e6272696467}}));
  return {};
}

base::Status create_table(Transaction& transaction) {
  RETURN_IF_ERROR(lock_schema(transaction));
  RETURN_IF_ERROR(transaction.execute(
      "CREATE TABLE IF NOT EXISTS schema_migrations ("
      "component TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, "
      "applied_at BIGINT NOT NULL, PRIMARY KEY (component, number))"));
  return {};
}

base::Result<AppliedSteps> load_applied(Connection& connection) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT component, number, name, checksum FROM schema_migrations"));
  AppliedSteps applied;
  for (const auto& row : rows) applied[{row.text(0), row.integer(1)}] = {row.text(2), row.text(3)};
  return applied;
}

// The steps that are known must be there in order and unchanged; what is left over is from a newer program.
base::Status check_applied(AppliedSteps applied, const std::vector<Component>& components) {
  for (const auto& component : components) {
    for (const auto& step : component.steps) {
      const auto found = applied.find({std::string(component.name), step.number});
      if (found == applied.end()) continue;
      if (found->second.checksum != checksum_of(step.sql)) {
        return base::conflict("the database was made with another text of " +
                              describe(component.name, step.number, step.name) +
                              ": run the version of this program that made it");
      }
      applied.erase(found);
    }
  }
  if (applied.empty()) return {};
  const auto& [key, step] = *applied.begin();
  return base::conflict("the database is newer than this program: it has " +
                        describe(key.first, key.second, step.name) + ". Run the newer version, or restore a backup");
}

base::Status check_numbers(const std::vector<Component>& components) {
  for (const auto& component : components) {
    int expected = 1;
    for (const auto& step : component.steps) {
      if (step.number != expected++) {
        return base::internal("migrations of " + std::string(component.name) + " are not numbered 1, 2, 3, …");
      }
    }
  }
  return {};
}

base::Status apply_step(Transaction& transaction, const Component& component, const Migration& step) {
  RETURN_IF_ERROR(lock_schema(transaction));
  ASSIGN_OR_RETURN(const auto there,
                   transaction.find("SELECT 1 FROM schema_migrations WHERE component = $1 AND number = $2",
                                    {component.name, step.number}));
  if (there) return {};  // another process was quicker
  const auto type = transaction.dialect() == Dialect::kSqlite ? "BLOB" : "BYTEA";
  RETURN_IF_ERROR(transaction.execute(base::replace_all(step.sql, "BLOB_TYPE", type)));
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO schema_migrations (component, number, name, checksum, applied_at) VALUES ($1, $2, $3, $4, $5)",
      {component.name, step.number, step.name, checksum_of(step.sql), base::system_clock().now()}));
  return {};
}

}  // namespace

base::Status migrate(Database& database, const std::vector<Component>& components) {
  RETURN_IF_ERROR(check_numbers(components));
  RETURN_IF_ERROR(database.write([](Transaction& transaction) { return create_table(transaction); }));
  ASSIGN_OR_RETURN(const auto applied, database.read([](Connection& connection) { return load_applied(connection); }));
  RETURN_IF_ERROR(check_applied(applied, components));
  for (const auto& component : components) {
    for (const auto& step : component.steps) {
      if (applied.contains({std::string(component.name), step.number})) continue;
      auto status = database.write([&](Transaction& transaction) { return apply_step(transaction, component, step); });
      if (!status) {
        status.error().message =
            "cannot apply " + describe(component.name, step.number, step.name) + ": " + status.error().message;
        return status;
      }
    }
  }
  return {};
}

}  // namespace storage
