#include "cli/api_client.h"

#include <nlohmann/json.hpp>

#include <utility>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"

namespace cli {
namespace {

constexpr std::chrono::seconds kPatience{50};
constexpr std::string_view kMediaType = "application/vnd.api+json";

base::Code code_of(int status) {
  switch (status) {
    case 401: return base::Code::kUnauthorized;
    case 404: return base::Code::kNotFound;
    case 409: return base::Code::kConflict;
    case 422: return base::Code::kInvalid;
    case 429: return base::Code::kRateLimited;
    case 503: return base::Code::kUnavailable;
    default: return status >= 500 ? base::Code::kInternal : base::Code::kMalformed;
  }
}

// One line per error of the document: title, detail and which member it is about.
std::string messages_of(const Json& document) {
  std::string text;
  for (const Json& error : jsonapi::get_array(document, "errors")) {
    if (!text.empty()) text += '\n';
    const std::string detail = jsonapi::get_text(error, "detail");
    text += detail.empty() ? jsonapi::get_text(error, "title", "the server gave no reason") : detail;
    const std::string pointer = jsonapi::get_text(error, "source.pointer");
    if (!pointer.empty()) text += " (" + pointer + ")";
  }
  return text;
}

base::Error refusal(const net::ClientResponse& response) {
  std::string text;
  if (const auto document = jsonapi::parse(response.body)) text = messages_of(*document);
  if (text.empty()) text = "the server answered with status " + std::to_string(response.status);
  if (response.status == 401) text += "\nSet RUNBRIDGE_TOKEN or run `runbridge login`.";
  const std::string request_id(response.headers.get_or("X-Request-Id"));
  if (response.status >= 500 && !request_id.empty()) text += " (request " + request_id + ")";
  return {code_of(response.status), text};
}

}  // namespace

Json resource(const std::string& type, const Json& attributes) {
  return Json{{"data", {{"type", type}, {"attributes", attributes}}}};
}

ApiClient::ApiClient(std::string address, base::Secret token, std::unique_ptr<net::HttpClient> http)
    : address_(std::move(address)), token_(std::move(token)), http_(std::move(http)) {}

base::Result<ApiClient> ApiClient::connect(const std::string& address, base::Secret token) {
  auto url = net::parse_url(address);
  if (!url)
    return base::invalid("RUNBRIDGE_ADDRESS '" + address + "' is not a server's address: " + url.error().message);
  // The person names the server, so the client may go there, and nowhere else.
  ASSIGN_OR_RETURN(auto policy, net::OutboundPolicy::parse({url->host}, {url->host}));
  std::string origin = url->origin() + (url->path == "/" ? "" : url->path);
  while (!origin.empty() && origin.back() == '/') origin.pop_back();
  // Some answers take their time: a verification waits 15 s for the service outside.
  net::ClientLimits limits;
  limits.first_byte = kPatience;
  return ApiClient(std::move(origin), std::move(token), net::make_http_client(policy, limits));
}

base::Result<net::ClientResponse> ApiClient::send(std::string_view method, const std::string& url,
                                                  const std::string& body) {
  net::ClientRequest request;
  request.method = std::string(method);
  request.url = url;
  request.headers.set("Accept", std::string(kMediaType));
  if (!body.empty()) request.headers.set("Content-Type", std::string(kMediaType));
  if (!token_.empty()) request.authorization = base::Secret("Bearer " + token_.reveal());
  request.body = body;
  auto response = http_->send({}, request);
  if (!response) {
    return base::Error{response.error().code, "cannot reach " + address_ + ": " + response.error().message};
  }
  if (response->status >= 400) return refusal(*response);
  return response;
}

base::Result<Json> ApiClient::call(std::string_view method, const std::string& path, const Json* body) {
  const bool outside_api = path.rfind("//", 0) == 0;
  const std::string url = address_ + (outside_api ? path.substr(1) : "/api/v2" + path);
  ASSIGN_OR_RETURN(const auto response, send(method, url, body == nullptr ? std::string() : jsonapi::dump(*body)));
  if (base::trim(response.body).empty()) return Json::object();
  jsonapi::Limits limits;
  limits.bytes = std::size_t{16} << 20U;
  auto parsed = jsonapi::parse(response.body, limits);
  if (!parsed) return base::upstream("the answer of " + address_ + " is not JSON; is this a runbridge server?");
  return parsed;
}

base::Result<Json> ApiClient::get(const std::string& path) { return call("GET", path, nullptr); }
base::Result<Json> ApiClient::post(const std::string& path, const Json& body) { return call("POST", path, &body); }
base::Result<Json> ApiClient::patch(const std::string& path, const Json& body) { return call("PATCH", path, &body); }
base::Result<Json> ApiClient::remove(const std::string& path) { return call("DELETE", path, nullptr); }

base::Result<Json> ApiClient::remove(const std::string& path, const Json& body) { return call("DELETE", path, &body); }

base::Result<Json> ApiClient::get_all(const std::string& path) {
  Json all{{"data", Json::array()}, {"included", Json::array()}};
  const char* separator = path.find('?') == std::string::npos ? "?" : "&";
  for (std::int64_t page = 1;; ++page) {
    ASSIGN_OR_RETURN(const Json document,
                     get(path + separator + "page%5Bsize%5D=100&page%5Bnumber%5D=" + std::to_string(page)));
    for (const char* member : {"data", "included"}) {
      for (const Json& item : jsonapi::get_array(document, member)) all[member].push_back(item);
    }
    if (page >= jsonapi::get_integer(document, "meta.pagination.total-pages", 1)) return all;
  }
}

base::Result<std::string> ApiClient::get_text(const std::string& url) {
  ASSIGN_OR_RETURN(auto response, send("GET", url, {}));
  return std::move(response.body);
}

}  // namespace cli
