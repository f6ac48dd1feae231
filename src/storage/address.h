#pragma once

#include <filesystem>
#include <optional>

#include "base/secret.h"

namespace storage {

// The file that a database address names (see open()); nothing for PostgreSQL and for what is no address.
std::optional<std::filesystem::path> sqlite_path(const base::Secret& url, const std::filesystem::path& data_dir);

}  // namespace storage
