#include "base/random.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "base/id.h"

namespace base {
namespace {

constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t kIdLength = 16;

}  // namespace

void fill_random(std::span<unsigned char> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) std::abort();
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

std::string random_text(std::size_t length, std::string_view alphabet) {
  // Rejection sampling keeps every character equally likely.
  const std::size_t limit = 256 - 256 % alphabet.size();
  std::string text;
  text.reserve(length);
  std::array<unsigned char, 64> bytes{};
  while (text.size() < length) {
    fill_random(bytes);
    for (const unsigned char byte : bytes) {
      if (byte < limit && text.size() < length) text.push_back(alphabet[byte % alphabet.size()]);
    }
  }
  return text;
}

std::string random_base58(std::size_t length) { return random_text(length, kBase58); }

std::string random_id(std::string_view prefix) {
  std::string id(prefix);
  id.push_back('-');
  return id + random_base58(kIdLength);
}

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  fill_random(bytes);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string uuid;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) uuid.push_back('-');
    uuid.push_back(kHex[bytes.at(i) >> 4U]);
    uuid.push_back(kHex[bytes.at(i) & 0x0FU]);
  }
  return uuid;
}

}  // namespace base
