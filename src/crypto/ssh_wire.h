#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace crypto {

// Builds SSH's binary form (RFC 4251 section 5). Wipes its buffer, as keys pass through it.
class SshWriter {
 public:
  SshWriter() { bytes_.reserve(std::size_t{16} << 10U); }  // room for any key: growing would leave copies behind
  SshWriter(const SshWriter&) = delete;
  SshWriter& operator=(const SshWriter&) = delete;
  ~SshWriter() { base::wipe(bytes_.data(), bytes_.size()); }

  SshWriter& byte(std::uint8_t value);
  SshWriter& number(std::uint32_t value);
  SshWriter& string(std::string_view value);
  SshWriter& mpint(std::string_view big_endian);  // a number that is not negative
  SshWriter& raw(std::string_view value);
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Reads SSH's binary form from bytes that outlive it. After the first failure every getter gives nothing.
class SshReader {
 public:
  explicit SshReader(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::uint8_t> byte();
  std::optional<std::uint32_t> number();
  std::optional<std::string_view> string();
  std::optional<std::string_view> mpint();  // without the sign byte; nothing for a negative number
  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace crypto
