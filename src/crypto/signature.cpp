#include "crypto/signature.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

#include "base/freed.h"

namespace crypto {
namespace {

using base::Freed;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;

constexpr std::size_t kCoordinate = 32;
constexpr std::size_t kLongestNumber = 1024 + 1;  // bytes: 8192 bits and a zero in front
constexpr int kShortestModulus = 2048;
constexpr int kLongestModulus = 8192;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Number number_of(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > kLongestNumber) return nullptr;
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Key key_of(const char* kind, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  Key owned(key);
  const Context check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return check && EVP_PKEY_public_check(check.get()) == 1 ? std::move(owned) : nullptr;
}

Key rsa_key(const RsaPublicKey& key) {
  const Number modulus = number_of(key.modulus);
  const Number exponent = number_of(key.exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder) return nullptr;
  const int bits = BN_num_bits(modulus.get());
  if (bits < kShortestModulus || bits > kLongestModulus || BN_is_odd(exponent.get()) == 0 ||
      BN_num_bits(exponent.get()) > 64 || BN_is_one(exponent.get()) == 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  return key_of("RSA", builder.get());
}

Key p256_key(const P256PublicKey& key) {
  if (key.x.size() != kCoordinate || key.y.size() != kCoordinate) return nullptr;
  const std::string point = "\x04" + key.x + key.y;  // uncompressed
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  return key_of("EC", builder.get());
}

bool verify(EVP_PKEY* key, std::string_view data, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(data), data.size()) == 1;
}

// The library wants R and S in DER.
std::string der_of(std::string_view signature) {
  const std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>> parts(ECDSA_SIG_new());
  Number r = number_of(signature.substr(0, kCoordinate));
  Number s = number_of(signature.substr(kCoordinate));
  if (!parts || !r || !s || ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());  // owned by `parts` now
  static_cast<void>(s.release());
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &out);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return der;
}

}  // namespace

bool verify_rs256(const RsaPublicKey& key, std::string_view data, std::string_view signature) {
  const Key opened = rsa_key(key);
  return opened && verify(opened.get(), data, signature);
}

bool verify_es256(const P256PublicKey& key, std::string_view data, std::string_view signature) {
  const Key opened = p256_key(key);
  if (!opened || signature.size() != 2 * kCoordinate) return false;
  const std::string der = der_of(signature);
  return !der.empty() && verify(opened.get(), data, der);
}

}  // namespace crypto
