#pragma once

#include "api/api.h"
#include "workspaces/routes.h"

// The parts add_routes() is made of.
namespace workspaces {

void add_variable_routes(http::Router& router, const Routes& routes);
void add_tag_routes(http::Router& router, auth::Guard& guard, const Routes& routes);
void add_decision_routes(http::Router& router, const Routes& routes);

// The workspace of the path, by id or by organization and name.
base::Result<Workspace> workspace_of(const Routes& routes, const http::Request& request);

template <class Function>
void add_route(http::Router& router, const Routes& routes, http::Method method, const std::string& pattern,
               Function function) {
  router.add({method, pattern, [routes, function](const http::Request& request) { return function(routes, request); }});
}

}  // namespace workspaces
