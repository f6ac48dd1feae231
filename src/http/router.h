#pragma once

#include <cstddef>
#include <functional>
#include <map>
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

// Told about an exception that left a filter or handler: its text is for the log only. Must not throw.
using FailureObserver = std::function<void(const Request& request, std::string_view what)>;

// The set of routes. add() and set_...() before the server starts; then read-only and thread-safe.
// Two routes with the same method and shape are a bug (throws std::logic_error).
class Router {
 public:
  void add(Route route);
  void add(std::vector<Route> routes);
  void set_filter(Filter filter);
  void set_failure_observer(FailureObserver observer);
  const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;  // null: no route, see allowed
    std::vector<Method> allowed;   // methods the path has; empty → 404, else 405 + Allow
    std::map<std::string, std::string> params;
  };
  // Matches the raw path; decodes each parameter. kMalformed for NUL, encoded slash or backslash, bad escapes, dot
  // segments and ill-formed UTF-8. HEAD matches a GET route. Literal segments win over parameters, from the left.
  base::Result<Match> match(Method method, std::string_view raw_path) const;

  // Finds the route and runs filter and handler; sets `request.params`. Never throws: any exception becomes a 500
  // with the request id. The answer to HEAD still has the body of GET; the server sends its length only.
  Response handle(Request& request) const;

 private:
  // One pattern, taken apart; the routes of one shape share their segments but for the names of parameters.
  struct Pattern {
    std::vector<std::string> segments;  // ":name" for a parameter
    std::size_t route = 0;              // index into routes_
  };

  Response dispatch(Request& request) const;

  std::vector<Route> routes_;
  std::map<std::size_t, std::vector<Pattern>> patterns_;  // by number of segments, most literal first
  Filter filter_;
  FailureObserver observer_;
};

// "GET, HEAD, POST": the value of Allow for the methods a path has. GET brings HEAD along.
std::string allow_header(const std::vector<Method>& methods);

}  // namespace http
