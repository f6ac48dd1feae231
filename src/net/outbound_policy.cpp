#include "net/outbound_policy.h"

#include <algorithm>

#include "base/strings.h"
#include "net/address.h"
#include "net/resolver.h"

namespace net {
namespace {

constexpr int kLastPrivilegedPort = 1023;

std::string with_port(std::string_view host, int port) {
  const std::string name(host);
  return (name.find(':') != std::string::npos ? "[" + name + "]" : name) + ":" + std::to_string(port);
}

// Names that mean this machine or a cloud's metadata service wherever they are asked for.
bool is_local_name(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "localhost.localdomain" ||
         host == "metadata.google.internal" || host == "instance-data";
}

base::Error bad_rule(const std::string& text, const std::string& why) {
  return base::invalid("--outbound-allow '" + base::printable(text) + "': " + why +
                       "; write HOST, ADDRESS or NETWORK/BITS, each with an optional :PORT");
}

std::string bytes_of(const Address& address) { return {address.bytes.begin(), address.bytes.end()}; }

Address from_bytes(const std::string& bytes) {
  Address address;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address;
}

// "what[:port]", where an IPv6 address needs brackets to have a port ("[fd00::1]:443", "[fd00::/8]:443").
struct RuleParts {
  std::string what, port;
};

RuleParts split_port(std::string text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string::npos) return {text, ""};
    std::string inside = text.substr(1, close - 1), rest = text.substr(close + 1);
    if (rest.starts_with('/')) {  // "[fd00::]/8:443"
      const auto colon = std::min(rest.find(':'), rest.size());
      inside += rest.substr(0, colon);
      rest = rest.substr(colon);
    }
    return {inside, rest.starts_with(':') ? rest.substr(1) : rest};
  }
  if (std::count(text.begin(), text.end(), ':') != 1) return {text, ""};
  const auto colon = text.find(':');
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

OutboundPolicy OutboundPolicy::with_resolver(std::shared_ptr<const Resolver> resolver) const {
  OutboundPolicy copy = *this;
  copy.resolver_ = std::move(resolver);
  return copy;
}

base::Result<OutboundPolicy> OutboundPolicy::with_rules(const std::vector<std::string>& allow,
                                                        const std::vector<std::string>& http) const {
  ASSIGN_OR_RETURN(const OutboundPolicy more, parse(allow, http));
  OutboundPolicy copy = *this;
  copy.allow_.insert(copy.allow_.end(), more.allow_.begin(), more.allow_.end());
  copy.http_.insert(copy.http_.end(), more.http_.begin(), more.http_.end());
  return copy;
}

base::Result<OutboundPolicy::Rule> OutboundPolicy::parse_rule(const std::string& text) {
  Rule rule{.text = text};
  const RuleParts parts = split_port(base::to_lower(base::trim(text)));
  if (!parts.port.empty() || text.ends_with(':')) {
    const auto port = base::to_integer(parts.port);
    if (!port || *port < 1 || *port > 65535) return bad_rule(text, "the port must be a number from 1 to 65535");
    rule.port = static_cast<int>(*port);
  }
  const auto slash = parts.what.find('/');
  const auto address = parse_address(parts.what.substr(0, slash));
  if (slash != std::string::npos) {
    const auto bits = base::to_integer(parts.what.substr(slash + 1));
    if (!address) return bad_rule(text, "what stands before '/' is not an address");
    const int widest = address->is_v4() ? 32 : 128;
    if (!bits || *bits < 0 || *bits > widest) return bad_rule(text, "the bits of a network are wrong");
    rule.prefix = static_cast<int>(*bits) + (128 - widest);
    rule.network = bytes_of(*address);
    return rule;
  }
  if (address) {
    rule.prefix = 128;
    rule.network = bytes_of(without_wrapping(*address));
    return rule;
  }
  auto host = canonical_host(parts.what);
  if (!host) return bad_rule(text, "it is neither a host name nor an address");
  rule.host = *std::move(host);
  return rule;
}

base::Result<OutboundPolicy> OutboundPolicy::parse(const std::vector<std::string>& allow,
                                                   const std::vector<std::string>& http) {
  OutboundPolicy policy;
  for (const std::string& text : allow) {
    ASSIGN_OR_RETURN(Rule rule, parse_rule(text));
    policy.allow_.push_back(std::move(rule));
  }
  for (const std::string& text : http) {
    auto host = canonical_host(base::trim(text));
    if (!host) {
      return base::invalid("--outbound-http '" + base::printable(text) +
                           "' is not a host name or address; no port here");
    }
    policy.http_.push_back(*std::move(host));
  }
  return policy;
}

bool OutboundPolicy::allows(std::string_view host, int port, const std::string& address, bool by_name) const {
  return std::any_of(allow_.begin(), allow_.end(), [&](const Rule& rule) {
    if (rule.port != 0 && rule.port != port) return false;
    if (rule.network.empty()) return by_name && rule.host == host;
    return !address.empty() && in_network(from_bytes(address), from_bytes(rule.network), rule.prefix);
  });
}

bool OutboundPolicy::names_port(std::string_view host, int port) const {
  const auto address = parse_address(host);
  return std::any_of(allow_.begin(), allow_.end(), [&](const Rule& rule) {
    if (rule.port != port) return false;
    if (rule.network.empty()) return rule.host == host;
    return address && in_network(without_wrapping(*address), from_bytes(rule.network), rule.prefix);
  });
}

base::Status OutboundPolicy::check_url(const Url& url) const {
  std::string reason, flags;
  const auto need = [&](const std::string& why, const std::string& flag) {
    reason += (reason.empty() ? "" : ", and ") + why;
    flags += (flags.empty() ? "" : " ") + flag;
  };
  const std::string allow_flag = "--outbound-allow " + with_port(url.host, url.port);
  if (const auto address = parse_address(url.host)) {
    const AddressClass found = classify(*address);
    if (found.kind != AddressKind::kPublic &&
        !allows(url.host, url.port, bytes_of(without_wrapping(*address)), false)) {
      need(url.host + " is " + found.name, allow_flag);
    }
  } else if (is_local_name(url.host) && !allows(url.host, url.port, "", true)) {
    need(url.host + " names this machine or a metadata service", allow_flag);
  }
  const bool odd_port = url.port <= kLastPrivilegedPort && url.port != 80 && url.port != 443;
  if (odd_port && flags.empty() && !names_port(url.host, url.port)) {
    need("port " + std::to_string(url.port) + " belongs to another service", allow_flag);
  }
  if (url.scheme == "http" && std::find(http_.begin(), http_.end(), url.host) == http_.end()) {
    need("http sends credentials without encryption", "--outbound-http " + url.host);
  }
  if (flags.empty()) return {};
  return base::invalid("Connecting to " + url.origin() + " is not allowed: " + reason +
                       ". If it is meant, an administrator starts the server with: " + flags);
}

base::Status OutboundPolicy::check_address(std::string_view host, int port, std::string_view text) const {
  const auto address = parse_address(text.substr(0, text.find('%')));
  if (!address) return base::invalid("'" + base::printable(text) + "' is not an address");
  const AddressClass found = classify(*address);
  if (found.kind == AddressKind::kPublic) return {};
  const Address inner = without_wrapping(*address);
  if (allows(host, port, bytes_of(inner), found.kind == AddressKind::kPrivate)) return {};
  const bool is_literal = parse_address(host).has_value();
  const std::string who = is_literal ? std::string(host) + " is " : std::string(host) + " leads to ";
  const std::string named =
      found.kind == AddressKind::kPrivate || is_literal ? with_port(host, port) : with_port(inner.text(), port);
  base::Error error =
      base::invalid("Connecting to " + with_port(host, port) + " is not allowed: " + who + found.name +
                    ". If it is meant, an administrator starts the server with: --outbound-allow " + named);
  error.detail = "address " + address->text();
  return error;
}

base::Result<std::vector<std::string>> OutboundPolicy::resolve(std::string_view host, int port,
                                                               std::chrono::milliseconds limit) const {
  ASSIGN_OR_RETURN(const std::string name, canonical_host(host));
  std::vector<std::string> addresses;
  if (parse_address(name)) {
    addresses.push_back(name);
  } else {
    if (is_local_name(name) && !allows(name, port, "", true)) {
      return base::invalid("Connecting to " + with_port(name, port) +
                           " is not allowed: the name means this machine or a metadata service. If it is meant, an "
                           "administrator starts the server with: --outbound-allow " +
                           with_port(name, port));
    }
    const auto resolver = resolver_ ? resolver_ : system_resolver();
    ASSIGN_OR_RETURN(addresses, resolver->look_up_within(name, limit));
  }
  for (const std::string& address : addresses) RETURN_IF_ERROR(check_address(name, port, address));
  return addresses;
}

}  // namespace net
