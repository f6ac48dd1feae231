#include "connections/route_groups.h"

namespace connections {
namespace {

using http::Method;
using http::Request;
using http::Response;
using jsonapi::Json;

Response list_authorized(Service& service, const Request& request) {
  HANDLE(const auto page, request, api::page(request));
  HANDLE(const auto found, request,
         service.authorizations(auth::principal_of(request), auth::organization_of(request), connection_id(request),
                                page));
  std::vector<jsonapi::Resource> resources;
  for (const auto& one : found.items) resources.push_back(authorization_resource(connection_id(request), one));
  return api::list(request, resources, page, found.total);
}

Response authorize(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto workspaces = document.identifiers("workspaces");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, service.authorize(auth::actor_of(request), auth::organization_of(request),
                                            connection_id(request), workspaces));
  return api::no_content();
}

Response withdraw(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto workspaces = document.identifiers("workspaces");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, service.withdraw(auth::actor_of(request), auth::organization_of(request),
                                           connection_id(request), workspaces));
  return api::no_content();
}

// What a workspace names, as a relationship: who may not read a connection sees its id alone.
Response answer_named(const Request& request, const std::vector<Service::NamedConnection>& all) {
  Json data = Json::array();
  bool endpoint_variables = false;
  for (const auto& one : all) {
    endpoint_variables = endpoint_variables || one.named.endpoint_variables;
    data.push_back({{"type", kResourceType},
                    {"id", one.named.connection.str()},
                    {"meta",
                     {{"name", one.readable ? Json(one.named.name) : Json(nullptr)},
                      {"prefix", one.named.prefix},
                      {"authorized", one.authorized},
                      {"can-authorize", one.may_authorize}}}});
  }
  const Json out = {
      {"data", data}, {"links", {{"self", request.path}}}, {"meta", {{"endpoint-variables", endpoint_variables}}}};
  return api::json(200, jsonapi::dump(out));
}

Response list_named(Service& service, const Request& request) {
  HANDLE(const auto named, request,
         service.named_by(auth::principal_of(request), auth::organization_of(request), request.param("workspace_id")));
  return answer_named(request, named);
}

Response set_named(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const bool endpoint_variables = jsonapi::get_boolean(document.raw(), "meta.endpoint-variables");
  const auto* data = jsonapi::find(document.raw(), "data");
  if (data == nullptr || !data->is_array()) {
    return api::error(request, base::invalid("\"data\" must be a list of service connections", "/data"));
  }
  std::vector<store::Named> wanted;
  for (const auto& item : *data) {
    store::Named one;
    one.connection = ServiceConnectionId(jsonapi::get_text(item, "id"));
    if (one.connection.empty()) one.connection = ServiceConnectionId(jsonapi::get_text(item, "meta.name"));
    if (one.connection.empty()) {
      return api::error(request, base::invalid("each service connection needs its id, or its name as meta.name",
                                               "/data/" + std::to_string(wanted.size())));
    }
    one.prefix = jsonapi::get_text(item, "meta.prefix");
    one.endpoint_variables = endpoint_variables;
    wanted.push_back(std::move(one));
  }
  HANDLE(const auto named, request,
         service.set_named(auth::actor_of(request), auth::organization_of(request), request.param("workspace_id"),
                           wanted));
  return answer_named(request, named);
}

}  // namespace

std::vector<http::Route> use_routes(Service& service) {
  const std::string authorized =
      "/api/v2/service-connections/:service_connection_id/relationships/authorized-workspaces";
  const std::string named = "/api/v2/workspaces/:workspace_id/relationships/service-connections";
  return {{Method::kGet, authorized, bound(service, list_authorized)},
          {Method::kPost, authorized, bound(service, authorize)},
          {Method::kDelete, authorized, bound(service, withdraw)},
          {Method::kGet, named, bound(service, list_named)},
          {Method::kPatch, named, bound(service, set_named)}};
}

}  // namespace connections
