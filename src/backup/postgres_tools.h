#pragma once

#include <filesystem>

#include "base/result.h"
#include "base/secret.h"

namespace backup {

// PostgreSQL's own programs. kInvalid: a program is not installed (says the package), or what it said. Waits for as
// long as they take.

// The whole database, as of one moment, to a file in the "custom" format.
// https://www.postgresql.org/docs/15/app-pgdump.html
base::Status dump(const base::Secret& url, const std::filesystem::path& file);
// Whether the file is such a dump.
base::Status check_dump(const std::filesystem::path& file);
// All of it or nothing. https://www.postgresql.org/docs/15/app-pgrestore.html
base::Status load(const base::Secret& url, const std::filesystem::path& file);

}  // namespace backup
