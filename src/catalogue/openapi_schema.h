#pragma once

#include <nlohmann/json_fwd.hpp>

#include "catalogue/catalogue.h"

namespace catalogue {

// An OpenAPI 3.0 description of the call that makes a service connection, with a schema of its own for each type and
// scheme: "ServiceConnection" is one of "TYPE", and each of these one of "TYPE.SCHEME". Custom types included. Like
// json_schema it says less than validate does, never more.
nlohmann::json openapi_description(const Catalogue& catalogue);

}  // namespace catalogue
