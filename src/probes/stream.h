#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "net/call.h"
#include "probes/deadline.h"

namespace probes {

// Bytes to and from another machine, within a deadline. Errors carry their stage: kTimeout, kStopped, or kProtocol
// when the other side has gone. One thread.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual base::Status write(std::string_view bytes) = 0;
  // At least one byte, at most `most`; an empty text is the end.
  virtual base::Result<std::string> read_some(std::size_t most) = 0;
  base::Result<std::string> read_exactly(std::size_t size);
};

// How to get somewhere: rules, deadline, seams.
struct Dialer {
  const net::OutboundPolicy& policy;
  const Deadline& deadline;
  std::chrono::milliseconds connect;
  const net::Route& route;
};

// Connects to the first address that takes it. Stages kDns, kBlocked, kConnect, kTimeout.
base::Result<std::unique_ptr<Stream>> connect_to(const Dialer& dialer, const std::string& host, int port);

struct TlsOptions {
  std::string server_name;  // for SNI and the check of the certificate
  net::ServerCheck check = net::ServerCheck::kAuthorities;
  std::vector<std::string> thumbprints = {};
  std::string ca_bundle = {};  // PEM, beside the system's
  std::string client_certificate = {};
  base::Secret client_key = base::Secret();
  bool no_newer_than_1_2 = false;          // for protocols whose own rules end with the TLS 1.2 handshake
  std::string* seen_thumbprint = nullptr;  // gets the certificate's, SHA-1 in hex
};

// TLS 1.2 or newer over any stream, which must outlive it. Stages kTlsUntrusted, kTlsName, kTlsClient, kTls.
base::Result<std::unique_ptr<Stream>> start_tls(Stream& below, const TlsOptions& options);

}  // namespace probes
