// URLs that users type: what our parser accepts, libcurl reads the same way, and no name is an address in disguise.
#include <arpa/inet.h>
#include <curl/curl.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "net/outbound_policy.h"

namespace {

void check(bool good) {
  if (!good) std::abort();
}

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  check(curl_url_get(url, which, &text, flags) == CURLUE_OK);
  const std::string copy(text);
  curl_free(text);
  return copy;
}

void check_like_libcurl(const net::Url& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> other(curl_url(), &curl_url_cleanup);
  check(curl_url_set(other.get(), CURLUPART_URL, url.text().c_str(), CURLU_PATH_AS_IS) == CURLUE_OK);
  std::string host = part(other.get(), CURLUPART_HOST);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  check(host == url.host);
  check(part(other.get(), CURLUPART_SCHEME) == url.scheme);
  check(part(other.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT) == std::to_string(url.port));
}

void check_no_disguise(const std::string& host) {
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1 || inet_pton(AF_INET6, host.c_str(), &six) == 1) return;
  check(inet_aton(host.c_str(), &four) == 0);  // what getaddrinfo takes without asking anyone: decimal, octal, hex
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto url = net::parse_url(text);
  if (!url) {
    check(!url.error().message.empty());
    return 0;
  }
  const auto again = net::parse_url(url->text());
  check(again && again->text() == url->text() && net::same_origin(*url, *again));
  check_like_libcurl(*url);
  check_no_disguise(url->host);
  static const net::OutboundPolicy kPolicy;
  (void)kPolicy.check_url(*url);
  return 0;
}
