#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/request.h"

namespace http {

// Webhooks have their own workers and queue, so that neither they nor the API starve the other. kHealth is answered
// on the I/O thread without waiting for any worker: handlers there must return at once.
enum class Lane { kApi, kWebhook, kHealth };

struct Route {
  Method method = Method::kGet;
  // Segments are literal or ":name": "/api/v2/workspaces/:workspace_id". No wildcards, no regular expressions.
  std::string pattern;
  Handler handler;
  Lane lane = Lane::kApi;
  std::size_t body_limit = std::size_t{1} << 20U;  // bytes; beyond → 413 before it is read
};

// Wraps every handler: authentication, permissions, headers. Called on the worker thread with the route that
// matched; calls `next` or answers by itself. May attach to the request.
using Filter = std::function<Response(Request& request, const Route& route, const Handler& next)>;

// The set of routes. add() and set_filter() before the server starts; then read-only and thread-safe.
// Two routes with the same method and shape are a bug (throws std::logic_error).
class Router {
 public:
  void add(Route route);
  void add(std::vector<Route> routes);
  void set_filter(Filter filter);
  const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;  // null: no route, see allowed
    std::vector<Method> allowed;   // methods the path has; empty → 404, else 405 + Allow
    std::map<std::string, std::string> params;
  };
  // Matches the raw path; decodes each parameter. kMalformed for NUL, encoded slash or backslash, bad escapes, dot
  // segments and ill-formed UTF-8. HEAD matches a GET route.
  base::Result<Match> match(Method method, std::string_view raw_path) const;

  // Finds the route and runs filter and handler. Never throws: any exception becomes a 500 with the request id.
  Response handle(Request& request) const;

 private:
  std::vector<Route> routes_;
  Filter filter_;
};

}  // namespace http
