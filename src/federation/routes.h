#pragma once

#include <vector>

#include "federation/issuer.h"
#include "http/router.h"

namespace federation {

// What outside services read, without a login, and the keys for site administrators.
std::vector<http::Route> routes(Issuer& issuer);

}  // namespace federation
