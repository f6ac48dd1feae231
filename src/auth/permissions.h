#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "auth/principal.h"
#include "http/request.h"

namespace auth {

// How the organization of a route is found.
enum class Scope {
  kPublic,        // no token needed (the handler may have its own proof: a signature, a secret in the path)
  kSelf,          // any valid token
  kSite,          // site administrators
  kOrganization,  // ":organization" is a name
  kResource,      // the first ":…_id" parameter, by its registered owner look-up
  kHandler,       // named in the body: the handler calls Guard::require itself
};

struct Permission {
  http::Method method;
  std::string_view pattern;
  Scope scope;
  Action action = Action::kReadOrganization;  // not looked at for kPublic and kSelf
};

// Every route of the product.
std::span<const Permission> permissions();
// Whether a session must have been proven within the last minutes: what makes or changes credentials.
bool needs_recent_sign_in(const Permission& permission);
const Permission* find_permission(http::Method method, std::string_view pattern);

}  // namespace auth
