#include "crypto/equal.h"

#include <openssl/crypto.h>

#include "crypto/hash.h"

namespace crypto {

bool equal(std::string_view a, std::string_view b) {
  const std::string a_digest = sha256(a);
  const std::string b_digest = sha256(b);
  return CRYPTO_memcmp(a_digest.data(), b_digest.data(), a_digest.size()) == 0;
}

}  // namespace crypto
