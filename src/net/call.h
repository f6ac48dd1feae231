#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"

namespace net {

// Where something is really found.
struct Place {
  std::string address;  // an IP address
  int port = 0;
};
// Instead of a look-up of the name; nothing: look it up. For tests, which cannot be api.github.com.
using Route = std::function<std::optional<Place>(std::string_view host, int port)>;

// The addresses of `host` that may be connected to, and the port: the route's, or a look-up of at most `limit`. Errors
// as OutboundPolicy::resolve.
struct Places {
  std::vector<std::string> addresses;
  int port = 0;
};
base::Result<Places> find_places(const OutboundPolicy& policy, const Route& route, std::string_view host, int port,
                                 std::chrono::milliseconds limit);

enum class ServerCheck {
  kAuthorities,  // chain, dates and name
  kThumbprint,   // this very certificate, whatever its name and issuer
  kNothing,      // whoever answers: only where a person has said so
};

// Hex without separators, in lower case: "AB:CD" and "ab cd" are one thumbprint.
std::string canonical_thumbprint(std::string_view text);

struct CallOptions {
  Endpoint endpoint = {};
  bool given_authorities_only = false;  // endpoint.ca_bundle instead of, not beside, the system's
  ServerCheck check = ServerCheck::kAuthorities;
  std::vector<std::string> thumbprints = {};  // kThumbprint: SHA-1, any of these
  std::string client_certificate = {};        // PEM, with its chain; empty: none
  base::Secret client_key = base::Secret();   // PEM
  ClientLimits limits = {};
  std::stop_token stop = {};
  Route route = {};
};

// How far a call got.
enum class CallStage {
  kAnswered,
  kInvalid,       // the request or its URL cannot be sent
  kBlocked,       // the outbound policy forbids it
  kName,          // the host's name is not known
  kConnect,       // no address took the connection
  kProxy,         // the proxy refused
  kTlsUntrusted,  // issuer, dates or thumbprint of the certificate
  kTlsName,       // the certificate is for another name
  kTlsClient,     // the server refused our certificate, or wants one
  kTls,           // any other failure of the handshake: no TLS there, or none that is safe
  kTimeout,
  kBroken,  // an answer that is cut off or no HTTP, or too much of a head
  kStopped,
};

struct CallResult {
  CallStage stage = CallStage::kAnswered;
  ClientResponse response = {};
  bool body_cut = false;  // there was more than ClientRequest::response_limit
  std::string detail = {};
  std::string thumbprint = {};  // the certificate's, with ServerCheck::kThumbprint
};

// One HTTP call over a connection of its own that tells how far it got, with what HttpClient has no use for: client
// certificates, other checks of the server, an answer cut instead of refused. Everything else is as HttpClient has it:
// no redirect followed, only checked addresses, TLS 1.2 or newer. Thread-safe.
CallResult call(const OutboundPolicy& policy, const ClientRequest& request, const CallOptions& options);

}  // namespace net
