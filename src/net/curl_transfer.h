#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/call.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"
#include "net/transfer_error.h"

namespace net {

// One request made ready: checked, resolved, and nothing left for libcurl to decide.
struct Plan {
  Url url;
  std::optional<Url> proxy;
  std::vector<std::string> addresses;  // of the proxy if there is one, else of the URL's host: the only ones allowed
  std::string ca;                      // whole trust store as PEM; empty: the system's file
  std::string connect_to;              // libcurl's HOST:PORT:HOST:PORT; empty: as the URL says
};

// What a transfer found out about the server besides its answer.
struct Noticed {
  std::string thumbprint;  // of the certificate shown, where thumbprints are compared
  bool body_cut = false;
};

// A libcurl handle with its own idle connections. One thread at a time.
class CurlSession {
 public:
  CurlSession();
  ~CurlSession();
  CurlSession(const CurlSession&) = delete;
  CurlSession& operator=(const CurlSession&) = delete;

  base::Result<ClientResponse> run(const Plan& plan, const ClientRequest& request, const ClientLimits& limits);

  // The same with a client certificate, another check of the server, or a stop (null: none of these). Nothing is
  // returned on failure, which is then in `failure`.
  std::optional<ClientResponse> attempt(const Plan& plan, const ClientRequest& request, const ClientLimits& limits,
                                        const CallOptions* options, TransferFailure& failure, Noticed& noticed);

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

// The message for a name that is not known, a closed port and a filtered one alike: none of them tells what is there.
std::string unreachable(const std::string& origin);

// What the system trusts, as PEM; empty if there is no such file.
std::string system_ca_bundle();

}  // namespace net
