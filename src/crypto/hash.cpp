#include "crypto/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <limits>
#include <new>

namespace crypto {
namespace {

constexpr std::size_t kSize = 32;
constexpr std::size_t kSha1Size = 20;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string hmac(const EVP_MD* digest, std::size_t digest_size, std::string_view key, std::string_view data) {
  std::string out(digest_size, '\0');
  unsigned size = 0;
  static constexpr char kEmpty = 0;  // a null key means "the key of before" to the library
  const void* key_bytes = key.empty() ? &kEmpty : key.data();
  if (key.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      HMAC(digest, key_bytes, static_cast<int>(key.size()), bytes_of(data), data.size(),
           reinterpret_cast<unsigned char*>(out.data()), &size) == nullptr ||
      size != digest_size) {
    throw std::bad_alloc();
  }
  return out;
}

}  // namespace

std::string sha256(std::string_view data) {
  std::string out(kSize, '\0');
  unsigned size = 0;
  if (EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), &size, EVP_sha256(),
                 nullptr) != 1 ||
      size != kSize) {
    throw std::bad_alloc();
  }
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view data) { return hmac(EVP_sha256(), kSize, key, data); }
std::string hmac_sha1(std::string_view key, std::string_view data) { return hmac(EVP_sha1(), kSha1Size, key, data); }

}  // namespace crypto
