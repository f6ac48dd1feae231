#pragma once

#include <vector>

#include "auth/guard.h"
#include "http/router.h"
#include "signin/service.h"
#include "signin/sign_on.h"

namespace signin {

// Every route of the block "sign-in" in permissions.cpp. Both must outlive them.
std::vector<http::Route> routes(Service& service, SignOn& sign_on);

// For Guard::set_session_check: who the cookie proves, and, for a write, whether the page itself sent it (the token of
// GET /api/v2/sessions/current as X-CSRF-Token, and check_same_site).
auth::SessionCheck session_check(Service& service);

}  // namespace signin
