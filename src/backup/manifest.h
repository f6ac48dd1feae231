#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"

namespace backup {

// What stands beside the copy of a database: enough to refuse it before anything is touched.
struct Manifest {
  std::string program;  // the version that made it
  base::Time made_at;
  storage::Dialect database = storage::Dialect::kSqlite;
  std::uintmax_t bytes = 0;                    // of the copy
  std::string key_check;                       // vault::key_check() of that moment
  std::map<std::string, std::int64_t> schema;  // each component's last step
};

std::string to_text(const Manifest& manifest);  // JSON
base::Result<Manifest> from_text(std::string_view text);

// "runbridge.db" or "runbridge.dump": the copy's name below the backup's directory.
std::string copy_name(storage::Dialect database);
std::string database_name(storage::Dialect database);  // "SQLite", "PostgreSQL"

}  // namespace backup
