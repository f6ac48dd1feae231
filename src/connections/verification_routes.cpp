#include "connections/route_groups.h"

namespace connections {
namespace {

using http::Method;
using http::Request;
using http::Response;

Response verify_unsaved(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  Problems problems;
  const auto wanted = read_new(document, problems);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const auto report = service.verify_unsaved(auth::actor_of(request), auth::organization_of(request),
                                             project_id(request), wanted, problems);
  if (!report) return refuse(request, report.error(), problems);
  return api::ok(report_resource(*report));
}

Response verify_saved(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request, jsonapi::Document::Body::kMayBeEmpty));
  Problems problems;
  const auto given = read_given(document, problems);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  if (!problems.empty()) return api::errors(request, problems);
  const auto done =
      service.verify(auth::actor_of(request), auth::organization_of(request), connection_id(request), given, problems);
  if (!done) return refuse(request, done.error(), problems);
  return api::ok(verification_resource(*done));
}

Response list(Service& service, const Request& request) {
  HANDLE(const auto page, request, api::page(request));
  HANDLE(
      const auto found, request,
      service.verifications(auth::principal_of(request), auth::organization_of(request), connection_id(request), page));
  std::vector<jsonapi::Resource> resources;
  for (const auto& one : found.items) resources.push_back(verification_resource(one));
  return api::list(request, resources, page, found.total);
}

}  // namespace

std::vector<http::Route> verification_routes(Service& service) {
  constexpr std::size_t kBodyLimit = std::size_t{4} << 20U;
  const std::string one = "/api/v2/service-connections/:service_connection_id";
  return {{Method::kPost, "/api/v2/projects/:project_id/service-connections/actions/verify",
           bound(service, verify_unsaved), http::Lane::kApi, kBodyLimit},
          {Method::kPost, one + "/actions/verify", bound(service, verify_saved), http::Lane::kApi, kBodyLimit},
          {Method::kGet, one + "/verifications", bound(service, list)}};
}

}  // namespace connections
