#include "tests/connections/fake_sign_ins.h"

#include "base/strings.h"
#include "crypto/hash.h"

using jsonapi::Json;

FakeSignIns::Fields FakeSignIns::query_of(const std::string& url) {
  Fields fields;
  const auto mark = url.find('?');
  for (const auto& pair : base::split(url.substr(mark == std::string::npos ? 0 : mark + 1), '&')) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) continue;
    fields[base::url_decode(pair.substr(0, equals)).value_or("")] =
        base::url_decode(pair.substr(equals + 1)).value_or("");
  }
  return fields;
}

std::string FakeSignIns::accept(const std::string& authorization_url) {
  const auto query = query_of(authorization_url);
  const std::string code = "code-" + std::to_string(codes_.size() + 1);
  codes_[code] = {query.at("client_id"), query.at("redirect_uri"), query.at("code_challenge")};
  return "?code=" + code + "&state=" + base::url_encode(query.at("state"));
}

std::string FakeSignIns::refuse(const std::string& authorization_url, const std::string& description) {
  return "?error=access_denied&error_description=" + base::url_encode(description) +
         "&state=" + base::url_encode(query_of(authorization_url).at("state"));
}

std::vector<FakeSignIns::Entry> FakeSignIns::asked(const std::string& part_of_url) const {
  std::vector<Entry> found;
  for (const auto& entry : diary) {
    if (entry.url.find(part_of_url) != std::string::npos) found.push_back(entry);
  }
  return found;
}

std::pair<int, Json> FakeSignIns::pending(const std::string& error) {
  return {400, {{"error", error}, {"error_description", "AADSTS70016: " + error + "\r\nTrace ID: 1"}}};
}

std::pair<int, Json> FakeSignIns::signed_in(const std::string& refresh_token) {
  const Json claims{{"preferred_username", "operator@example.com"}};
  return {200,
          {{"token_type", "Bearer"},
           {"expires_in", 3600},
           {"access_token", "canary-arm-token"},
           {"refresh_token", refresh_token},
           {"id_token", "e30." + base::to_base64url(claims.dump()) + ".e30"}}};
}

// GitHub answers 200 to what it refuses, too.
Json FakeSignIns::redeem(const Fields& form) {
  const auto value = [&](const char* name) { return form.contains(name) ? form.at(name) : std::string(); };
  if (value("client_secret") != client_secret) {
    return {{"error", "incorrect_client_credentials"},
            {"error_description", "The client_id and/or client_secret passed are incorrect."}};
  }
  const auto found = codes_.find(value("code"));
  if (found == codes_.end()) {
    return {{"error", "bad_verification_code"}, {"error_description", "The code passed is incorrect or expired."}};
  }
  const Code code = found->second;
  codes_.erase(found);
  if (code.redirect_uri != value("redirect_uri")) return {{"error", "redirect_uri_mismatch"}};
  const bool proven = base::to_base64url(crypto::sha256(value("code_verifier"))) == code.challenge;
  if (!proven || code.client_id != value("client_id")) return {{"error", "bad_verification_code"}};
  if (!token_answer.is_null()) return token_answer;
  return {{"access_token", token}, {"scope", "repo,user,admin:repo_hook"}, {"token_type", "bearer"}};
}

std::pair<int, Json> FakeSignIns::poll() {
  if (polls.empty()) return pending("authorization_pending");
  auto next = polls.front();
  if (polls.size() > 1) polls.erase(polls.begin());
  return next;
}

std::pair<int, Json> FakeSignIns::answer(const Entry& entry) {
  if (entry.url.ends_with("/login/oauth/access_token")) return {200, redeem(entry.form)};
  if (entry.url.ends_with("/user")) {
    const bool known = entry.authorization == "Bearer " + token;
    return known ? std::pair(200, Json{{"login", "octocat"}}) : std::pair(401, Json{{"message", "Bad credentials"}});
  }
  if (entry.url.ends_with("/oauth2/v2.0/devicecode")) {
    return {200,
            {{"device_code", "canary-device-code"},
             {"user_code", "ABCD-EFGH"},
             {"verification_uri", "https://microsoft.com/devicelogin"},
             {"interval", 5},
             {"expires_in", 900}}};
  }
  if (entry.url.ends_with("/oauth2/v2.0/token")) return poll();
  return {404, {{"message", "Not Found"}}};
}

base::Result<net::ClientResponse> FakeSignIns::send(const net::Endpoint&, const net::ClientRequest& request) {
  diary.push_back({request.method, request.url, query_of(request.body), request.authorization.reveal()});
  if (away) return *away;
  const auto [status, json] = answer(diary.back());
  return net::ClientResponse{status, {}, json.dump()};
}
