#include "probes/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include "base/freed.h"
#include "base/strings.h"
#include "probes/failure.h"

namespace probes {
namespace {

using base::Freed;
void free_stack(STACK_OF(X509) * certificates) { sk_X509_pop_free(certificates, X509_free); }
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Bundle = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;
using Stack = std::unique_ptr<STACK_OF(X509), Freed<free_stack>>;

Bio reading(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::string drained(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

int no_passphrase(char*, int, int, void*) { return 0; }

Certificate certificate_in(std::string_view pem) {
  const Bio bio = reading(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return certificate;
}

Key key_in(std::string_view pem) {
  const Bio bio = reading(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return key;
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return drained(bio.get());
}

base::Secret pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_secmem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return base::Secret(drained(bio.get()));
}

base::Time end_of(const X509* certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return {};
  return base::from_millis(static_cast<std::int64_t>(::timegm(&parts)) * 1000);
}

// Base64 with any white space in it; nothing if it is none.
std::optional<std::string> from_loose_base64(std::string_view text) {
  std::string packed;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') packed += c;
  }
  return base::from_base64(packed);
}

// All certificates of a PEM text as they are, key and other blocks left out.
std::string certificates_of(std::string_view pem) {
  const Bio bio = reading(pem);
  std::string all;
  while (const Certificate next{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)})
    all += pem_of(next.get());
  ERR_clear_error();
  return all;
}

std::string digest_of(const X509* certificate, const EVP_MD* kind) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (X509_digest(certificate, kind, bytes.data(), &size) != 1) return {};
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

base::Result<Identity> from_bundle(PKCS12* bundle, const base::Secret& password, bool& wrong_password) {
  const std::string& text = password.reveal();
  const char* opened_with = text.c_str();
  if (PKCS12_verify_mac(bundle, opened_with, static_cast<int>(text.size())) != 1) {
    ERR_clear_error();
    if (!text.empty() || PKCS12_verify_mac(bundle, nullptr, 0) != 1) {
      ERR_clear_error();
      wrong_password = true;
      return failed_at(Stage::kInput, "the password does not open the certificate");
    }
    opened_with = nullptr;
  }
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* chain = nullptr;
  const int parsed = PKCS12_parse(bundle, opened_with, &key, &certificate, &chain);
  const Key owned_key(key);
  const Certificate owned_certificate(certificate);
  const Stack owned_chain(chain);
  ERR_clear_error();
  if (parsed != 1 || !owned_key || !owned_certificate) {
    return failed_at(Stage::kInput, "the text holds no certificate with its private key");
  }
  Identity identity{pem_of(certificate), pem_of(key), end_of(certificate)};
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i)
    identity.certificate += pem_of(sk_X509_value(chain, i));
  return identity;
}

}  // namespace

base::Result<Identity> read_certificate(const base::Secret& text) {
  const std::string& pem = text.reveal();
  Certificate certificate = certificate_in(pem);
  if (!certificate) {
    const auto der = from_loose_base64(pem);
    const auto* bytes = der ? reinterpret_cast<const unsigned char*>(der->data()) : nullptr;
    if (der) certificate.reset(d2i_X509(nullptr, &bytes, static_cast<long>(der->size())));
    ERR_clear_error();
    if (!certificate) return failed_at(Stage::kInput, "the text is not a certificate");
    return Identity{pem_of(certificate.get()), base::Secret(), end_of(certificate.get())};
  }
  const Key key = key_in(pem);
  return Identity{certificates_of(pem), key ? pem_of(key.get()) : base::Secret(), end_of(certificate.get())};
}

base::Result<Identity> read_pkcs12(const base::Secret& text, const base::Secret& password, bool& wrong_password) {
  wrong_password = false;
  if (text.reveal().find("-----BEGIN") != std::string::npos) {
    auto identity = read_certificate(text);
    if (identity && identity->key.empty()) return failed_at(Stage::kInput, "the text holds no private key");
    return identity;
  }
  auto der = from_loose_base64(text.reveal());
  if (!der) der = text.reveal();
  const auto* bytes = reinterpret_cast<const unsigned char*>(der->data());
  const Bundle bundle(d2i_PKCS12(nullptr, &bytes, static_cast<long>(der->size())));
  ERR_clear_error();
  if (!bundle) return failed_at(Stage::kInput, "the text is not Base64 of a PKCS#12 (PFX) file");
  auto identity = from_bundle(bundle.get(), password, wrong_password);
  base::wipe(der->data(), der->size());
  return identity;
}

std::optional<std::string> certificate_digest(std::string_view pem, bool sha256) {
  const Certificate certificate = certificate_in(pem);
  if (!certificate) return std::nullopt;
  return digest_of(certificate.get(), sha256 ? EVP_sha256() : EVP_sha1());
}

base::Result<std::string> sign_rsa(const base::Secret& key_pem, std::string_view data, std::string_view digest) {
  const Key key = key_in(key_pem.reveal());
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return failed_at(Stage::kInput, "the text is not an RSA private key without a passphrase");
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  std::size_t size = out.size();
  bool signed_it = false;
  if (digest.empty()) {
    const KeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
    signed_it = context && EVP_PKEY_sign_init(context.get()) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_sign(context.get(), to, &size, bytes, data.size()) == 1;
  } else {
    const Context context(EVP_MD_CTX_new());
    signed_it = context &&
                EVP_DigestSignInit(context.get(), nullptr, EVP_get_digestbyname(std::string(digest).c_str()), nullptr,
                                   key.get()) == 1 &&
                EVP_DigestSign(context.get(), to, &size, bytes, data.size()) == 1;
  }
  ERR_clear_error();
  if (!signed_it) return failed_at(Stage::kInternal, "the signature could not be made");
  out.resize(size);
  return out;
}

}  // namespace probes
