#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace catalogue {

// Whether several connections share one file of this path (docker/config.json, .npmrc, …).
bool is_shared_file(std::string_view path);

// One file out of two of the same path, the first of which may have been merged before. kConflict if both have an
// entry of the same name; its message begins with what that is.
base::Result<std::string> merge_files(std::string_view path, std::string_view first, std::string_view second);

}  // namespace catalogue
