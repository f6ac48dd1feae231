#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/options.h"

namespace config {

using Settings = std::map<std::string, Given>;  // by option name

// Each reads one source, and adds what is wrong with it to `problems`.
Settings read_flags(const std::vector<std::string>& arguments, std::vector<std::string>& problems);
Settings read_environment(const Environment& environment, std::vector<std::string>& warnings);
Settings read_yaml(const std::filesystem::path& file, std::vector<std::string>& problems);

}  // namespace config
