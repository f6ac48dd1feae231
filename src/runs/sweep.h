#pragma once

#include <filesystem>

#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"

namespace runs {

// What nobody refers to below the data directory: directories of runs that have ended or never were, and archives and
// logs whose configurations and runs are gone. Files of the last day stay: another process may be about to refer to
// them. Returns how many went.
base::Result<int> sweep(storage::Database& database, const std::filesystem::path& data_directory);

}  // namespace runs
