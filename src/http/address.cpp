#include "http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/strings.h"

namespace http {
namespace {

constexpr std::array<unsigned char, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kHopsLookedAt = 32;

// "192.0.2.1:443" and "[2001:db8::1]:443", as some proxies write, without the port.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    return bracket == std::string_view::npos ? text : text.substr(1, bracket - 1);
  }
  const auto colon = text.find(':');
  const bool one_colon = colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  return one_colon ? text.substr(0, colon) : text;
}

// Nearest hop first.
std::vector<std::string> hops(const base::Headers& headers) {
  std::vector<std::string> found;
  for (const auto& [name, value] : headers.fields()) {
    if (!base::equals_ignoring_case(name, "X-Forwarded-For")) continue;
    for (const auto& hop : base::split(value, ',')) found.emplace_back(base::trim(hop));
  }
  std::ranges::reverse(found);
  if (found.size() > kHopsLookedAt) found.resize(kHopsLookedAt);
  return found;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
  std::ranges::copy(kMappedPrefix, address.bytes_.begin());
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes_.data() + kMappedPrefix.size()) == 1) return address;
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::of_socket(const sockaddr& address) {
  IpAddress found;
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof(six));
    std::memcpy(found.bytes_.data(), &six.sin6_addr, found.bytes_.size());
    return found;
  }
  if (address.sa_family != AF_INET) return std::nullopt;
  sockaddr_in four{};
  std::memcpy(&four, &address, sizeof(four));
  std::ranges::copy(kMappedPrefix, found.bytes_.begin());
  std::memcpy(found.bytes_.data() + kMappedPrefix.size(), &four.sin_addr, sizeof(four.sin_addr));
  return found;
}

bool IpAddress::is_v4() const { return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin()); }

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const bool four = is_v4();
  inet_ntop(four ? AF_INET : AF_INET6, bytes_.data() + (four ? kMappedPrefix.size() : 0), buffer.data(),
            static_cast<socklen_t>(buffer.size()));
  return buffer.data();
}

IpAddress IpAddress::network() const {
  IpAddress network = *this;
  if (!is_v4()) std::fill(network.bytes_.begin() + 8, network.bytes_.end(), static_cast<unsigned char>(0));
  return network;
}

bool IpAddress::shares_prefix(const IpAddress& other, unsigned bits) const {
  const std::size_t whole = bits / 8;
  if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole), other.bytes_.begin())) {
    return false;
  }
  const unsigned rest = bits % 8;
  return rest == 0 || (bytes_[whole] >> (8 - rest)) == (other.bytes_[whole] >> (8 - rest));
}

base::Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& entries) {
  TrustedProxies proxies;
  for (const auto& entry : entries) {
    const auto slash = entry.find('/');
    const auto address = IpAddress::parse(std::string_view(entry).substr(0, slash));
    const std::int64_t most = address && address->is_v4() ? 32 : 128;
    const auto bits = slash == std::string::npos ? most : base::to_integer(std::string_view(entry).substr(slash + 1));
    if (!address || !bits || *bits < 0 || *bits > most) {
      return base::invalid("The trusted proxy '" + base::printable(entry) +
                           "' is neither an address nor a block such as 10.0.0.0/8.");
    }
    proxies.blocks_.push_back({*address, static_cast<unsigned>(*bits + 128 - most)});
  }
  return proxies;
}

bool TrustedProxies::contains(const IpAddress& address) const {
  return std::ranges::any_of(blocks_,
                             [&](const Block& block) { return address.shares_prefix(block.address, block.bits); });
}

IpAddress client_address(const IpAddress& peer, const base::Headers& headers, const TrustedProxies& proxies) {
  IpAddress client = peer;
  if (!proxies.contains(client)) return client;
  for (const auto& hop : hops(headers)) {
    const auto address = IpAddress::parse(without_port(hop));
    if (!address) break;
    client = *address;
    if (!proxies.contains(client)) break;
  }
  return client;
}

void remove_forwarded(base::Headers& headers) {
  for (const char* name : {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port",
                           "X-Forwarded-Prefix", "Forwarded", "X-Real-IP"}) {
    headers.remove(name);
  }
}

}  // namespace http
