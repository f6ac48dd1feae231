#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/headers.h"
#include "base/result.h"
#include "base/secret.h"

namespace net {

// How to reach one outside service; fixed per provider or connection.
struct Endpoint {
  std::string ca_bundle;  // PEM, in addition to the system's; empty: the system's only
  std::string proxy;      // "http://proxy:3128"; empty: none (the environment is never consulted)
  std::string no_proxy;   // comma-separated hosts
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  base::Headers headers = {};
  // The Authorization value ("Bearer …"), kept apart so that nothing logs it by accident.
  base::Secret authorization = base::Secret();
  std::string body = {};
  std::chrono::milliseconds timeout{60'000};  // the whole call
  std::size_t response_limit = std::size_t{8} << 20U;
};

struct ClientResponse {
  int status = 0;
  base::Headers headers;
  std::string body;
};

// Outgoing HTTP. Never follows a redirect (a 3xx is an answer like any other), never sends a URL's user-info, refuses
// what the outbound policy does not allow, connects only to the addresses that were checked.
// Limits: 5 s connect, 10 s TLS, 10 s first byte, `timeout` in all, 64 KB of head.
// Errors: kInvalid (URL or policy; says what to add to --outbound-allow), kUpstream (TLS: says whether name, date or
// issuer; unreadable answer; too large), kUnavailable (DNS, refused, time-out: one message for all of these).
// Thread-safe.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual base::Result<ClientResponse> send(const Endpoint& endpoint, const ClientRequest& request) = 0;
};

}  // namespace net
