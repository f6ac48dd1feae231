#include "catalogue/keys.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

#include "base/freed.h"
#include "base/strings.h"

namespace catalogue {
namespace {

using base::Freed;
void free_stack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Pkcs12 = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;
using Chain = std::unique_ptr<STACK_OF(X509), Freed<free_stack>>;

// OpenSSL 3 keeps the ciphers of old PFX files (RC2, DES) apart; they get a context of their own.
OSSL_LIB_CTX* old_ciphers() {
  static OSSL_LIB_CTX* const context = [] {
    OSSL_LIB_CTX* made = OSSL_LIB_CTX_new();
    OSSL_PROVIDER_load(made, "default");
    OSSL_PROVIDER_load(made, "legacy");
    return made;
  }();
  return context;
}

Bio reader_of(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::string written(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string{};
}

// Asked for a passphrase, OpenSSL must not turn to the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

Certificate next_certificate(BIO* bio) {
  return Certificate(PEM_read_bio_X509_AUX(bio, nullptr, no_passphrase, nullptr));
}

Key first_key(std::string_view pem) {
  const Bio bio = reader_of(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return key;
}

std::size_t count_certificates(std::string_view pem) {
  const Bio bio = reader_of(pem);
  std::size_t count = 0;
  while (next_certificate(bio.get())) ++count;
  ERR_clear_error();
  return count;
}

Pkcs12 read_pfx(std::string_view bytes) {
  Pkcs12 pfx(PKCS12_init_ex(NID_pkcs7_data, old_ciphers(), nullptr));
  const Bio bio = reader_of(bytes);
  PKCS12* target = pfx.get();
  if (target == nullptr || d2i_PKCS12_bio(bio.get(), &target) == nullptr) {
    if (target == nullptr) (void)pfx.release();  // freed by the reader when it failed
    ERR_clear_error();
    return nullptr;
  }
  return pfx;
}

struct Opened {
  Key key;
  Certificate certificate;
  Chain chain;
  PfxProblem problem = PfxProblem::kNone;
};

Opened open_pfx(std::string_view base64, std::string_view password) {
  Opened opened;
  const std::string bytes = lenient_base64(base64);
  opened.problem = PfxProblem::kNotBase64;
  if (bytes.empty()) return opened;
  const Pkcs12 pfx = read_pfx(bytes);
  opened.problem = PfxProblem::kNotPfx;
  if (!pfx) return opened;
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* chain = nullptr;
  const int read = PKCS12_parse(pfx.get(), std::string(password).c_str(), &key, &certificate, &chain);
  opened.key.reset(key);
  opened.certificate.reset(certificate);
  opened.chain.reset(chain);
  ERR_clear_error();
  const bool whole = opened.key && opened.certificate;
  opened.problem = read != 1 ? PfxProblem::kPassword : whole ? PfxProblem::kNone : PfxProblem::kNoKey;
  return opened;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string without_returns(std::string_view text) { return base::replace_all(text, "\r\n", "\n"); }

}  // namespace

std::vector<std::string> pem_labels(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kDashes = "-----";
  std::vector<std::string> labels;
  while (true) {
    const std::size_t begin = text.find(kBegin);
    if (begin == std::string_view::npos) return labels;
    text.remove_prefix(begin + kBegin.size());
    const std::size_t dashes = text.find(kDashes);
    if (dashes > 64) return {};  // npos is
    const std::string label(text.substr(0, dashes));
    const std::string end = "-----END " + label + "-----";
    const std::size_t close = text.find(end);
    if (close == std::string_view::npos || text.substr(0, close).find(kBegin) != std::string_view::npos) return {};
    labels.push_back(label);
    text.remove_prefix(close + end.size());
  }
}

bool has_certificates(std::string_view pem) {
  const auto labels = pem_labels(pem);
  const auto wanted = std::count_if(labels.begin(), labels.end(),
                                    [](const std::string& label) { return label.ends_with("CERTIFICATE"); });
  return wanted > 0 && count_certificates(pem) == static_cast<std::size_t>(wanted);
}

std::string private_key_type(std::string_view pem) {
  const Key key = first_key(pem);
  const char* name = key ? EVP_PKEY_get0_type_name(key.get()) : nullptr;
  return name == nullptr ? std::string{} : std::string(name);
}

bool key_belongs_to_certificate(std::string_view key_pem, std::string_view certificate_pem) {
  const Key key = first_key(key_pem);
  const Bio bio = reader_of(certificate_pem);
  const Certificate certificate = next_certificate(bio.get());
  const bool belongs = key && certificate && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  return belongs;
}

std::string lenient_base64(std::string_view text) {
  std::string dense;
  dense.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(dense), [](char c) { return !is_space(c); });
  return base::from_base64(dense).value_or("");
}

std::string certificate_as_pem(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  if (text.find(kBegin) != std::string_view::npos) return without_returns(text);
  const std::string bytes = lenient_base64(text);
  if (bytes.find(kBegin) != std::string::npos) return without_returns(bytes);
  const Bio in = reader_of(bytes);
  const Certificate certificate(bytes.empty() ? nullptr : d2i_X509_bio(in.get(), nullptr));
  const Bio out(BIO_new(BIO_s_mem()));
  const bool done = certificate && PEM_write_bio_X509(out.get(), certificate.get()) == 1;
  ERR_clear_error();
  return done ? written(out.get()) : std::string(text);
}

PfxProblem problem_of_pfx(std::string_view base64, std::string_view password) {
  return open_pfx(base64, password).problem;
}

base::Result<std::string> pem_of_pfx(std::string_view base64, std::string_view password) {
  const Opened opened = open_pfx(base64, password);
  if (opened.problem != PfxProblem::kNone) {
    return base::invalid("The PFX cannot be opened: it is damaged, or its password is another.");
  }
  const Bio out(BIO_new(BIO_s_mem()));
  bool done = PEM_write_bio_X509(out.get(), opened.certificate.get()) == 1 &&
              PEM_write_bio_PrivateKey(out.get(), opened.key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  for (int i = 0; opened.chain && i < sk_X509_num(opened.chain.get()); ++i) {
    done = done && PEM_write_bio_X509(out.get(), sk_X509_value(opened.chain.get(), i)) == 1;
  }
  if (!done) return base::internal("a certificate cannot be written as PEM");
  return written(out.get());
}

base::Result<std::string> pfx_of_pem(std::string_view pem) {
  const Key key = first_key(pem);
  const Bio bio = reader_of(pem);
  const Certificate certificate = next_certificate(bio.get());
  if (!key || !certificate) return base::invalid("The PEM text needs a certificate and its private key.");
  const Chain chain(sk_X509_new_null());
  while (Certificate more = next_certificate(bio.get())) sk_X509_push(chain.get(), more.release());
  ERR_clear_error();
  const Pkcs12 pfx(PKCS12_create("", nullptr, key.get(), certificate.get(), chain.get(), 0, 0, 0, 0, 0));
  const Bio out(BIO_new(BIO_s_mem()));
  if (!pfx || i2d_PKCS12_bio(out.get(), pfx.get()) != 1) return base::internal("a PKCS#12 file cannot be written");
  return written(out.get());
}

}  // namespace catalogue
