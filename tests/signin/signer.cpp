#include "tests/signin/signer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace signin {

using jsonapi::Json;

class Signer::Key {
 public:
  explicit Key(EVP_PKEY* key) : key_(key) {
    if (key == nullptr) throw std::runtime_error("no key could be made");
  }
  ~Key() { EVP_PKEY_free(key_); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  std::string number(const char* name, int size = 0) const {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key_, name, &number);
    std::string out(static_cast<std::size_t>(size > 0 ? size : BN_num_bytes(number)), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
    BN_free(number);
    return base::to_base64url(out);
  }

  std::string sign(const std::string& text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::string out(1024, '\0');
    std::size_t size = out.size();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_);
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    out.resize(size);
    return out;
  }

 private:
  EVP_PKEY* key_;
};

namespace {

// R and S, 32 bytes each, of what the library gives in DER.
std::string joined(const std::string& der) {
  const auto* in = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size()));
  std::string out(64, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(parts), bytes, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(parts), bytes + 32, 32);
  ECDSA_SIG_free(parts);
  return out;
}

}  // namespace

Signer::Signer(const std::string& algorithm, std::string id)
    : key_(std::make_unique<Key>(algorithm == "RS256" ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"))),
      algorithm_(algorithm),
      id_(std::move(id)) {}

Signer::~Signer() = default;

Json Signer::jwk() const {
  Json json{{"kid", id_}, {"alg", algorithm_}, {"use", "sig"}};
  if (algorithm_ == "RS256") {
    json.update(
        {{"kty", "RSA"}, {"n", key_->number(OSSL_PKEY_PARAM_RSA_N)}, {"e", key_->number(OSSL_PKEY_PARAM_RSA_E)}});
  } else {
    json.update({{"kty", "EC"},
                 {"crv", "P-256"},
                 {"x", key_->number(OSSL_PKEY_PARAM_EC_PUB_X, 32)},
                 {"y", key_->number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)}});
  }
  return json;
}

std::string Signer::sign(const Json& claims, Json header) const {
  Json full{{"alg", algorithm_}, {"kid", id_}};
  if (!header.is_null()) full.update(header);
  const std::string text = base::to_base64url(jsonapi::dump(full)) + "." + base::to_base64url(jsonapi::dump(claims));
  const std::string signature = key_->sign(text);
  return text + "." + base::to_base64url(algorithm_ == "RS256" ? signature : joined(signature));
}

}  // namespace signin
