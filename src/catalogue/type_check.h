#pragma once

#include <string>

#include "catalogue/catalogue.h"
#include "catalogue/fields.h"

namespace catalogue {

// What a type says about other things: rules and categories that exist, names in templates, ids that are there once.
void check_type(const Catalogue& catalogue, const Type& type, const std::string& pointer, Findings& findings);

// What a type of an administrator may not have: the steps and ways to sign in that only built-in types use, an id or
// alias that is taken.
void check_custom_type(const Catalogue& catalogue, const Type& type, Findings& findings);

}  // namespace catalogue
