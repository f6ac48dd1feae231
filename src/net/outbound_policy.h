#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace net {

struct Url {
  std::string scheme, host, path, query;  // host in lower case, no brackets; path with leading '/'
  int port = 0;                           // the scheme's own if none was given
  std::string origin() const;             // "https://host" or with ":port" if it is not the scheme's own
};

// Strict: http or https only, no user-info, fragment, white space, control characters or backslash; host is a DNS
// name or an address in its one canonical spelling. kInvalid says which rule.
base::Result<Url> parse_url(std::string_view text);

// Where the server may connect to (threats S01–S06). Blocked unless named: loopback, private, link-local, shared,
// unique-local, multicast, test and metadata networks, also when embedded in IPv6. Immutable; thread-safe.
class OutboundPolicy {
 public:
  // `allow`: HOST or CIDR or address, each with optional :PORT. `http`: hosts that may be reached without TLS.
  static base::Result<OutboundPolicy> parse(const std::vector<std::string>& allow,
                                            const std::vector<std::string>& http);

  // For a URL about to be stored or called (no look-up). kInvalid, naming the flag that would allow it.
  base::Status check_url(const Url& url) const;
  // For each address a name resolved to. `host` and `port` as in the URL or SSH address.
  base::Status check_address(std::string_view host, int port, std::string_view address) const;

  // Resolves and checks: every address must be allowed. kUnavailable if the name does not resolve.
  base::Result<std::vector<std::string>> resolve(std::string_view host, int port) const;

 private:
  struct Rule {
    std::string host, network;
    int prefix = -1;
    int port = 0;
  };
  std::vector<Rule> allow_;
  std::vector<std::string> http_;
};

}  // namespace net
