#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "http/router.h"
#include "oauth/service.h"

namespace oauth {

// Whose browser sent a request that no guard has looked at.
using FindVisitor = std::function<base::Result<std::optional<Visitor>>(const http::Request&)>;

// Configurations for site administrators and as a choice for a project's people, sign-ins for who began them, and where
// services send browsers back to. How a sign-in begins is for the folder that knows what it is for.
std::vector<http::Route> routes(Service& service, FindVisitor find_visitor);

}  // namespace oauth
