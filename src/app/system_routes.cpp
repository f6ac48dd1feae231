#include "app/system_routes.h"

#include <nlohmann/json.hpp>

#include "api/api.h"
#include "app/metrics.h"
#include "jsonapi/json.h"

namespace app {
namespace {

// https://developer.hashicorp.com/terraform/internals/remote-service-discovery
http::Response discovery(const http::Request&) {
  const jsonapi::Json services{{"tfe.v2", "/api/v2/"}, {"tfe.v2.1", "/api/v2/"}, {"tfe.v2.2", "/api/v2/"}};
  return api::json(200, jsonapi::dump(services), "application/json");
}

bool from_this_machine(const http::Request& request) {
  return request.peer.starts_with("127.") || request.peer == "::1" || request.peer.starts_with("::ffff:127.");
}

}  // namespace

std::vector<http::Route> system_routes(const System& system) {
  const auto healthy = [](const http::Request&) { return api::plain(200, "ok\n"); };
  const auto ready = [&database = system.database](const http::Request&) {
    return database.ping() ? api::plain(200, "ready\n") : api::plain(503, "the database does not answer\n");
  };
  const auto metrics = [system](const http::Request& request) {
    if (!from_this_machine(request)) return api::error(request, base::not_found("There is nothing here."));
    return api::json(200, metrics_text(system.database, system.http_stats()),
                     "text/plain; version=0.0.4; charset=utf-8");
  };
  const auto status = [system](const http::Request& request) {
    const auto found = system_status(system.database, system.facts, system.http_stats());
    return found ? api::ok(*found) : api::error(request, found.error());
  };
  using http::Method;
  return {{Method::kGet, "/healthz", healthy, http::Lane::kHealth},
          {Method::kGet, "/readyz", ready},
          {Method::kGet, "/metrics", metrics},
          {Method::kGet, "/api/v2/admin/system", status},
          {Method::kGet, "/.well-known/terraform.json", discovery}};
}

}  // namespace app
