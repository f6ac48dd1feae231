#pragma once

#include <string>
#include <string_view>

namespace crypto {

// Public keys as the numbers that a JSON Web Key (RFC 7517) has, big-endian, without their base64url.
struct RsaPublicKey {
  std::string modulus;
  std::string exponent;
};
struct P256PublicKey {
  std::string x;
  std::string y;
};

// Whether `signature` is this key's over `data`. A key that is none is false as well: an RSA modulus of less than 2048
// or more than 8192 bits, a point that is not on the curve. Thread-safe.
// RS256 (RFC 7518 section 3.3): PKCS #1 v1.5 with SHA-256.
bool verify_rs256(const RsaPublicKey& key, std::string_view data, std::string_view signature);
// ES256 (section 3.4): P-256 with SHA-256; the signature is R and S, 32 bytes each.
bool verify_es256(const P256PublicKey& key, std::string_view data, std::string_view signature);

}  // namespace crypto
