#pragma once

#include <optional>
#include <string>

#include "http/router.h"
#include "providers/routes.h"

// The parts add_routes() is made of.
namespace providers {

void add_client_routes(http::Router& router, const Routes& routes);
void add_token_routes(http::Router& router, const Routes& routes);
void add_browse_routes(http::Router& router, const Routes& routes);
void add_event_routes(http::Router& router, const Routes& routes);

// The client whose token this is; kNotFound.
base::Result<OAuthClient> client_of_token(const Routes& routes, const OAuthTokenId& token);

}  // namespace providers
