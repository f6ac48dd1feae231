#pragma once

#include <filesystem>

#include "base/result.h"

namespace storage {

// Writes the database as it is at this moment to `to`, which must not exist: mode 0600, on the disk when this returns,
// without the space of what was erased. Its owner may be at work and does not wait. On an error nothing is left at
// `to`. kInvalid: `from` is no database, or is damaged; `to` cannot be written. https://sqlite.org/lang_vacuum.html
base::Status copy_sqlite(const std::filesystem::path& from, const std::filesystem::path& to);

// Reads every page of a file that nobody has open, and writes nothing. kInvalid: no database, or damaged.
base::Status check_sqlite(const std::filesystem::path& file);

}  // namespace storage
