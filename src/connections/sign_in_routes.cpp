#include "connections/route_groups.h"
#include "oauth/resource.h"

namespace connections {
namespace {

using http::Method;
using http::Request;
using http::Response;

Service::NewSignIn read_sign_in(jsonapi::Document& document) {
  Service::NewSignIn wanted;
  wanted.type = document.line("connection-type").value.value_or("");
  wanted.scheme = document.line("scheme").value.value_or("");
  wanted.configuration = document.line("oauth-configuration").value.value_or("");
  const auto parameters = document.object("parameters");
  if (!parameters.has_value()) return wanted;
  for (const auto& [id, value] : parameters->items()) {
    if (value.is_string()) wanted.parameters[id] = value.get<std::string>();
  }
  return wanted;
}

Response answer(const Request& request, const base::Result<oauth::Started>& started) {
  if (!started) return api::error(request, started.error());
  Response response = api::created(oauth::started_resource(*started));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

Response start_for_new(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto wanted = read_sign_in(document);
  if (document.problems().empty()) document.required_line("connection-type");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  return answer(request, service.start_sign_in(auth::actor_of(request), auth::organization_of(request),
                                               project_id(request), wanted));
}

Response start_for_stored(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request, jsonapi::Document::Body::kMayBeEmpty));
  const auto wanted = read_sign_in(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  return answer(request, service.start_sign_in(auth::actor_of(request), auth::organization_of(request),
                                               connection_id(request), wanted));
}

}  // namespace

SignedIn read_signed_in(jsonapi::Document& document) {
  return {oauth::AuthorizationId(document.line("oauth-authorization").value.value_or("")),
          document.line("oauth-configuration").value.value_or("")};
}

std::vector<http::Route> sign_in_routes(Service& service) {
  return {{Method::kPost, "/api/v2/projects/:project_id/oauth-authorizations", bound(service, start_for_new)},
          {Method::kPost, "/api/v2/service-connections/:service_connection_id/oauth-authorizations",
           bound(service, start_for_stored)}};
}

}  // namespace connections
