#include "crypto/rsa_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace crypto {
namespace {

constexpr unsigned int kBits = 2048;

template <auto free>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
// Wiped when it ends: BIO_s_secmem() is memory of its own, which BIO_free clears.
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

base::Error failed(const char* what) {
  ERR_clear_error();
  return base::internal(what);
}

std::string number_in(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return {};
  const Number owned(number);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

base::Secret pem_of(EVP_PKEY* key) {
  const Bio out(BIO_new(BIO_s_secmem()));
  if (!out || PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return size <= 0 ? base::Secret() : base::Secret(std::string(data, static_cast<std::size_t>(size)));
}

}  // namespace

base::Result<RsaKey> make_rsa_key() {
  const Key key(EVP_RSA_gen(kBits));
  if (!key) return failed("an RSA key could not be made");
  RsaKey made{pem_of(key.get()),
              {number_in(key.get(), OSSL_PKEY_PARAM_RSA_N), number_in(key.get(), OSSL_PKEY_PARAM_RSA_E)}};
  if (made.pem.empty() || made.public_key.modulus.empty() || made.public_key.exponent.empty()) {
    return failed("an RSA key could not be written down");
  }
  return made;
}

base::Result<std::string> sign_rs256(const base::Secret& private_pem, std::string_view data) {
  const std::string& text = private_pem.reveal();
  const Bio in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const Key key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return failed("the text is no private RSA key");
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
  std::size_t size = signature.size();
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(data.data()), data.size()) != 1) {
    return failed("the signature could not be made");
  }
  signature.resize(size);
  return signature;
}

}  // namespace crypto
