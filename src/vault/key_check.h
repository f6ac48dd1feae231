#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/database.h"

namespace vault {

// What a database keeps to know its master key again: sealed with it, and useless without it. Empty: it has none yet.
base::Result<std::string> key_check(storage::Connection& connection);

// Whether `file` holds the key that `check` was sealed with. kNotFound: there is no file; kInvalid, with what to do:
// another key, or a file that read_master_key() refuses.
base::Status check_master_key(const std::filesystem::path& file, std::string_view check);

}  // namespace vault
