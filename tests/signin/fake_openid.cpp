#include "tests/signin/fake_openid.h"

#include "base/strings.h"
#include "crypto/hash.h"

namespace signin {

using jsonapi::Json;

std::map<std::string, std::string> fields_of(std::string_view form) {
  std::map<std::string, std::string> fields;
  for (const std::string& pair : base::split(form, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) continue;
    fields[pair.substr(0, equals)] = base::url_decode(pair.substr(equals + 1)).value_or("");
  }
  return fields;
}

std::string FakeOpenId::sign_in(const std::string& authorization_url) {
  const auto asked = fields_of(authorization_url.substr(authorization_url.find('?') + 1));
  const std::string code = "code-" + std::to_string(codes_.size() + 1);
  codes_[code] = asked;
  return "code=" + code + "&state=" + base::url_encode(asked.at("state"));
}

net::ClientResponse FakeOpenId::token(const net::ClientRequest& request) {
  const auto sent = fields_of(request.body);
  const auto asked = codes_.find(sent.at("code"));
  const bool is_right =
      asked != codes_.end() && sent.at("redirect_uri") == asked->second.at("redirect_uri") &&
      base::to_base64url(crypto::sha256(sent.at("code_verifier"))) == asked->second.at("code_challenge") &&
      request.authorization.reveal() == "Basic " + base::to_base64("runbridge:it%27s%20secret");
  if (!is_right) return {400, {}, R"({"error":"invalid_grant"})"};
  Json claims{{"iss", kIssuer},
              {"aud", "runbridge"},
              {"nonce", asked->second.at("nonce")},
              {"iat", base::to_millis(clock_.now()) / 1000},
              {"exp", base::to_millis(clock_.now()) / 1000 + 300},
              {"sub", person.at("sub")}};
  if (userinfo.is_null()) claims.update(person);
  change(claims);
  codes_.erase(asked);
  return {
      200, {}, jsonapi::dump({{"id_token", signer->sign(claims)}, {"access_token", "at"}, {"token_type", "Bearer"}})};
}

base::Result<net::ClientResponse> FakeOpenId::send(const net::Endpoint&, const net::ClientRequest& request) {
  const std::string path = request.url.substr(std::string(kIssuer).size());
  ++calls[path];
  requests.push_back(request);
  if (is_down) return base::unavailable("id.test cannot be reached.");
  if (path == "/.well-known/openid-configuration") {
    return net::ClientResponse{200,
                               {},
                               jsonapi::dump({{"issuer", kIssuer},
                                              {"authorization_endpoint", "https://id.test/authorize"},
                                              {"token_endpoint", "https://id.test/token"},
                                              {"userinfo_endpoint", "https://id.test/userinfo"},
                                              {"jwks_uri", "https://id.test/keys"}})};
  }
  if (path == "/keys") {
    return net::ClientResponse{200, {}, jsonapi::dump({{"keys", {(published ? *published : *signer).jwk()}}})};
  }
  if (path == "/token") return token(request);
  if (path == "/userinfo" && request.authorization.reveal() == "Bearer at") {
    return net::ClientResponse{200, {}, jsonapi::dump(userinfo)};
  }
  return net::ClientResponse{404, {}, "{}"};
}

}  // namespace signin
