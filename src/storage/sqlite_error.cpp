#include "storage/sqlite_error.h"

#include <sqlite3.h>

#include "storage/parameters.h"

namespace storage {

base::Error sqlite_error(sqlite3* handle) {
  return sqlite_error(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle));
}

base::Error sqlite_error(int extended_code, std::string_view text) {
  const std::string detail = "sqlite " + std::to_string(extended_code) + ": " + std::string(text);
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return unique_violation(detail);
    case SQLITE_CONSTRAINT_FOREIGNKEY: return foreign_key_violation(detail);
    default: break;
  }
  switch (extended_code & 0xff) {
    case SQLITE_CONSTRAINT: return constraint_violation(detail);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL: return database_unavailable(detail);
    default: return base::internal(detail);
  }
}

}  // namespace storage
