#pragma once

#include "auth/guard.h"
#include "connections/service.h"
#include "http/router.h"

namespace connections {

// Everything below /connection-types and /service-connections, and what workspaces name.
void add_routes(http::Router& router, auth::Guard& guard, Service& service);

}  // namespace connections
