#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace catalogue {

// "base64", "default:TEXT", … of the template language.
bool is_filter(std::string_view name);

// Applies one. `password` opens a PFX. Fails only where a value cannot be converted; the message has no value in it.
base::Result<std::string> apply_filter(std::string_view name, std::string_view value, std::string_view password);

}  // namespace catalogue
