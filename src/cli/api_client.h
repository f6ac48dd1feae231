#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "base/secret.h"
#include "net/http_client.h"

namespace cli {

using Json = nlohmann::json;

// The server's API, as a person's client sees it. Errors carry the server's own words and the request id.
class ApiClient {
 public:
  // `address`: "http://127.0.0.1:8080". kInvalid when it is not a URL.
  static base::Result<ApiClient> connect(const std::string& address, base::Secret token);

  // `path` is below /api/v2 ("/organizations") or, with a leading "//", below the address itself ("//healthz").
  base::Result<Json> get(const std::string& path);
  base::Result<Json> post(const std::string& path, const Json& body);
  base::Result<Json> patch(const std::string& path, const Json& body);
  base::Result<Json> remove(const std::string& path);
  base::Result<Json> remove(const std::string& path, const Json& body);
  // Every page of a list, as one document with `data` and `included`.
  base::Result<Json> get_all(const std::string& path);
  // A body as it is, from an absolute URL of this server (logs).
  base::Result<std::string> get_text(const std::string& url);

  const std::string& address() const { return address_; }

 private:
  ApiClient(std::string address, base::Secret token, std::unique_ptr<net::HttpClient> http);
  base::Result<net::ClientResponse> send(std::string_view method, const std::string& url, const std::string& body);
  base::Result<Json> call(std::string_view method, const std::string& path, const Json* body);

  std::string address_;
  base::Secret token_;
  std::unique_ptr<net::HttpClient> http_;
};

// {"data":{"type","attributes"}}
Json resource(const std::string& type, const Json& attributes);

}  // namespace cli
