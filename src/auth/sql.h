#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace auth {

// The form in which names are compared and kept unique.
std::string key_of(std::string_view name);

// A pattern for LIKE … ESCAPE '\' on a key column that finds texts containing this one; "" finds all.
std::string contains_pattern(std::string_view text);

// A broken unique constraint becomes kInvalid at /data/attributes/<attribute>; other errors stay.
base::Error taken(base::Error error, std::string_view attribute);

}  // namespace auth
