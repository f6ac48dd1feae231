#include "net/transfer_error.h"

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "net/curl_transfer.h"

namespace net {
namespace {

bool mentions(const TransferFailure& failure, const char* words) {
  return failure.text.find(words) != std::string::npos;
}

base::Error bad_certificate(const TransferFailure& failure) {
  const std::string whose = "The TLS certificate of " + failure.host;
  // libcurl compares the names itself, before it asks OpenSSL for a verdict, and tells only in words.
  if (mentions(failure, "match")) {
    return base::upstream(whose + " is for another name. Use the name that is in the certificate, or have " +
                          failure.host + " added to it.");
  }
  switch (failure.verified) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return base::upstream(whose + " has expired (or this machine's clock is wrong). Renew it on that server.");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return base::upstream(whose + " is not valid yet: check its dates and this machine's clock.");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return base::upstream(whose +
                            " was issued by an authority that this server does not trust. If it is your own, "
                            "add your CA certificate to the provider.");
    default:
      return base::upstream(whose + " is not acceptable: " + X509_verify_cert_error_string(failure.verified) + ".");
  }
}

base::Error bad_handshake(const TransferFailure& failure) {
  if (mentions(failure, "wrong version number") || mentions(failure, "http request") ||
      mentions(failure, "packet length too long")) {
    return base::upstream(failure.origin +
                          " does not speak TLS on this port. Check the port, or use http where that "
                          "is allowed.");
  }
  return base::upstream(failure.host +
                        " offers no TLS protocol version or cipher that is safe to use; TLS 1.2 or newer "
                        "is needed. Configure that server.");
}

base::Error too_large(const TransferFailure& failure) {
  if (failure.overflow == Overflow::kHead) {
    return base::upstream("The head of an answer from " + failure.origin + " is larger than " +
                          std::to_string(failure.head_limit >> 10U) + " KB.");
  }
  return base::upstream("An answer from " + failure.origin + " is larger than " +
                        std::to_string(failure.response_limit >> 10U) + " KB.");
}

bool is_handshake_failure(int code) {
  return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CIPHER || code == CURLE_SSL_CERTPROBLEM;
}

base::Error in_words(const TransferFailure& failure) {
  if (failure.overflow != Overflow::kNone) return too_large(failure);
  if (failure.blocked) return base::invalid(failure.origin + " led to an address that was not checked; not connected.");
  if (failure.proxy_status >= 300) {
    return base::unavailable("The proxy " + failure.proxy + " refused to connect to " + failure.origin + " (status " +
                             std::to_string(failure.proxy_status) + ").");
  }
  if (failure.code == CURLE_PEER_FAILED_VERIFICATION) return bad_certificate(failure);
  if (is_handshake_failure(failure.code) && !mentions(failure, "SSL_ERROR_SYSCALL")) return bad_handshake(failure);
  if (failure.code == CURLE_SSL_CACERT_BADFILE) {
    return base::invalid("The CA bundle of the provider cannot be used; enter it again.");
  }
  if (failure.code == CURLE_OPERATION_TIMEDOUT && failure.answered) {
    return base::unavailable(failure.origin + " began to answer, but did not end in time.");
  }
  const bool unreadable = failure.code == CURLE_WEIRD_SERVER_REPLY || failure.code == CURLE_BAD_CONTENT_ENCODING ||
                          failure.code == CURLE_UNSUPPORTED_PROTOCOL || failure.code == CURLE_PARTIAL_FILE ||
                          failure.answered;
  if (unreadable) return base::upstream(failure.origin + " gave an answer that is cut off or is not HTTP.");
  return base::unavailable(unreachable(failure.proxy.empty() ? failure.origin : failure.proxy));
}

}  // namespace

std::string unreachable(const std::string& origin) {
  return "Cannot reach " + origin +
         ": the name is not known, the port is closed, or nothing answers in time. Check the "
         "address, and whether a firewall or proxy stands between.";
}

base::Error transfer_error(const TransferFailure& failure) {
  base::Error error = in_words(failure);
  error.detail = "libcurl " + std::to_string(failure.code) + ": " + failure.text;
  return error;
}

}  // namespace net
