#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace net {

struct Url {
  std::string scheme, host, path, query;  // host in lower case, no brackets; path with leading '/'
  int port = 0;                           // the scheme's own if none was given
  std::string origin() const;             // "https://host" or with ":port" if it is not the scheme's own
  std::string text() const;               // the URL again: origin, path and query
};

// Whether credentials for one may go to the other: scheme, host and port are equal.
bool same_origin(const Url& a, const Url& b);

// A DNS name or an address in its one canonical spelling, in lower case and without brackets. Refuses every other
// way to write an address (decimal, octal, hex, short), zone ids, a last dot, and names that are not ASCII (write
// those as xn--…). For every place that takes a host: URLs, SSH addresses, settings.
base::Result<std::string> canonical_host(std::string_view text);

// Strict: http or https only, no user-info, fragment, white space, control characters or backslash; host is a DNS
// name or an address in its one canonical spelling. kInvalid says which rule.
base::Result<Url> parse_url(std::string_view text);

class Resolver;  // resolver.h

// Where the server may connect to (threats S01–S06). Blocked unless named: loopback, private, link-local, shared,
// unique-local, multicast, test and metadata networks, also when embedded in IPv6. Immutable; thread-safe.
class OutboundPolicy {
 public:
  // `allow`: HOST or CIDR or address, each with optional :PORT. `http`: hosts that may be reached without TLS.
  // Names given as HOST open private networks, never link-local ones (cloud metadata), which need their address.
  static base::Result<OutboundPolicy> parse(const std::vector<std::string>& allow,
                                            const std::vector<std::string>& http);

  OutboundPolicy() = default;  // nothing is allowed beyond public addresses over https
  // The same rules over another source of addresses.
  OutboundPolicy with_resolver(std::shared_ptr<const Resolver> resolver) const;

  // The same with further rules, as in parse().
  base::Result<OutboundPolicy> with_rules(const std::vector<std::string>& allow,
                                          const std::vector<std::string>& http) const;

  // For a URL about to be stored or called (no look-up). kInvalid, naming the flag that would allow it.
  base::Status check_url(const Url& url) const;
  // For each address a name resolved to. `host` and `port` as in the URL or SSH address.
  base::Status check_address(std::string_view host, int port, std::string_view address) const;

  // Resolves and checks: every address must be allowed, or none is used. kUnavailable if the name does not resolve.
  // `limit`: how long the look-up may take at most (the resolver's own limit holds as well).
  base::Result<std::vector<std::string>> resolve(std::string_view host, int port,
                                                 std::chrono::milliseconds limit = std::chrono::hours(1)) const;

 private:
  struct Rule {
    std::string text;     // as the administrator wrote it
    std::string host;     // a name or an address; empty if `network` is set
    std::string network;  // 16 bytes, IPv4 mapped into IPv6
    int prefix = -1;      // bits of `network`
    int port = 0;         // 0: any
  };
  static base::Result<Rule> parse_rule(const std::string& text);
  bool names_port(std::string_view host, int port) const;
  bool allows(std::string_view host, int port, const std::string& address, bool by_name) const;

  std::vector<Rule> allow_;
  std::vector<std::string> http_;
  std::shared_ptr<const Resolver> resolver_;  // null: the system's
};

}  // namespace net
