#pragma once

#include "auth/guard.h"
#include "http/router.h"
#include "keys/service.h"

namespace keys {

// Adds every route of this folder and tells the guard who owns "ssh_key_id" and "ssh_host_key_id".
void add_routes(http::Router& router, auth::Guard& guard, Service& service);

}  // namespace keys
