#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/headers.h"
#include "base/result.h"

struct sockaddr;

namespace http {

// An IPv4 or IPv6 address; IPv4 is kept as its IPv6 mapping, so that both spellings of one address are equal.
class IpAddress {
 public:
  static std::optional<IpAddress> parse(std::string_view text);
  static std::optional<IpAddress> of_socket(const sockaddr& address);

  std::string text() const;   // "192.0.2.1", "2001:db8::1"
  IpAddress network() const;  // what connection caps count by: the address itself, or the /64 of IPv6
  bool is_v4() const;
  bool shares_prefix(const IpAddress& other, unsigned bits) const;  // bits of the 128

  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<unsigned char, 16> bytes_{};
};

// The proxies whose word about the client's address counts.
class TrustedProxies {
 public:
  // Addresses or CIDR blocks; kInvalid names the one that is neither.
  static base::Result<TrustedProxies> parse(const std::vector<std::string>& entries);

  bool contains(const IpAddress& address) const;

 private:
  struct Block {
    IpAddress address;
    unsigned bits = 128;
  };
  std::vector<Block> blocks_;
};

// The client's address: X-Forwarded-For read from the right, as long as the hop before is trusted. Garbage ends the
// walk at the last hop that was understood.
IpAddress client_address(const IpAddress& peer, const base::Headers& headers, const TrustedProxies& proxies);

// Takes the fields away in which anyone may claim to be a proxy.
void remove_forwarded(base::Headers& headers);

}  // namespace http
