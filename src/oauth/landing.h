#pragma once

#include <optional>
#include <string>

#include "http/request.h"
#include "oauth/authorization.h"
#include "oauth/service.h"

namespace oauth {

// The page on which a browser lands that comes back from a service: what happened, and what to do. It loads nothing,
// runs no script, and has no text of the service that could be read as HTML.
http::Response landing_page(Service::Landing landing, const std::optional<Authorization>& authorization);

}  // namespace oauth
