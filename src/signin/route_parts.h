#pragma once

#include "http/request.h"
#include "jsonapi/resource.h"
#include "signin/service.h"
#include "signin/sign_on.h"

// What the route files of this folder share.
namespace signin {

// The document of a session: what the page needs after a reload.
jsonapi::Resource session_resource(Service& service, const Session& session, const auth::User& user,
                                   const base::Secret& text);
// 201 with the cookie set.
http::Response begun_answer(Service& service, const Begun& begun);

// GET /api/v2/sessions/current.
http::Response show_current(Service& service, const http::Request& request);

using ServiceHandler = http::Response (*)(Service&, const http::Request&);
http::Handler wrap(Service& service, ServiceHandler handler);

std::vector<http::Route> account_routes(Service& service);
std::vector<http::Route> sign_on_routes(SignOn& sign_on);

}  // namespace signin
