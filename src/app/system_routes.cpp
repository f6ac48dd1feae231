#include "app/system_routes.h"

#include <nlohmann/json.hpp>

#include "api/api.h"
#include "app/metrics.h"
#include "jsonapi/json.h"

namespace app {
namespace {

constexpr const char* kStatusPage = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>runbridge</title></head>
<body>
<main>
<h1>runbridge is running</h1>
<p>The database answers. This server is used through its HTTP API and its command line.</p>
<ul>
<li>API: <code>/api/v2</code>, with <code>Authorization: Bearer</code> and a token of yours</li>
<li>Command line: <code>runbridge --help</code>; sign in with <code>runbridge login</code></li>
<li>Health: <a href="/healthz">/healthz</a>, readiness: <a href="/readyz">/readyz</a></li>
</ul>
</main>
</body>
</html>
)";

constexpr const char* kStatusPageDown = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>runbridge</title></head>
<body><main><h1>runbridge is not ready</h1>
<p>The database does not answer. Nothing that was accepted is lost; the server's log says why.</p></main></body>
</html>
)";

http::Response html(int status, const char* text) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.body = text;
  return response;
}

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
  const auto status_page = [&database = system.database](const http::Request&) {
    return database.ping() ? html(200, kStatusPage) : html(503, kStatusPageDown);
  };
  const auto healthy = [](const http::Request&) { return api::plain(200, "ok\n"); };
  const auto ready = [&database = system.database](const http::Request&) {
    return database.ping() ? api::plain(200, "ready\n") : api::plain(503, "the database does not answer\n");
  };
  const auto metrics = [system](const http::Request& request) {
    if (!from_this_machine(request)) return api::error(request, base::not_found("There is nothing here."));
    return api::json(200, metrics_text(system.database, system.http_stats()),
                     "text/plain; version=0.0.4; charset=utf-8");
  };
  using http::Method;
  return {{Method::kGet, "/", status_page},
          {Method::kGet, "/healthz", healthy, http::Lane::kHealth},
          {Method::kGet, "/readyz", ready},
          {Method::kGet, "/metrics", metrics},
          {Method::kGet, "/.well-known/terraform.json", discovery}};
}

}  // namespace app
