#include "net/curl_transfer.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

#include "base/file.h"
#include "base/freed.h"
#include "base/strings.h"
#include "net/address.h"
#include "net/transfer_error.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

using base::Freed;
using EasyHandle = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using MultiHandle = std::unique_ptr<CURLM, Freed<curl_multi_cleanup>>;

// A header list that is wiped when it goes: one of its lines is the Authorization value.
class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() {
    for (curl_slist* line = list_; line != nullptr; line = line->next) base::wipe(line->data, std::strlen(line->data));
    curl_slist_free_all(list_);
  }
  void add(const std::string& line) {
    if (curl_slist* grown = curl_slist_append(list_, line.c_str()); grown != nullptr) list_ = grown;
  }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

// What the callbacks of one transfer see.
struct Transfer {
  const Plan& plan;
  const ClientRequest& request;
  const ClientLimits& limits;
  const CallOptions* options = nullptr;
  Noticed* noticed = nullptr;
  ClientResponse response = {};
  std::size_t head_bytes = 0;
  bool answered = false;
  bool blocked = false;
  Overflow overflow = Overflow::kNone;
};

std::optional<Address> address_of(const curl_sockaddr& target) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* bytes = nullptr;
  if (target.family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in*>(&target.addr)->sin_addr;
  if (target.family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6*>(&target.addr)->sin6_addr;
  if (bytes == nullptr || inet_ntop(target.family, bytes, text, sizeof text) == nullptr) return std::nullopt;
  return parse_address(text);
}

// The last word on where a connection goes: only to an address that the policy saw.
curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* target) {
  auto& transfer = *static_cast<Transfer*>(context);
  const auto address = address_of(*target);
  const auto& checked = transfer.plan.addresses;
  const bool known = address && std::any_of(checked.begin(), checked.end(),
                                            [&](const std::string& text) { return parse_address(text) == address; });
  if (!known) {
    transfer.blocked = true;
    return CURL_SOCKET_BAD;
  }
  return socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  transfer.answered = true;
  transfer.head_bytes += size * count;
  if (transfer.head_bytes > transfer.limits.head) {
    transfer.overflow = Overflow::kHead;
    return 0;
  }
  const std::string_view line = base::trim(std::string_view(data, size * count));
  if (line.starts_with("HTTP/")) {  // the final answer after a 1xx
    transfer.response.headers = {};
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    transfer.response.headers.add(std::string(line.substr(0, colon)), std::string(base::trim(line.substr(colon + 1))));
  }
  return size * count;
}

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const std::size_t room = transfer.request.response_limit - transfer.response.body.size();
  if (size * count > room) {
    if (transfer.options != nullptr) transfer.response.body.append(data, room);
    transfer.overflow = Overflow::kBody;
    return 0;
  }
  transfer.response.body.append(data, size * count);
  return size * count;
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  curl_easy_setopt(easy, option, value);
}

std::string pin(const Url& url, const std::vector<std::string>& addresses) {
  std::string list;
  for (const std::string& address : addresses) {
    const bool is_v6 = address.find(':') != std::string::npos;
    list += (list.empty() ? "" : ",") + (is_v6 ? "[" + address + "]" : address);
  }
  return url.host + ":" + std::to_string(url.port) + ":" + list;
}

void set_fixed_options(CURL* easy) {
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(easy, CURLOPT_HEADERFUNCTION, &take_header);
  set(easy, CURLOPT_WRITEFUNCTION, &take_body);
}

void set_trust(CURL* easy, const std::string& ca) {
  if (ca.empty()) return;
  curl_blob blob{.data = const_cast<char*>(ca.data()), .len = ca.size(), .flags = CURL_BLOB_NOCOPY};
  set(easy, CURLOPT_CAINFO_BLOB, &blob);
  set(easy, CURLOPT_PROXY_CAINFO_BLOB, &blob);
}

// SHA-1 over the whole certificate, as Windows tools print it; compared without regard to case and separators.
int check_thumbprint(X509_STORE_CTX* context, void* argument) {
  auto& transfer = *static_cast<Transfer*>(argument);
  const X509* certificate = X509_STORE_CTX_get0_cert(context);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha1(), digest.data(), &size) != 1) return 0;
  const std::string seen = base::to_hex({reinterpret_cast<const char*>(digest.data()), size});
  transfer.noticed->thumbprint = seen;
  const auto& wanted = transfer.options->thumbprints;
  const bool known = std::any_of(wanted.begin(), wanted.end(),
                                 [&](const std::string& text) { return canonical_thumbprint(text) == seen; });
  if (!known) X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_REJECTED);
  return known ? 1 : 0;
}

CURLcode install_thumbprint_check(CURL*, void* ssl_context, void* transfer) {
  SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(ssl_context), &check_thumbprint, transfer);
  return CURLE_OK;
}

void set_call_options(CURL* easy, Transfer& transfer) {
  const CallOptions& options = *transfer.options;
  if (options.check != ServerCheck::kAuthorities) set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  if (options.check == ServerCheck::kNothing) set(easy, CURLOPT_SSL_VERIFYPEER, 0L);
  if (options.check == ServerCheck::kThumbprint) {
    set(easy, CURLOPT_SSL_CTX_FUNCTION, &install_thumbprint_check);
    set(easy, CURLOPT_SSL_CTX_DATA, &transfer);
  }
  if (options.client_certificate.empty()) return;
  curl_blob certificate{.data = const_cast<char*>(options.client_certificate.data()),
                        .len = options.client_certificate.size(),
                        .flags = CURL_BLOB_NOCOPY};
  curl_blob key{.data = const_cast<char*>(options.client_key.reveal().data()),
                .len = options.client_key.size(),
                .flags = CURL_BLOB_NOCOPY};
  set(easy, CURLOPT_SSLCERT_BLOB, &certificate);
  set(easy, CURLOPT_SSLCERTTYPE, "PEM");
  set(easy, CURLOPT_SSLKEY_BLOB, &key);
  set(easy, CURLOPT_SSLKEYTYPE, "PEM");
}

void set_method(CURL* easy, const ClientRequest& request, HeaderList& headers) {
  const bool has_body =
      !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (has_body) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    if (!request.headers.has("Content-Type")) headers.add("Content-Type:");
    headers.add("Expect:");
  } else if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void fill_headers(const ClientRequest& request, HeaderList& headers) {
  for (const auto& [name, value] : request.headers.fields()) {
    headers.add(value.empty() ? name + ";" : name + ": " + value);  // libcurl's way to send an empty one
  }
  if (!request.headers.has("User-Agent")) headers.add("User-Agent: runbridge");
  if (!request.headers.has("Accept")) headers.add("Accept: */*");
  if (request.authorization.empty()) return;
  std::string line = "Authorization: " + request.authorization.reveal();
  headers.add(line);
  base::wipe(line.data(), line.size());
}

// Rounded up: to a server near by a step takes less than a millisecond, and 0 is one that was not taken.
milliseconds reached(CURL* easy, CURLINFO info) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, info, &microseconds);
  return std::chrono::ceil<milliseconds>(std::chrono::microseconds(microseconds));
}

// When the step that the transfer is in has to be over, counted from its start.
milliseconds deadline(CURL* easy, const Transfer& transfer) {
  const milliseconds total = transfer.request.timeout;
  if (transfer.answered) return total;
  const auto& limits = transfer.limits;
  if (const auto sent = reached(easy, CURLINFO_PRETRANSFER_TIME_T); sent.count() > 0) {
    return std::min(total, sent + limits.first_byte);
  }
  if (const auto connected = reached(easy, CURLINFO_CONNECT_TIME_T); connected.count() > 0) {
    return std::min(total, connected + limits.tls);
  }
  return std::min(total, limits.connect);
}

std::optional<CURLcode> finished(CURLM* multi) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg == CURLMSG_DONE) return message->data.result;
  }
  return std::nullopt;
}

CURLcode drive(CURLM* multi, CURL* easy, const Transfer& transfer) {
  const auto start = steady_clock::now();
  const std::stop_token stop = transfer.options == nullptr ? std::stop_token() : transfer.options->stop;
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  for (;;) {
    if (stop.stop_requested()) return CURLE_ABORTED_BY_CALLBACK;
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (const auto code = finished(multi)) return *code;
    const auto spent = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
    const auto left = deadline(easy, transfer) - spent;
    if (left.count() <= 0) return CURLE_OPERATION_TIMEDOUT;
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(std::min(left, milliseconds(1000)).count()), nullptr);
  }
}

void initialize_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

struct CurlSession::Handles {
  MultiHandle multi;
  EasyHandle easy;
};

CurlSession::CurlSession() {
  initialize_once();
  handles_ = std::make_unique<Handles>(Handles{MultiHandle(curl_multi_init()), EasyHandle(curl_easy_init())});
}

CurlSession::~CurlSession() = default;

base::Result<ClientResponse> CurlSession::run(const Plan& plan, const ClientRequest& request,
                                              const ClientLimits& limits) {
  TransferFailure failure;
  Noticed noticed;
  auto response = attempt(plan, request, limits, nullptr, failure, noticed);
  if (response) return *std::move(response);
  return transfer_error(failure);
}

std::optional<ClientResponse> CurlSession::attempt(const Plan& plan, const ClientRequest& request,
                                                   const ClientLimits& limits, const CallOptions* options,
                                                   TransferFailure& failure, Noticed& noticed) {
  CURL* easy = handles_->easy.get();
  CURLM* multi = handles_->multi.get();
  if (easy == nullptr || multi == nullptr) {
    failure.code = CURLE_OUT_OF_MEMORY;
    failure.text = "no memory for a handle";
    return std::nullopt;
  }
  Transfer transfer{.plan = plan, .request = request, .limits = limits, .options = options, .noticed = &noticed};
  char error_text[CURL_ERROR_SIZE] = {};
  HeaderList headers, pins, targets;
  curl_easy_reset(easy);
  set_fixed_options(easy);
  set_trust(easy, plan.ca);
  if (options != nullptr) set_call_options(easy, transfer);
  fill_headers(request, headers);
  set_method(easy, request, headers);
  const std::string url = plan.url.text();
  const std::string proxy = plan.proxy ? plan.proxy->origin() : "";  // "" also keeps the environment's proxies out
  set(easy, CURLOPT_URL, url.c_str());
  set(easy, CURLOPT_PROXY, proxy.c_str());
  set(easy, CURLOPT_NOPROXY, "");
  if (plan.connect_to.empty()) {
    pins.add(pin(plan.proxy.value_or(plan.url), plan.addresses));
    set(easy, CURLOPT_RESOLVE, pins.get());
  } else {
    targets.add(plan.connect_to);
    set(easy, CURLOPT_CONNECT_TO, targets.get());
  }
  set(easy, CURLOPT_HTTPHEADER, headers.get());
  set(easy, CURLOPT_ERRORBUFFER, error_text);
  set(easy, CURLOPT_OPENSOCKETDATA, &transfer);
  set(easy, CURLOPT_HEADERDATA, &transfer);
  set(easy, CURLOPT_WRITEDATA, &transfer);
  // Longer than our own deadlines, which are the ones that count; libcurl's own default for the connect is 5 minutes.
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>((request.timeout + milliseconds(1000)).count()));
  curl_multi_add_handle(multi, easy);
  const CURLcode code = drive(multi, easy, transfer);
  long status = 0, verified = 0, proxy_status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verified);
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  curl_multi_remove_handle(multi, easy);
  curl_easy_reset(easy);  // forgets the pointers into this frame
  noticed.body_cut = options != nullptr && transfer.overflow == Overflow::kBody;
  if (code == CURLE_OK || noticed.body_cut) {
    transfer.response.status = static_cast<int>(status);
    return std::move(transfer.response);
  }
  failure = {.code = code,
             .text = error_text,
             .verified = verified,
             .proxy_status = proxy_status,
             .answered = transfer.answered,
             .blocked = transfer.blocked,
             .overflow = transfer.overflow,
             .origin = plan.url.origin(),
             .host = plan.url.host,
             .proxy = proxy,
             .response_limit = request.response_limit,
             .head_limit = limits.head};
  return std::nullopt;
}

std::string system_ca_bundle() {
  initialize_once();
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  constexpr std::size_t kLargest = std::size_t{8} << 20U;
  if (info->cainfo == nullptr) return {};
  return base::read_file(info->cainfo, kLargest).value_or("");
}

}  // namespace net
