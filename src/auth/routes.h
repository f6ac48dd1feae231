#pragma once

#include <vector>

#include "auth/guard.h"
#include "auth/service.h"
#include "http/router.h"

namespace auth {

// Every route of the block "access" in permissions.cpp.
std::vector<http::Route> routes(Service& service);

// Who owns what the paths of this folder name: teams, projects, memberships.
void register_owners(Guard& guard);

}  // namespace auth
