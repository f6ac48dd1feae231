#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/headers.h"
#include "base/result.h"
#include "base/secret.h"

namespace net {

class OutboundPolicy;

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

// What the server grants an outside service beyond ClientRequest::timeout.
struct ClientLimits {
  std::chrono::milliseconds connect{5'000};      // from the look-up's end to an open connection
  std::chrono::milliseconds tls{10'000};         // from there to the end of the handshake
  std::chrono::milliseconds first_byte{10'000};  // from the request to the first byte of the answer
  std::size_t head = std::size_t{64} << 10U;     // status line and header fields together, in bytes
};

// The one client of a process, over libcurl. Keeps idle connections for reuse (per origin, proxy and CA bundle).
// `policy` is copied.
std::unique_ptr<HttpClient> make_http_client(const OutboundPolicy& policy, const ClientLimits& limits = {});

// For a CA file about to be stored: at least one certificate and nothing unreadable, no private key, at most 256 KB.
// kInvalid says which of these is wrong.
base::Status check_ca_bundle(std::string_view pem);

}  // namespace net
