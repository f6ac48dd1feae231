#pragma once

#include <filesystem>

#include "base/result.h"

namespace backup {

// Flushes a file or a directory to the disk.
base::Status flush(const std::filesystem::path& path);

// Makes a copy of `copy` the SQLite database `file`, for the server's next start. What is there now stays beside it:
// the answer is its new name, empty if there was none. kConflict: a server has it open, or there is one and `replace`
// was not said. Interrupted at any point, `file` is the one database or the other, whole.
base::Result<std::filesystem::path> put_in_place(const std::filesystem::path& copy, const std::filesystem::path& file,
                                                 bool replace);

}  // namespace backup
