#pragma once

#include <optional>
#include <string>

#include "api/api.h"
#include "auth/service.h"
#include "connections/resource.h"
#include "connections/service.h"
#include "http/router.h"

// Between the files with routes of this folder only.
namespace connections {

inline ServiceConnectionId connection_id(const http::Request& request) {
  return ServiceConnectionId(request.param("service_connection_id"));
}
inline auth::ProjectId project_id(const http::Request& request) { return auth::ProjectId(request.param("project_id")); }

using HandlerOf = http::Response (*)(Service&, const http::Request&);
inline http::Handler bound(Service& service, HandlerOf handler) {
  return [&service, handler](const http::Request& request) { return handler(service, request); };
}

// All problems if there are several, else the one.
inline http::Response refuse(const http::Request& request, const base::Error& error, const Problems& problems) {
  return problems.empty() ? api::error(request, error) : api::errors(request, problems);
}

std::vector<http::Route> record_routes(Service& service);
std::vector<http::Route> verification_routes(Service& service);
std::vector<http::Route> option_routes(Service& service);
std::vector<http::Route> role_routes(Service& service);
std::vector<http::Route> use_routes(Service& service);
std::vector<http::Route> type_routes(Service& service);
std::vector<http::Route> sign_in_routes(Service& service);

// What a POST says, with what is wrong in it.
NewConnection read_new(jsonapi::Document& document, Problems& problems);
Change read_change(jsonapi::Document& document, Problems& problems);
catalogue::Given read_given(jsonapi::Document& document, Problems& problems);
SignedIn read_signed_in(jsonapi::Document& document);

}  // namespace connections
