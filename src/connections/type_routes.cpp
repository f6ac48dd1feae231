#include "catalogue/json_schema.h"
#include "catalogue/openapi_schema.h"

#include "connections/route_groups.h"

namespace connections {
namespace {

using http::Method;
using http::Request;
using http::Response;

Response list(Service& service, const Request& request) {
  std::vector<jsonapi::Resource> resources;
  for (const auto& type : service.catalogue().types()) resources.push_back(type_resource(type));
  return api::list(request, resources);
}

Response show(Service& service, const Request& request) {
  const auto* type = service.catalogue().find_type(request.param("connection_type"));
  if (type == nullptr) {
    auto error = catalogue::unknown_type(service.catalogue(), request.param("connection_type"));
    error.code = base::Code::kNotFound;
    return api::error(request, error);
  }
  return api::ok(type_resource(*type));
}

// For editors, which ask without a token: nothing in it is secret.
Response schema(Service& service, const Request& /*request*/) {
  const auto json = catalogue::json_schema(service.catalogue(), "/schemas/connection.json");
  return api::json(200, jsonapi::dump(json), "application/schema+json");
}

// The same for programs that are made from descriptions of an API.
Response description(Service& service, const Request& /*request*/) {
  return api::json(200, jsonapi::dump(catalogue::openapi_description(service.catalogue())), "application/json");
}

Response list_problems(Service& service, const Request& request) {
  std::vector<jsonapi::Resource> resources;
  for (const auto& problem : service.catalogue().problems()) resources.push_back(load_problem_resource(problem));
  return api::list(request, resources);
}

}  // namespace

std::vector<http::Route> type_routes(Service& service) {
  return {{Method::kGet, "/api/v2/connection-types", bound(service, list)},
          {Method::kGet, "/api/v2/connection-types/:connection_type", bound(service, show)},
          {Method::kGet, "/schemas/connection.json", bound(service, schema)},
          {Method::kGet, "/schemas/connection-types.openapi.json", bound(service, description)},
          {Method::kGet, "/api/v2/admin/connection-type-problems", bound(service, list_problems)}};
}

}  // namespace connections
