#pragma once

#include <string>

#include "catalogue/fields.h"
#include "catalogue/rule.h"
#include "catalogue/type.h"

namespace catalogue {

// Each reads one object of the catalogue's file and adds what is wrong with it to `findings`. What is wrong in itself
// is found here; what refers to other things (rules, names in templates) in type_check.h.
Type read_type(const Json& json, const std::string& pointer, Findings& findings);
Parameter read_parameter(const Json& json, const std::string& pointer, Findings& findings);
Rule read_rule(const std::string& id, const Json& json, const std::string& pointer, Findings& findings);
Condition read_condition(const Json* json, const std::string& pointer, Findings& findings);

}  // namespace catalogue
