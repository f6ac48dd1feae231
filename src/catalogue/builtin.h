#pragma once

#include <string_view>

namespace catalogue {

// The text of connection-types.json, which is part of the program.
std::string_view builtin_types();

}  // namespace catalogue
