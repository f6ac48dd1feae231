#include "connections/route_groups.h"

namespace connections {
namespace {

using http::Method;
using http::Request;
using http::Response;

Response list(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  Problems problems;
  OptionsWanted wanted;
  wanted.type = document.required_line("connection-type");
  wanted.scheme = document.line("scheme").value.value_or("");
  wanted.parameter = document.required_line("parameter");
  wanted.given = read_given(document, problems);
  wanted.signed_in = read_signed_in(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  if (!problems.empty()) return api::errors(request, problems);
  const auto found =
      service.options(auth::actor_of(request), auth::organization_of(request), project_id(request), wanted, problems);
  if (!found) return refuse(request, found.error(), problems);
  return api::ok(options_resource(wanted, *found));
}

}  // namespace

std::vector<http::Route> option_routes(Service& service) {
  return {{Method::kPost, "/api/v2/projects/:project_id/service-connections/actions/options", bound(service, list),
           http::Lane::kApi, std::size_t{4} << 20U}};
}

}  // namespace connections
