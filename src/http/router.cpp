#include "http/router.h"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "base/strings.h"
#include "http/problem.h"
#include "http/target.h"

namespace http {
namespace {

bool is_parameter(std::string_view segment) { return segment.size() > 1 && segment.front() == ':'; }

std::vector<std::string> segments_of(const std::string& pattern) {
  if (pattern.empty() || pattern.front() != '/') {
    throw std::logic_error("http::Router: the pattern '" + pattern + "' does not begin with '/'");
  }
  return base::split(std::string_view(pattern).substr(1), '/');
}

// Sorts before a pattern of the same length that has a parameter where this one has a literal.
bool more_literal(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::lexicographical_compare(
      a, b, [](const std::string& x, const std::string& y) { return is_parameter(x) < is_parameter(y); });
}

bool same_shape(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::equal(a, b, [](const std::string& x, const std::string& y) {
    return is_parameter(x) || is_parameter(y) ? is_parameter(x) && is_parameter(y) : x == y;
  });
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  for (std::size_t index = 0; index < pattern.size(); ++index) {
    const bool good = is_parameter(pattern[index]) ? !path[index].empty() : pattern[index] == path[index];
    if (!good) return false;
  }
  return true;
}

std::map<std::string, std::string> parameters(const std::vector<std::string>& pattern, std::vector<std::string>& path) {
  std::map<std::string, std::string> found;
  for (std::size_t index = 0; index < pattern.size(); ++index) {
    if (is_parameter(pattern[index])) found[pattern[index].substr(1)] = std::move(path[index]);
  }
  return found;
}

}  // namespace

const char* method_name(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kHead: return "HEAD";
    case Method::kPost: return "POST";
    case Method::kPut: return "PUT";
    case Method::kPatch: return "PATCH";
    case Method::kDelete: return "DELETE";
  }
  return "";
}

std::string allow_header(const std::vector<Method>& methods) {
  std::vector<std::string> names;
  for (const Method method : methods) {
    names.emplace_back(method_name(method));
    if (method == Method::kGet && std::ranges::find(methods, Method::kHead) == methods.end())
      names.emplace_back("HEAD");
  }
  return base::join(names, ", ");
}

void Router::add(Route route) {
  Pattern added{segments_of(route.pattern), routes_.size()};
  auto& same_length = patterns_[added.segments.size()];
  for (const Pattern& other : same_length) {
    if (routes_[other.route].method == route.method && same_shape(other.segments, added.segments)) {
      throw std::logic_error("http::Router: two routes for " + std::string(method_name(route.method)) + " " +
                             route.pattern + " and " + routes_[other.route].pattern);
    }
  }
  const auto place = std::ranges::upper_bound(same_length, added.segments, more_literal, &Pattern::segments);
  same_length.insert(place, std::move(added));
  routes_.push_back(std::move(route));
}

void Router::add(std::vector<Route> routes) {
  for (Route& route : routes) add(std::move(route));
}

void Router::set_filter(Filter filter) { filter_ = std::move(filter); }

void Router::set_failure_observer(FailureObserver observer) { observer_ = std::move(observer); }

base::Result<Router::Match> Router::match(Method method, std::string_view raw_path) const {
  ASSIGN_OR_RETURN(auto path, decode_path(raw_path));
  Match match;
  const auto same_length = patterns_.find(path.size());
  if (same_length == patterns_.end()) return match;
  const std::vector<std::string>* chosen = nullptr;
  for (const Pattern& pattern : same_length->second) {
    if (!fits(pattern.segments, path)) continue;
    const Route& route = routes_[pattern.route];
    const bool good = route.method == method || (method == Method::kHead && route.method == Method::kGet);
    if (good && chosen == nullptr) {
      match.route = &route;
      chosen = &pattern.segments;
    }
    if (std::ranges::find(match.allowed, route.method) == match.allowed.end()) match.allowed.push_back(route.method);
  }
  std::ranges::sort(match.allowed);
  if (chosen != nullptr) match.params = parameters(*chosen, path);
  return match;
}

Response Router::dispatch(Request& request) const {
  auto match = this->match(request.method, request.path);
  if (!match) return problem(400, match.error().message, request.request_id);
  if (match->route == nullptr && match->allowed.empty()) {
    return problem(404, "There is nothing at this address.", request.request_id);
  }
  if (match->route == nullptr) {
    const auto allow = allow_header(match->allowed);
    auto response = problem(405, "This address answers to " + allow + " only.", request.request_id);
    response.headers.add("Allow", allow);
    return response;
  }
  request.params = std::move(match->params);
  const Route& route = *match->route;
  return filter_ ? filter_(request, route, route.handler) : route.handler(request);
}

Response Router::handle(Request& request) const {
  std::string what = "an exception that is no std::exception";
  try {
    return dispatch(request);
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): answered below like the others
  }
  if (observer_) observer_(request, what);
  return problem(500, "Something went wrong here. The log has more under this error's id.", request.request_id);
}

}  // namespace http
