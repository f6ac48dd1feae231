#include "signin/one_time_code.h"

#include <array>

#include "base/random.h"
#include "base/strings.h"
#include "crypto/equal.h"
#include "crypto/hash.h"

namespace signin {
namespace {

constexpr std::int64_t kStepMillis = 30'000;
constexpr std::size_t kSecretBytes = 20;
constexpr std::size_t kDigits = 6;
constexpr std::uint32_t kModulus = 1'000'000;
constexpr std::size_t kRecoveryCodes = 10;
constexpr std::string_view kRecoveryAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";  // 32: five bits each
constexpr std::size_t kRecoveryLength = 16;

std::string counter_bytes(std::int64_t step) {
  std::string bytes(8, '\0');
  auto rest = static_cast<std::uint64_t>(step);
  for (auto place = bytes.rbegin(); place != bytes.rend(); ++place, rest >>= 8U)
    *place = static_cast<char>(rest & 0xFFU);
  return bytes;
}

}  // namespace

std::int64_t code_step(base::Time time) { return base::to_millis(time) / kStepMillis; }

std::string one_time_code(const base::Secret& secret, std::int64_t step) {
  const std::string digest = crypto::hmac_sha1(secret.reveal(), counter_bytes(step));
  const auto byte = [&](std::size_t place) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(digest[place]));
  };
  const std::size_t offset = byte(digest.size() - 1) & 0xFU;  // RFC 4226 section 5.3
  const std::uint32_t number =
      (byte(offset) & 0x7FU) << 24U | byte(offset + 1) << 16U | byte(offset + 2) << 8U | byte(offset + 3);
  const std::string digits = std::to_string(number % kModulus);
  return std::string(kDigits - digits.size(), '0') + digits;
}

std::optional<std::int64_t> accepted_step(const base::Secret& secret, std::string_view code, base::Time now,
                                          std::int64_t last_step) {
  const std::int64_t current = code_step(now);
  for (std::int64_t step = current - 1; step <= current + 1; ++step) {
    if (crypto::equal(one_time_code(secret, step), code)) return step > last_step ? std::optional(step) : std::nullopt;
  }
  return std::nullopt;
}

base::Secret make_code_secret() {
  std::array<unsigned char, kSecretBytes> bytes{};
  base::fill_random(bytes);
  return base::Secret(std::string(bytes.begin(), bytes.end()));
}

std::string to_base32(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8U | static_cast<unsigned char>(c)) & 0xFFFFU;
    for (bits += 8; bits >= 5; bits -= 5) out += kAlphabet[buffer >> (bits - 5) & 0x1FU];
  }
  if (bits > 0) out += kAlphabet[buffer << (5 - bits) & 0x1FU];
  return out;
}

base::Secret otpauth_url(const base::Secret& secret, std::string_view issuer, std::string_view account) {
  return base::Secret("otpauth://totp/" + base::url_encode(issuer) + ":" + base::url_encode(account) +
                      "?secret=" + to_base32(secret.reveal()) + "&issuer=" + base::url_encode(issuer) +
                      "&algorithm=SHA1&digits=6&period=30");
}

std::vector<base::Secret> make_recovery_codes() {
  std::vector<base::Secret> codes;
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) {
    const std::string text = base::random_text(kRecoveryLength, kRecoveryAlphabet);
    codes.emplace_back(text.substr(0, 4) + "-" + text.substr(4, 4) + "-" + text.substr(8, 4) + "-" + text.substr(12));
  }
  return codes;
}

std::string recovery_hash(std::string_view code) {
  std::string plain;
  for (const char c : base::to_lower(code)) {
    if (c != '-' && c != ' ') plain += c;
  }
  return base::to_hex(crypto::sha256("recovery:" + plain));
}

}  // namespace signin
