#include "net/address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace net {
namespace {

struct Network {
  const char* address;
  int prefix;
  AddressClass kind;
};

constexpr AddressClass kLoopback{AddressKind::kPrivate, "a loopback address"};
constexpr AddressClass kPrivate{AddressKind::kPrivate, "a private address"};
constexpr AddressClass kShared{AddressKind::kPrivate, "a shared (carrier) address"};
constexpr AddressClass kLinkLocal{AddressKind::kSpecial, "a link-local or metadata address"};
constexpr AddressClass kMulticast{AddressKind::kSpecial, "a multicast address"};
constexpr AddressClass kReserved{AddressKind::kSpecial, "a reserved address"};
constexpr AddressClass kUnspecified{AddressKind::kSpecial, "an unspecified address"};
constexpr AddressClass kTest{AddressKind::kSpecial, "an address for tests and documentation"};
constexpr AddressClass kTunnel{AddressKind::kSpecial, "a tunnel address"};

// The first entry that matches counts. IANA IPv4 and IPv6 special-purpose address registries, and the two addresses
// that Azure and others serve their metadata from.
constexpr Network kNetworks[] = {
    {"127.0.0.0", 8, kLoopback},
    {"10.0.0.0", 8, kPrivate},
    {"172.16.0.0", 12, kPrivate},
    {"192.168.0.0", 16, kPrivate},
    {"100.64.0.0", 10, kShared},
    {"169.254.0.0", 16, kLinkLocal},
    {"168.63.129.16", 32, kLinkLocal},
    {"0.0.0.0", 8, kUnspecified},
    {"192.0.0.0", 24, kReserved},
    {"192.0.2.0", 24, kTest},
    {"192.88.99.0", 24, kTunnel},
    {"198.18.0.0", 15, kTest},
    {"198.51.100.0", 24, kTest},
    {"203.0.113.0", 24, kTest},
    {"224.0.0.0", 4, kMulticast},
    {"240.0.0.0", 4, kReserved},
    {"::1", 128, kLoopback},
    {"::", 128, kUnspecified},
    {"fd00:ec2::254", 128, kLinkLocal},
    {"fc00::", 7, kPrivate},
    {"fe80::", 10, kLinkLocal},
    {"fec0::", 10, kReserved},
    {"ff00::", 8, kMulticast},
    {"64:ff9b:1::", 48, kTunnel},
    {"100::", 64, kReserved},
    {"2001:db8::", 32, kTest},
    {"3fff::", 20, kTest},
    {"2001::", 23, kTunnel},
    {"5f00::", 16, kReserved},
};

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 12> kNat64 = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

bool starts_with(const Address& address, const std::array<std::uint8_t, 12>& prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

Address from_v4(const std::uint8_t* four) {
  Address address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
  std::copy(four, four + 4, address.bytes.begin() + 12);
  return address;
}

}  // namespace

bool Address::is_v4() const { return starts_with(*this, kMapped); }

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (is_v4()) {
    inet_ntop(AF_INET, bytes.data() + 12, buffer, sizeof buffer);
  } else {
    inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
  }
  return buffer;
}

std::optional<Address> parse_address(std::string_view text) {
  const std::string copy(text);
  Address address;
  std::uint8_t four[4];
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  if (inet_pton(AF_INET, copy.c_str(), four) == 1) return from_v4(four);
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

Address without_wrapping(const Address& address) {
  const auto& bytes = address.bytes;
  if (starts_with(address, kNat64)) return from_v4(bytes.data() + 12);
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return from_v4(bytes.data() + 2);
  const bool compatible = std::all_of(bytes.begin(), bytes.begin() + 12, [](auto byte) { return byte == 0; });
  const bool own_meaning = bytes[12] == 0 && bytes[13] == 0 && bytes[14] == 0 && bytes[15] <= 1;  // :: and ::1
  if (compatible && !own_meaning) return from_v4(bytes.data() + 12);
  return address;
}

bool in_network(const Address& address, const Address& network, int prefix) {
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (!std::equal(network.bytes.begin(), network.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes.begin())) {
    return false;
  }
  const int rest = prefix % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00U >> static_cast<unsigned>(rest));
  return (address.bytes[whole] & mask) == (network.bytes[whole] & mask);
}

AddressClass classify(const Address& address) {
  const Address inner = without_wrapping(address);
  for (const Network& network : kNetworks) {
    const Address base = *parse_address(network.address);
    const int prefix = network.prefix + (base.is_v4() ? 96 : 0);
    if (in_network(inner, base, prefix)) return network.kind;
  }
  return {};
}

}  // namespace net
