#pragma once

#include <string>
#include <string_view>

namespace crypto {

// The 32 raw bytes of SHA-256 (FIPS 180-4). Throws std::bad_alloc if the library cannot work. Thread-safe.
std::string sha256(std::string_view data);

// The 32 raw bytes of HMAC-SHA-256 (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view data);

// The 20 raw bytes of HMAC-SHA-1, for one-time codes, whose RFC 6238 knows apps by it.
std::string hmac_sha1(std::string_view key, std::string_view data);

}  // namespace crypto
