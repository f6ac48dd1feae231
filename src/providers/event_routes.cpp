#include <algorithm>

#include "api/api.h"
#include "api/time_filter.h"
#include "providers/resource.h"
#include "providers/route_groups.h"
#include "providers/store.h"

namespace providers {
namespace {

using http::Method;
using http::Request;
using http::Response;

base::Result<store::EventFilter> read_filter(const Request& request) {
  store::EventFilter filter;
  filter.organization = auth::organization_of(request);
  ASSIGN_OR_RETURN(filter.from, api::time_filter(request, "filter[from]"));
  ASSIGN_OR_RETURN(filter.to, api::time_filter(request, "filter[to]"));
  filter.clients = api::filter(request, "filter[oauth_client_external_ids]");
  filter.levels = api::filter(request, "filter[levels]");
  return filter;
}

Response list_events(const Routes& routes, const Request& request) {
  HANDLE(const auto filter, request, read_filter(request));
  HANDLE(const auto wanted, request, api::page(request));
  HANDLE(const auto page, request, routes.database.read([&](storage::Connection& connection) {
    return store::list_events(connection, filter, wanted);
  }));
  std::vector<jsonapi::Resource> resources;
  for (const auto& row : page.items) resources.push_back(event_resource(row));
  std::vector<jsonapi::Resource> included;
  if (api::includes(request).contains("oauth_client")) {
    HANDLE(const auto clients, request, routes.service.list(filter.organization));
    for (const auto& client : clients) {
      const bool used = std::any_of(page.items.begin(), page.items.end(),
                                    [&](const store::EventRow& row) { return row.client == client.id; });
      if (used) included.push_back(client_resource(client, routes.public_url));
    }
  }
  return api::list(request, resources, page.request, page.total, included);
}

}  // namespace

void add_event_routes(http::Router& router, const Routes& routes) {
  router.add({Method::kGet, "/api/v2/organizations/:organization/vcs-events",
              [routes](const Request& request) { return list_events(routes, request); }});
}

}  // namespace providers
