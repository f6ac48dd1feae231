#include "net/call.h"

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "net/address.h"
#include "net/client_request.h"
#include "net/curl_transfer.h"
#include "net/transfer_error.h"

namespace net {
namespace {

CallResult stopped_at(CallStage stage, std::string detail) { return {.stage = stage, .detail = std::move(detail)}; }

bool mentions(const TransferFailure& failure, const char* words) {
  return failure.text.find(words) != std::string::npos;
}

// What OpenSSL calls the alerts (RFC 8446 section 6.2) that speak of our certificate.
struct Alert {
  const char* words;
  const char* name;
};
constexpr std::array<Alert, 7> kClientAlerts{{{"alert bad certificate", "bad_certificate"},
                                              {"alert certificate required", "certificate_required"},
                                              {"alert unknown ca", "unknown_ca"},
                                              {"alert certificate expired", "certificate_expired"},
                                              {"alert certificate revoked", "certificate_revoked"},
                                              {"alert unsupported certificate", "unsupported_certificate"},
                                              {"alert certificate unknown", "certificate_unknown"}}};

CallResult from_certificate(const TransferFailure& failure, const Noticed& noticed) {
  if (!noticed.thumbprint.empty()) {
    CallResult result = stopped_at(CallStage::kTlsUntrusted, "its thumbprint is " + noticed.thumbprint);
    result.thumbprint = noticed.thumbprint;
    return result;
  }
  if (mentions(failure, "match")) return stopped_at(CallStage::kTlsName, "it does not name " + failure.host);
  return stopped_at(CallStage::kTlsUntrusted, X509_verify_cert_error_string(failure.verified));
}

std::string connect_words(const TransferFailure& failure) {
  for (const char* words : {"Connection refused", "No route to host", "Network is unreachable"}) {
    if (mentions(failure, words)) return base::to_lower(words);
  }
  return "it was refused";
}

bool is_handshake(int code) {
  return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CIPHER || code == CURLE_SSL_CERTPROBLEM;
}

CallResult from_failure(const TransferFailure& failure, const Noticed& noticed) {
  if (failure.blocked) return stopped_at(CallStage::kBlocked, "it led to an address that was not checked");
  if (failure.code == CURLE_ABORTED_BY_CALLBACK) return stopped_at(CallStage::kStopped, "the check was stopped");
  if (failure.proxy_status >= 300) {
    return stopped_at(CallStage::kProxy, "status " + std::to_string(failure.proxy_status));
  }
  if (failure.code == CURLE_OPERATION_TIMEDOUT) return stopped_at(CallStage::kTimeout, "");
  for (const Alert& alert : kClientAlerts) {
    if (mentions(failure, alert.words)) return stopped_at(CallStage::kTlsClient, alert.name);
  }
  if (failure.code == CURLE_PEER_FAILED_VERIFICATION) return from_certificate(failure, noticed);
  if (failure.code == CURLE_SSL_CERTPROBLEM) {
    return stopped_at(CallStage::kInvalid, "the client certificate and its key cannot be used together");
  }
  if (is_handshake(failure.code) && !mentions(failure, "SSL_ERROR_SYSCALL")) {
    return stopped_at(CallStage::kTls, "no TLS on this port, or no version and cipher in common");
  }
  if (failure.code == CURLE_COULDNT_CONNECT) return stopped_at(CallStage::kConnect, connect_words(failure));
  if (failure.overflow == Overflow::kHead) return stopped_at(CallStage::kBroken, "its answer's head is too large");
  return stopped_at(CallStage::kBroken, "its answer is cut off or is not HTTP");
}

// "api.example.com:443:127.0.0.1:8443"
std::string connect_to(const Url& url, const Place& place) {
  const auto bracketed = [](const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
  };
  return bracketed(url.host) + ":" + std::to_string(url.port) + ":" + bracketed(place.address) + ":" +
         std::to_string(place.port);
}

CallStage stage_of(const base::Error& error) {
  return error.code == base::Code::kUnavailable ? CallStage::kName : CallStage::kBlocked;
}

}  // namespace

std::string canonical_thumbprint(std::string_view text) {
  std::string digits;
  for (const char c : base::to_lower(text)) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) digits += c;
  }
  return digits;
}

base::Result<Places> find_places(const OutboundPolicy& policy, const Route& route, std::string_view host, int port,
                                 std::chrono::milliseconds limit) {
  if (const auto place = route ? route(host, port) : std::nullopt) {
    RETURN_IF_ERROR(policy.check_address(place->address, place->port, place->address));
    return Places{{place->address}, place->port};
  }
  ASSIGN_OR_RETURN(auto addresses, policy.resolve(host, port, limit));
  return Places{std::move(addresses), port};
}

CallResult call(const OutboundPolicy& policy, const ClientRequest& request, const CallOptions& options) {
  if (const auto fine = check_request(request); !fine) return stopped_at(CallStage::kInvalid, fine.error().message);
  auto url = parse_url(request.url);
  if (!url) return stopped_at(CallStage::kInvalid, url.error().message);
  if (const auto allowed = policy.check_url(*url); !allowed) {
    return stopped_at(CallStage::kBlocked, allowed.error().message);
  }
  static const std::string system_ca = system_ca_bundle();
  Plan plan{.url = *url};
  const std::string& given = options.endpoint.ca_bundle;
  if (!given.empty()) plan.ca = (options.given_authorities_only ? "" : system_ca + "\n") + given + "\n";
  Url first = *url;
  if (!options.endpoint.proxy.empty() && !bypasses_proxy(options.endpoint.no_proxy, url->host)) {
    auto proxy = parse_url(options.endpoint.proxy);
    if (!proxy) return stopped_at(CallStage::kInvalid, proxy.error().message);
    if (const auto known = policy.resolve(url->host, url->port, request.timeout);
        !known && known.error().code == base::Code::kInvalid) {
      return stopped_at(CallStage::kBlocked, known.error().message);
    }
    first = *proxy;
    plan.proxy = *std::move(proxy);
  }
  const auto places = find_places(policy, options.route, first.host, first.port, request.timeout);
  if (!places) return stopped_at(stage_of(places.error()), places.error().message);
  plan.addresses = places->addresses;
  if (options.route && !plan.proxy && options.route(first.host, first.port)) {
    plan.connect_to = connect_to(first, {places->addresses.front(), places->port});
  }
  CurlSession session;
  TransferFailure failure;
  Noticed noticed;
  auto response = session.attempt(plan, request, options.limits, &options, failure, noticed);
  if (!response) return from_failure(failure, noticed);
  return {.response = *std::move(response), .body_cut = noticed.body_cut, .thumbprint = noticed.thumbprint};
}

}  // namespace net
