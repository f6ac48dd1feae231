#pragma once

#include <filesystem>

#include "base/file.h"
#include "base/result.h"

namespace storage {

// Takes the database file for this process: makes its directory (0700) and the file (0600) when missing, and holds
// FILE.lock for as long as the descriptor lives.
// kConflict: another process has it. kInvalid: a symbolic link, not a regular file, readable or writable by others,
// in a directory where anyone may replace it, or on a network file system (SQLite's locks do not hold there).
base::Result<base::FileDescriptor> claim_sqlite_file(const std::filesystem::path& file);

}  // namespace storage
