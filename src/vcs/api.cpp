#include "vcs/api.h"

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"

namespace vcs {
namespace {

constexpr base::Millis kLongestWait = std::chrono::hours(1);
constexpr std::size_t kLongestWords = 300;

// RFC 9110 section 5.6.7, the one form servers send: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<base::Time> http_date(std::string_view text) {
  std::tm parts{};
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  in >> std::get_time(&parts, "%a, %d %b %Y %H:%M:%S");
  if (in.fail()) return std::nullopt;
  return base::from_millis(static_cast<std::int64_t>(timegm(&parts)) * 1000);
}

bool speaks_of_rate_limit(std::string_view words) {
  const std::string text = base::to_lower(words);
  return text.find("rate limit") != std::string::npos || text.find("tf400733") != std::string::npos;
}

bool has_no_calls_left(const net::ClientResponse& response) {
  return response.headers.get_or("X-RateLimit-Remaining") == "0";
}

base::Error rate_limited(const std::string& product, std::optional<base::Millis> wait, const std::string& words) {
  base::Error error{base::Code::kRateLimited, product + " allows no more calls for now", {}, {}, wait};
  if (wait) error.message += "; try again in " + std::to_string((wait->count() + 999) / 1000) + " seconds";
  error.message += words.empty() ? "." : ". It said: " + words;
  return error;
}

base::Code code_of(int status) {
  switch (status) {
    case 400:
    case 422: return base::Code::kInvalid;
    case 401: return base::Code::kUnauthorized;
    case 403: return base::Code::kForbidden;
    case 404:
    case 410: return base::Code::kNotFound;
    case 409: return base::Code::kConflict;
    case 502:
    case 503:
    case 504: return base::Code::kUnavailable;
    default: return base::Code::kUpstream;
  }
}

std::string reason_of(const net::ClientResponse& response) {
  if (is_redirect(response.status)) {
    return "it answered with a redirect (" + std::to_string(response.status) +
           "), which we do not follow: is the URL right, and was the repository renamed or moved?";
  }
  switch (response.status) {
    case 401: return "the token was refused (401).";
    case 403: return "the token lacks a right or scope for this (403).";
    case 404: return "there is no such thing, or this token may not see it (404).";
    case 410: return "it is gone (410).";
    default: return "it answered with status " + std::to_string(response.status) + ".";
  }
}

}  // namespace

bool is_success(int status) { return status >= 200 && status < 300; }
bool is_redirect(int status) { return status >= 300 && status < 400; }

bool is_json(const net::ClientResponse& response) {
  return base::to_lower(response.headers.get_or("Content-Type")).find("json") != std::string::npos;
}

std::optional<base::Millis> requested_wait(const net::ClientResponse& response) {
  std::optional<base::Millis> wait;
  if (const auto seconds = base::to_integer(response.headers.get_or("Retry-After")); seconds && *seconds >= 0) {
    wait = std::chrono::seconds(std::min<std::int64_t>(*seconds, 3600));
  } else if (has_no_calls_left(response)) {
    const auto reset = base::to_integer(response.headers.get_or("X-RateLimit-Reset"));
    if (!reset || *reset < 0 || *reset > 100'000'000'000) return std::nullopt;
    const base::Time now = http_date(response.headers.get_or("Date")).value_or(base::system_clock().now());
    wait = std::max(base::Millis(1000), base::from_millis(*reset * 1000) - now);
  }
  if (wait) wait = std::min(*wait, kLongestWait);
  return wait;
}

Api::Api(ApiStyle style, net::HttpClient& client) : style_(std::move(style)), client_(client) {}

base::Result<net::ClientResponse> Api::send(const ApiCall& call) const {
  const base::SteadyTime now = base::system_clock().steady();
  const base::SteadyTime until = paused_until_.with([](const base::SteadyTime& time) { return time; });
  if (until > now) {
    return rate_limited(style_.product, std::chrono::duration_cast<base::Millis>(until - now) + base::Millis(1), {});
  }
  net::ClientRequest request;
  request.method = call.method;
  request.url = style_.base_url + call.path;
  request.headers = style_.headers;
  request.authorization = style_.authorization;
  request.body = call.body;
  request.response_limit = call.response_limit;
  if (!call.body.empty()) request.headers.set("Content-Type", "application/json");
  auto response = client_.send(style_.endpoint, request);
  if (response) note_limits(*response);
  return response;
}

base::Result<net::ClientResponse> Api::expect(const ApiCall& call) const {
  ASSIGN_OR_RETURN(net::ClientResponse response, send(call));
  if (!is_success(response.status)) return error_of(response, call.action);
  return response;
}

base::Result<nlohmann::json> Api::fetch(const ApiCall& call) const {
  ASSIGN_OR_RETURN(const net::ClientResponse response, expect(call));
  return read(response, call);
}

base::Result<nlohmann::json> Api::read(const net::ClientResponse& response, const ApiCall& call) const {
  jsonapi::Limits limits;
  limits.bytes = call.response_limit;
  auto body = jsonapi::parse(response.body, limits);
  if (body) return body;
  const std::string type(response.headers.get_or("Content-Type", "no Content-Type"));
  return base::upstream("Could not " + call.action + ": " + style_.product + " answered " +
                            std::to_string(response.status) + " with something that is not the JSON we need (" +
                            base::printable(type, 60) + "). Is the API URL right, and is no sign-in page in between?",
                        body.error().message);
}

base::Error Api::error_of(const net::ClientResponse& response, const std::string& action) const {
  const std::string words = words_of(response);
  const std::optional<base::Millis> wait = requested_wait(response);
  const bool limited = response.status == 429 || (response.status == 403 && (wait || speaks_of_rate_limit(words)));
  if (limited) return rate_limited(style_.product, wait.value_or(std::chrono::seconds(60)), words);
  base::Error error{code_of(response.status),
                    "Could not " + action + " at " + style_.product + ": " + reason_of(response)};
  if (!words.empty()) error.message += " It said: " + words;
  if (error.code == base::Code::kUnavailable) error.retry_after = wait;
  return error;
}

std::string Api::words_of(const net::ClientResponse& response) const {
  if (!style_.error_text) return {};
  return base::printable(redact(style_.error_text(response)), kLongestWords);
}

std::string Api::redact(std::string text) const {
  for (const base::Secret& secret : style_.secrets) text = base::without_secret(text, secret);
  return text;
}

void Api::note_limits(const net::ClientResponse& response) const {
  const std::optional<base::Millis> wait = requested_wait(response);
  const bool asked = response.status == 429 || response.status == 403 || is_success(response.status);
  if (!wait || !asked) return;
  const base::SteadyTime until = base::system_clock().steady() + *wait;
  paused_until_.with([&](base::SteadyTime& time) { time = std::max(time, until); });
}

}  // namespace vcs
