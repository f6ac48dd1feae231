#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "catalogue/catalogue.h"

namespace catalogue {

// A JSON Schema (draft 7, which editors know) of the YAML form, for completion and checks while typing. `id` is where
// it is served. It says less than read_form and validate do, never more: what they take, it takes.
nlohmann::json json_schema(const Catalogue& catalogue, std::string_view id);

}  // namespace catalogue
