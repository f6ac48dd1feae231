#include "signin/openid_provider.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "crypto/hash.h"
#include "net/client_request.h"

namespace signin {
namespace {

using jsonapi::get_text;
using jsonapi::Json;

constexpr base::Millis kKeptFor{3600LL * 1000};
constexpr std::chrono::milliseconds kCallTimeout{15'000};
constexpr std::size_t kLongestAnswer = std::size_t{1} << 20U;

std::string derived(const base::Secret& cookie, std::string_view what) {
  return base::to_base64url(crypto::hmac_sha256(cookie.reveal(), what));
}

base::Error bad_document(const std::string& why) {
  return base::upstream("The sign-on provider's discovery document cannot be used: " + why);
}

bool lists(const Json& document, std::string_view member, std::string_view wanted) {
  const Json& list = jsonapi::get_array(document, member);
  return std::any_of(list.begin(), list.end(), [&](const Json& one) { return one.is_string() && one == wanted; });
}

}  // namespace

Binding binding_of(const base::Secret& cookie) {
  return {derived(cookie, "sign-on state"), derived(cookie, "sign-on nonce"), derived(cookie, "sign-on verifier")};
}

OpenIdProvider::OpenIdProvider(OpenIdSettings settings, net::HttpClient& client, const base::Clock& clock,
                               std::string redirect_uri)
    : settings_(std::move(settings)), client_(client), clock_(clock), redirect_uri_(std::move(redirect_uri)) {}

// The message of the provider stays out of ours: it may repeat what we sent.
base::Result<Json> OpenIdProvider::call(const net::ClientRequest& request) {
  ASSIGN_OR_RETURN(const net::ClientResponse response, client_.send({.ca_bundle = settings_.ca_bundle}, request));
  auto json = jsonapi::parse(response.body, {.bytes = kLongestAnswer});
  if (response.status != 200) {
    const std::string code = json ? get_text(*json, "error") : std::string();
    return base::upstream("The sign-on provider refused a call.",
                          "HTTP " + std::to_string(response.status) + " " + base::printable(code, 40));
  }
  if (!json || !json->is_object()) return base::upstream("The sign-on provider's answer is no JSON object.");
  return json;
}

base::Result<Json> OpenIdProvider::read(const std::string& url, const base::Secret& authorization) {
  net::ClientRequest request{.url = url, .authorization = authorization};
  request.headers.set("Accept", "application/json");
  request.timeout = kCallTimeout;
  request.response_limit = kLongestAnswer;
  return call(request);
}

base::Result<OpenIdProvider::Document> OpenIdProvider::document() {
  const base::Time now = clock_.now();
  const auto known = kept_.with([](const Kept& kept) { return kept.document; });
  if (known && now - known->read_at < kKeptFor) return *known;
  std::string base_url = settings_.issuer;
  if (base_url.ends_with('/')) base_url.pop_back();
  ASSIGN_OR_RETURN(const Json json, read(base_url + "/.well-known/openid-configuration"));
  if (get_text(json, "issuer") != settings_.issuer) {
    return bad_document("its issuer is \"" + base::printable(get_text(json, "issuer")) + "\".");
  }
  Document document{.authorization = get_text(json, "authorization_endpoint"),
                    .token = get_text(json, "token_endpoint"),
                    .keys = get_text(json, "jwks_uri"),
                    .userinfo = get_text(json, "userinfo_endpoint"),
                    .read_at = now};
  if (document.authorization.empty() || document.token.empty() || document.keys.empty()) {
    return bad_document("it lacks an authorization, token or key endpoint.");
  }
  // Ours is the browser's next address: nothing but the web, and nothing that hides in it.
  const bool is_web = document.authorization.starts_with("https://") || document.authorization.starts_with("http://");
  const bool is_clean = std::all_of(document.authorization.begin(), document.authorization.end(),
                                    [](char c) { return c > ' ' && c < '\x7F' && c != '\\' && c != '#'; });
  if (!is_web || !is_clean) return bad_document("its authorization endpoint is no address of the web.");
  const std::string_view methods = "token_endpoint_auth_methods_supported";
  document.secret_in_form = lists(json, methods, "client_secret_post") && !lists(json, methods, "client_secret_basic");
  kept_.with([&](Kept& kept) { kept.document = document; });
  return document;
}

base::Result<std::vector<SigningKey>> OpenIdProvider::keys(const Document& document, bool again) {
  const base::Time now = clock_.now();
  const auto known = kept_.with([](const Kept& kept) { return std::pair(kept.keys, kept.keys_read_at); });
  if (!again && !known.first.empty() && now - known.second < kKeptFor) return known.first;
  ASSIGN_OR_RETURN(const Json json, read(document.keys));
  auto fresh = read_signing_keys(json);
  kept_.with([&](Kept& kept) {
    kept.keys = fresh;
    kept.keys_read_at = now;
  });
  return fresh;
}

base::Result<SigningKey> OpenIdProvider::key_for(const Document& document, const UnprovenToken& token) {
  for (const bool again : {false, true}) {
    ASSIGN_OR_RETURN(const auto known, keys(document, again));
    if (const SigningKey* key = find_key(known, token)) return *key;
  }
  return base::unauthorized("The ID token was refused: it is signed with a key that the provider does not publish.");
}

base::Result<std::string> OpenIdProvider::authorization_url(const Binding& binding) {
  ASSIGN_OR_RETURN(const Document found, document());
  const std::string query = net::form_text({{"response_type", "code"},
                                            {"client_id", settings_.client_id},
                                            {"redirect_uri", redirect_uri_},
                                            {"scope", "openid email profile"},
                                            {"state", binding.state},
                                            {"nonce", binding.nonce},
                                            {"code_challenge", base::to_base64url(crypto::sha256(binding.verifier))},
                                            {"code_challenge_method", "S256"}});
  return found.authorization + (found.authorization.find('?') == std::string::npos ? "?" : "&") + query;
}

base::Result<Json> OpenIdProvider::exchange(const Document& document, const std::string& code, const Binding& binding) {
  std::vector<std::pair<std::string, std::string>> fields = {{"grant_type", "authorization_code"},
                                                             {"code", code},
                                                             {"redirect_uri", redirect_uri_},
                                                             {"code_verifier", binding.verifier}};
  net::ClientRequest request{.method = "POST", .url = document.token};
  const bool has_secret = !settings_.client_secret.empty();
  if (has_secret && !document.secret_in_form) {
    // RFC 6749 section 2.3.1: each is encoded as in a form first.
    request.authorization =
        base::Secret("Basic " + base::to_base64(base::url_encode(settings_.client_id) + ":" +
                                                base::url_encode(settings_.client_secret.reveal())));
  } else {
    fields.emplace_back("client_id", settings_.client_id);
    if (has_secret) fields.emplace_back("client_secret", settings_.client_secret.reveal());
  }
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.headers.set("Accept", "application/json");
  request.body = net::form_text(fields);
  request.timeout = kCallTimeout;
  request.response_limit = kLongestAnswer;
  return call(request);
}

base::Result<ProvenPerson> OpenIdProvider::redeem(const std::string& code, const Binding& binding) {
  ASSIGN_OR_RETURN(const Document found, document());
  ASSIGN_OR_RETURN(const Json answer, exchange(found, code, binding));
  ASSIGN_OR_RETURN(const UnprovenToken token, read_token(get_text(answer, "id_token")));
  ASSIGN_OR_RETURN(const SigningKey key, key_for(found, token));
  RETURN_IF_ERROR(check_token(token, key, {settings_.issuer, settings_.client_id, binding.nonce, clock_.now()}));
  Json claims = token.claims;
  const std::string subject = get_text(claims, "sub");
  const base::Secret access("Bearer " + get_text(answer, "access_token"));
  if (get_text(claims, "email").empty() && !found.userinfo.empty() && access.size() > 7) {
    ASSIGN_OR_RETURN(claims, read(found.userinfo, access));
    if (get_text(claims, "sub") != subject) {
      return base::unauthorized("The sign-on provider's userinfo was refused: it is about somebody else.");
    }
  }
  ProvenPerson person{.subject = subject, .email = {}, .name = get_text(claims, "preferred_username")};
  if (jsonapi::get_boolean(claims, "email_verified")) person.email = get_text(claims, "email");
  return person;
}

}  // namespace signin
