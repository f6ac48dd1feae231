#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "storage/database.h"

namespace storage {

// Opens (and creates, 0600) the SQLite file. Exactly one process may own it: a second one gets kConflict naming the
// file. WAL, synchronous=FULL, foreign keys on, one writing connection, `readers` reading ones.
base::Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file, int readers = 4);

// Connects to postgres://user:password@host/db (libpq URI). `connections` is the size of the pool; connections are
// made as needed and again after they break. Errors never hold the password.
base::Result<std::unique_ptr<Database>> open_postgres(const base::Secret& url, int connections = 8);

// By the form of `url`: postgres:// or postgresql:// → PostgreSQL; sqlite:///path or empty → SQLite
// (empty: `data_dir`/runbridge.db).
base::Result<std::unique_ptr<Database>> open(const base::Secret& url, const std::filesystem::path& data_dir);

}  // namespace storage
