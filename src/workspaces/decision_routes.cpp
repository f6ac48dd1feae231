#include "workspaces/resource.h"
#include "workspaces/route_groups.h"

namespace workspaces {
namespace {

http::Response list_trigger_decisions(const Routes& routes, const http::Request& request) {
  HANDLE(const auto page, request, api::page(request));
  const WorkspaceId workspace(request.param("workspace_id"));
  HANDLE(const auto found, request, routes.service.database().read([&](storage::Connection& connection) {
    return list_decisions(connection, workspace, page);
  }));
  std::vector<jsonapi::Resource> resources;
  for (const auto& decision : found.items) resources.push_back(decision_resource(decision));
  return api::list(request, resources, page, found.total);
}

}  // namespace

void add_decision_routes(http::Router& router, const Routes& routes) {
  add_route(router, routes, http::Method::kGet, "/api/v2/workspaces/:workspace_id/trigger-decisions",
            list_trigger_decisions);
}

}  // namespace workspaces
