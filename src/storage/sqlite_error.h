#pragma once

#include <string_view>

#include "base/error.h"

struct sqlite3;

namespace storage {

// What the last failed call on `handle` means for the caller.
base::Error sqlite_error(sqlite3* handle);
base::Error sqlite_error(int extended_code, std::string_view text);

}  // namespace storage
