#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "net/http_client.h"
#include "tests/signin/signer.h"

namespace signin {

inline constexpr const char* kIssuer = "https://id.test";

// A provider of OpenID Connect without a network: answers for discovery, keys, token and userinfo.
class FakeOpenId final : public net::HttpClient {
 public:
  explicit FakeOpenId(const base::Clock& clock) : clock_(clock) {}

  base::Result<net::ClientResponse> send(const net::Endpoint& endpoint, const net::ClientRequest& request) override;

  // A person signs in at the address where the browser was sent: the query that it comes back with.
  std::string sign_in(const std::string& authorization_url);
  jsonapi::Json default_claims() const;

  jsonapi::Json person = {{"sub", "ada-1"}, {"email", "ada@example.com"}, {"email_verified", true}};
  std::function<void(jsonapi::Json&)> change = [](jsonapi::Json&) {};  // of the claims, before they are signed
  std::unique_ptr<Signer> signer = std::make_unique<Signer>("RS256", "one");
  std::unique_ptr<Signer> published;  // instead of signer's own
  jsonapi::Json userinfo;             // null: all claims are in the ID token
  bool is_down = false;
  std::map<std::string, int> calls;  // by path
  std::vector<net::ClientRequest> requests;

 private:
  net::ClientResponse token(const net::ClientRequest& request);

  const base::Clock& clock_;
  std::map<std::string, std::map<std::string, std::string>> codes_;  // what was asked for with each
};

std::map<std::string, std::string> fields_of(std::string_view form);

}  // namespace signin
