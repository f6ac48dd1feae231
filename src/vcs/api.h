#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/headers.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/http_client.h"

namespace vcs {

// How one product speaks HTTP.
struct ApiStyle {
  std::string product;   // "GitHub", for messages
  std::string base_url;  // no trailing slash; every call stays below it
  net::Endpoint endpoint;
  base::Headers headers;              // sent with every call
  base::Secret authorization;         // "Bearer …"
  std::vector<base::Secret> secrets;  // never shown, whatever the provider puts into its error texts
  // The provider's own words in an error answer; empty if it says nothing.
  std::function<std::string(const net::ClientResponse&)> error_text;
};

struct ApiCall {
  std::string method = "GET";
  std::string path;    // with query, begins with '/'
  std::string action;  // for messages, behind "could not": "list the hooks of acme/infra"
  std::string body = {};
  std::size_t response_limit = std::size_t{8} << 20U;
};

// One provider's REST interface: sends, never follows a redirect, turns refusals into errors, and honours rate limits:
// once the provider says "wait" (429, Retry-After, no calls remaining), further calls fail with kRateLimited at once
// until that time has passed. Thread-safe.
class Api {
 public:
  Api(ApiStyle style, net::HttpClient& client);

  // Any answer, whatever its status. Fails only if there is none (or while paused).
  base::Result<net::ClientResponse> send(const ApiCall& call) const;
  // A 2xx answer, or error_of() any other.
  base::Result<net::ClientResponse> expect(const ApiCall& call) const;
  // expect(), and its body as JSON. kUpstream if it is none.
  base::Result<nlohmann::json> fetch(const ApiCall& call) const;
  // The body of an answer to `call` as JSON. kUpstream if it is none.
  base::Result<nlohmann::json> read(const net::ClientResponse& response, const ApiCall& call) const;

  // What a non-2xx answer means: 401 kUnauthorized, 403 kForbidden (or kRateLimited), 404 and 410 kNotFound, 409
  // kConflict, 400 and 422 kInvalid, 429 kRateLimited, 502 to 504 kUnavailable, anything else kUpstream.
  base::Error error_of(const net::ClientResponse& response, const std::string& action) const;
  // What the provider said, without secrets and control characters, at most 300 bytes.
  std::string words_of(const net::ClientResponse& response) const;
  // `text` without our secrets.
  std::string redact(std::string text) const;

  const ApiStyle& style() const { return style_; }

 private:
  void note_limits(const net::ClientResponse& response) const;

  ApiStyle style_;
  net::HttpClient& client_;
  mutable base::Guarded<base::SteadyTime> paused_until_;
};

bool is_success(int status);
bool is_redirect(int status);
bool is_json(const net::ClientResponse& response);  // by Content-Type

// How long a provider asks us to wait: Retry-After (seconds), or X-RateLimit-Reset (epoch) when X-RateLimit-Remaining
// is 0, measured against the answer's own Date; nothing if it does not ask. At most an hour.
std::optional<base::Millis> requested_wait(const net::ClientResponse& response);

}  // namespace vcs
