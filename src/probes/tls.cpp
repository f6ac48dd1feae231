#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/freed.h"
#include "base/strings.h"
#include "net/address.h"
#include "probes/failure.h"
#include "probes/stream.h"

namespace probes {
namespace {

using base::Freed;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, Freed<SSL_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

Bio reading(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

void add_authorities(SSL_CTX* context, const std::string& pem) {
  const Bio bio = reading(pem);
  while (const Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), next.get());
  }
  ERR_clear_error();
}

base::Status use_identity(SSL_CTX* context, const TlsOptions& options) {
  if (options.client_certificate.empty()) return {};
  const Bio bio = reading(options.client_certificate);
  const Certificate own(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  const Bio key_bio = reading(options.client_key.reveal());
  const Key key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  bool fine =
      own && key && SSL_CTX_use_certificate(context, own.get()) == 1 && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  while (fine) {
    const Certificate next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    fine = SSL_CTX_add1_chain_cert(context, next.get()) == 1;
  }
  ERR_clear_error();
  if (!fine) return failed_at(Stage::kInput, "The client certificate and its key cannot be used together.");
  return {};
}

std::string thumbprint_of(SSL* ssl) {
  const Certificate certificate(SSL_get1_peer_certificate(ssl));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha1(), digest.data(), &size) != 1) return {};
  return base::to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

class TlsStream final : public Stream {
 public:
  explicit TlsStream(Stream& below) : below_(below) {}

  base::Status handshake(const TlsOptions& options) {
    RETURN_IF_ERROR(prepare(options));
    for (;;) {
      const int done = SSL_connect(ssl_.get());
      const int why = SSL_get_error(ssl_.get(), done);
      RETURN_IF_ERROR(flush());
      if (done == 1) break;
      if (why != SSL_ERROR_WANT_READ) return handshake_failure(options);
      ASSIGN_OR_RETURN(const bool more, fill());
      if (!more) return failed_at(Stage::kTls, "it closed the connection during the TLS handshake");
    }
    const std::string thumbprint = thumbprint_of(ssl_.get());
    if (options.seen_thumbprint != nullptr) *options.seen_thumbprint = thumbprint;
    if (options.check != net::ServerCheck::kThumbprint) return {};
    const bool known = std::any_of(options.thumbprints.begin(), options.thumbprints.end(), [&](const std::string& one) {
      return net::canonical_thumbprint(one) == thumbprint;
    });
    if (known) return {};
    return failed_at(Stage::kTlsUntrusted, "its thumbprint is " + thumbprint);
  }

  base::Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const int count =
          SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 16'384)));
      RETURN_IF_ERROR(flush());
      if (count > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
        continue;
      }
      if (SSL_get_error(ssl_.get(), count) != SSL_ERROR_WANT_READ) return broken();
      ASSIGN_OR_RETURN(const bool more, fill());
      if (!more) return failed_at(Stage::kProtocol, "it closed the connection");
    }
    return {};
  }

  base::Result<std::string> read_some(std::size_t most) override {
    std::string buffer(std::min(most, std::size_t{16} << 10U), '\0');
    for (;;) {
      const int count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
      const int why = SSL_get_error(ssl_.get(), count);
      RETURN_IF_ERROR(flush());
      if (count > 0) {
        buffer.resize(static_cast<std::size_t>(count));
        return buffer;
      }
      if (why == SSL_ERROR_ZERO_RETURN) return std::string();
      if (why != SSL_ERROR_WANT_READ) return broken();
      ASSIGN_OR_RETURN(const bool more, fill());
      if (!more) return std::string();
    }
  }

 private:
  base::Status prepare(const TlsOptions& options) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_) return failed_at(Stage::kInternal, "no TLS context");
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    if (options.no_newer_than_1_2) SSL_CTX_set_max_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_default_verify_paths(context_.get());
    add_authorities(context_.get(), options.ca_bundle);
    RETURN_IF_ERROR(use_identity(context_.get(), options));
    const bool chain = options.check == net::ServerCheck::kAuthorities;
    SSL_CTX_set_verify(context_.get(), chain ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    ssl_.reset(SSL_new(context_.get()));
    if (!ssl_) return failed_at(Stage::kInternal, "no TLS session");
    if (net::parse_address(options.server_name)) {
      if (chain) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), options.server_name.c_str());
    } else {
      SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(options.server_name.c_str()));
      if (chain) SSL_set1_host(ssl_.get(), options.server_name.c_str());
    }
    incoming_ = BIO_new(BIO_s_mem());
    outgoing_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), incoming_, outgoing_);
    return {};
  }

  base::Status flush() {
    std::array<char, 16'384> buffer{};
    for (;;) {
      const int count = BIO_read(outgoing_, buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) return {};
      RETURN_IF_ERROR(below_.write({buffer.data(), static_cast<std::size_t>(count)}));
    }
  }

  base::Result<bool> fill() {
    ASSIGN_OR_RETURN(const std::string bytes, below_.read_some(16'384));
    if (bytes.empty()) return false;
    BIO_write(incoming_, bytes.data(), static_cast<int>(bytes.size()));
    return true;
  }

  base::Status handshake_failure(const TlsOptions& options) {
    const long verified = SSL_get_verify_result(ssl_.get());
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH) {
      return failed_at(Stage::kTlsName, "it does not name " + options.server_name);
    }
    if (verified != X509_V_OK && options.check == net::ServerCheck::kAuthorities) {
      return failed_at(Stage::kTlsUntrusted, X509_verify_cert_error_string(verified));
    }
    if (is_client_alert(code)) return failed_at(Stage::kTlsClient, "it refused the client certificate");
    return failed_at(Stage::kTls, "no TLS on this port, or no version and cipher in common");
  }

  base::Error broken() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (is_client_alert(code)) return failed_at(Stage::kTlsClient, "it refused the client certificate");
    return failed_at(Stage::kProtocol, "the TLS connection broke");
  }

  static bool is_client_alert(unsigned long code) {
    const int reason = ERR_GET_REASON(code);
    return reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED || reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE ||
           reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA || reason == SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED ||
           reason == SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN;
  }

  Stream& below_;
  Context context_;
  Ssl ssl_;
  BIO* incoming_ = nullptr;  // owned by ssl_
  BIO* outgoing_ = nullptr;
};

}  // namespace

base::Result<std::unique_ptr<Stream>> start_tls(Stream& below, const TlsOptions& options) {
  auto stream = std::make_unique<TlsStream>(below);
  RETURN_IF_ERROR(stream->handshake(options));
  return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace probes
