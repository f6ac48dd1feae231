#pragma once

#include <string>
#include <string_view>

#include "catalogue/rule.h"
#include "catalogue/values.h"

namespace catalogue {

// What is wrong with a value under a rule: what to tell the person, or empty. `values` are the others, for the rules
// about two of them (a key and its certificate). Never has any of the value in it.
std::string problem_of_value(const Rule& rule, std::string_view value, const Values& values);

}  // namespace catalogue
