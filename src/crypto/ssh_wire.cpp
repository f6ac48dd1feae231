#include "crypto/ssh_wire.h"

namespace crypto {
namespace {

std::string_view without_leading_zeros(std::string_view number) {
  while (!number.empty() && number.front() == '\0') number.remove_prefix(1);
  return number;
}

bool has_high_bit(std::string_view number) {
  return !number.empty() && (static_cast<unsigned char>(number.front()) & 0x80U) != 0;
}

}  // namespace

SshWriter& SshWriter::byte(std::uint8_t value) {
  bytes_.push_back(static_cast<char>(value));
  return *this;
}

SshWriter& SshWriter::number(std::uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) byte(static_cast<std::uint8_t>(value >> shift));
  return *this;
}

SshWriter& SshWriter::string(std::string_view value) {
  number(static_cast<std::uint32_t>(value.size()));
  return raw(value);
}

SshWriter& SshWriter::mpint(std::string_view big_endian) {
  const auto digits = without_leading_zeros(big_endian);
  const bool needs_sign = has_high_bit(digits);
  number(static_cast<std::uint32_t>(digits.size() + (needs_sign ? 1U : 0U)));
  if (needs_sign) byte(0);
  return raw(digits);
}

SshWriter& SshWriter::raw(std::string_view value) {
  bytes_.append(value);
  return *this;
}

std::optional<std::uint8_t> SshReader::byte() {
  if (failed_ || rest_.empty()) {
    failed_ = true;
    return std::nullopt;
  }
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::optional<std::uint32_t> SshReader::number() {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const auto next = byte();
    if (!next) return std::nullopt;
    value = (value << 8U) | *next;
  }
  return value;
}

std::optional<std::string_view> SshReader::string() {
  const auto size = number();
  if (!size || *size > rest_.size()) {
    failed_ = true;
    return std::nullopt;
  }
  const auto value = rest_.substr(0, *size);
  rest_.remove_prefix(*size);
  return value;
}

std::optional<std::string_view> SshReader::mpint() {
  const auto digits = string();
  if (!digits || has_high_bit(*digits)) {
    failed_ = true;
    return std::nullopt;
  }
  return without_leading_zeros(*digits);
}

}  // namespace crypto
