#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net {

// An IP address as 16 bytes; IPv4 lives in ::ffff:0:0/96, so that both spellings are one value.
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  std::string text() const;  // the canonical spelling (RFC 5952); IPv4 dotted
  friend bool operator==(const Address&, const Address&) = default;
};

// What inet_pton reads, brackets and zone ids not included.
std::optional<Address> parse_address(std::string_view text);

// The IPv4 address that an IPv6 address carries: mapped, compatible, NAT64 (RFC 6052) and 6to4 (RFC 3056).
// Other addresses are given back as they are.
Address without_wrapping(const Address& address);

bool in_network(const Address& address, const Address& network, int prefix);

enum class AddressKind {
  kPublic,
  kPrivate,  // loopback, private, shared and unique-local networks: where a company's own servers live
  kSpecial,  // link-local and metadata, multicast, broadcast, unspecified, documentation, tunnels
};

struct AddressClass {
  AddressKind kind = AddressKind::kPublic;
  const char* name = "public";  // "a loopback address", for messages
};

// By the IANA special-purpose registries, after unwrapping.
AddressClass classify(const Address& address);

}  // namespace net
