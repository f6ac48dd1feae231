#include "signin/id_token.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "crypto/equal.h"

namespace signin {
namespace {

using jsonapi::get_text;
using jsonapi::Json;

constexpr std::size_t kLongestToken = std::size_t{64} << 10U;
constexpr std::size_t kLongestSubject = 255;
constexpr base::Millis kSlack{60'000};
constexpr base::Millis kOldest{10LL * 60 * 1000};  // a sign-in takes no longer

base::Error refused(std::string why) { return base::unauthorized("The ID token was refused: " + std::move(why)); }

std::optional<Json> object_of(std::string_view part) {
  const auto text = base::from_base64url(part);
  if (!text) return std::nullopt;
  auto json = jsonapi::parse(*text);
  if (!json || !json->is_object()) return std::nullopt;
  return *std::move(json);
}

std::optional<SigningKey> key_from(const Json& json) {
  const std::string use = get_text(json, "use", "sig");
  const std::string algorithm = get_text(json, "alg");
  const auto number = [&](const char* name) { return base::from_base64url(get_text(json, name)).value_or(""); };
  SigningKey key{.id = get_text(json, "kid")};
  if (use != "sig") return std::nullopt;
  if (get_text(json, "kty") == "RSA" && (algorithm.empty() || algorithm == "RS256")) {
    key.kind = SigningKey::Kind::kRsa;
    key.rsa = {number("n"), number("e")};
    return key;
  }
  if (get_text(json, "kty") == "EC" && get_text(json, "crv") == "P-256" &&
      (algorithm.empty() || algorithm == "ES256")) {
    key.kind = SigningKey::Kind::kP256;
    key.p256 = {number("x"), number("y")};
    return key;
  }
  return std::nullopt;
}

SigningKey::Kind kind_for(const UnprovenToken& token) {
  return token.algorithm == "RS256" ? SigningKey::Kind::kRsa : SigningKey::Kind::kP256;
}

bool is_signed_by(const UnprovenToken& token, const SigningKey& key) {
  if (key.kind != kind_for(token)) return false;
  return key.kind == SigningKey::Kind::kRsa ? crypto::verify_rs256(key.rsa, token.signed_text, token.signature)
                                            : crypto::verify_es256(key.p256, token.signed_text, token.signature);
}

// One name, or a list of them.
std::vector<std::string> audiences(const Json& claims) {
  const Json* found = jsonapi::find(claims, "aud");
  std::vector<std::string> names;
  if (found == nullptr) return names;
  if (found->is_string()) return {found->get<std::string>()};
  if (!found->is_array()) return names;
  for (const Json& name : *found) names.push_back(name.is_string() ? name.get<std::string>() : std::string());
  return names;
}

base::Status check_audience(const Json& claims, const std::string& client_id) {
  const auto names = audiences(claims);
  if (std::find(names.begin(), names.end(), client_id) == names.end()) return refused("it is for another audience.");
  const bool names_party = jsonapi::find(claims, "azp") != nullptr;
  if (names.size() > 1 && !names_party) return refused("it is for several and does not say who asked for it.");
  if (names_party && get_text(claims, "azp") != client_id) return refused("another party asked for it.");
  return {};
}

// Seconds since 1970; a fraction is cut.
std::optional<base::Time> date_of(const Json& claims, std::string_view name) {
  const Json* found = jsonapi::find(claims, name);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return base::from_millis(static_cast<std::int64_t>(seconds) * 1000);
}

base::Status check_dates(const Json& claims, base::Time now) {
  const auto expires = date_of(claims, "exp");
  const auto issued = date_of(claims, "iat");
  if (!expires || !issued) return refused("it does not say from when until when it is good.");
  if (now >= *expires + kSlack) return refused("it has expired.");
  if (*issued > now + kSlack) return refused("it was issued in the future; look at both clocks.");
  if (now >= *issued + kOldest) return refused("it was issued too long ago; look at both clocks.");
  if (jsonapi::find(claims, "nbf") == nullptr) return {};
  const auto begins = date_of(claims, "nbf");
  return begins && *begins <= now + kSlack ? base::Status() : refused("it is not good yet.");
}

}  // namespace

std::vector<SigningKey> read_signing_keys(const Json& set) {
  std::vector<SigningKey> keys;
  for (const Json& json : jsonapi::get_array(set, "keys")) {
    if (auto key = key_from(json)) keys.push_back(*std::move(key));
  }
  return keys;
}

base::Result<UnprovenToken> read_token(std::string_view text) {
  const auto parts = base::split(text, '.');
  if (text.size() > kLongestToken || parts.size() != 3) return refused("it is no signed token.");
  const auto header = object_of(parts[0]);
  auto claims = object_of(parts[1]);
  auto signature = base::from_base64url(parts[2]);
  if (!header || !claims || !signature) return refused("it cannot be read.");
  UnprovenToken token{.algorithm = get_text(*header, "alg"), .key_id = get_text(*header, "kid")};
  if (token.algorithm != "RS256" && token.algorithm != "ES256") {
    return refused("it is signed with \"" + base::printable(token.algorithm, 20) + "\"; RS256 and ES256 are taken.");
  }
  if (jsonapi::find(*header, "crit") != nullptr) return refused("it asks for an extension.");
  token.signed_text = parts[0] + "." + parts[1];
  token.signature = *std::move(signature);
  token.claims = *std::move(claims);
  return token;
}

const SigningKey* find_key(const std::vector<SigningKey>& keys, const UnprovenToken& token) {
  const SigningKey* found = nullptr;
  for (const SigningKey& key : keys) {
    if (key.kind != kind_for(token) || (!token.key_id.empty() && key.id != token.key_id)) continue;
    if (found != nullptr) return nullptr;  // more than one: no guessing
    found = &key;
  }
  return found;
}

base::Status check_token(const UnprovenToken& token, const SigningKey& key, const TokenRules& rules) {
  if (!is_signed_by(token, key)) return refused("its signature is not the provider's.");
  if (get_text(token.claims, "iss") != rules.issuer) return refused("it comes from another issuer.");
  RETURN_IF_ERROR(check_audience(token.claims, rules.client_id));
  RETURN_IF_ERROR(check_dates(token.claims, rules.now));
  if (rules.nonce.empty() || !crypto::equal(get_text(token.claims, "nonce"), rules.nonce)) {
    return refused("it belongs to another sign-in.");
  }
  const std::string subject = get_text(token.claims, "sub");
  if (subject.empty() || subject.size() > kLongestSubject) return refused("it does not say who signed in.");
  return {};
}

}  // namespace signin
