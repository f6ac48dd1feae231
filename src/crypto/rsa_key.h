#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/signature.h"

namespace crypto {

// A key pair for RS256. Thread-safe, as are the functions below.
struct RsaKey {
  base::Secret pem;  // PKCS #8, without a passphrase
  RsaPublicKey public_key;
};

// A new one of 2048 bits, which every reader of RS256 takes. Slow: some tenths of a second.
base::Result<RsaKey> make_rsa_key();
// RS256 (RFC 7518 section 3.3). kInternal if the text is no private RSA key.
base::Result<std::string> sign_rs256(const base::Secret& private_pem, std::string_view data);

}  // namespace crypto
