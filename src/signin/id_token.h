#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/signature.h"
#include "jsonapi/json.h"

namespace signin {

// One key that a provider signs with.
struct SigningKey {
  enum class Kind { kRsa, kP256 };
  Kind kind = Kind::kRsa;
  std::string id;  // may be empty
  crypto::RsaPublicKey rsa;
  crypto::P256PublicKey p256;
};

// Of a JWK set (RFC 7517). Keys of other kinds, for other uses or other algorithms are left out.
std::vector<SigningKey> read_signing_keys(const jsonapi::Json& set);

// A token taken apart; nothing in it is proven yet.
struct UnprovenToken {
  std::string algorithm;
  std::string key_id;
  std::string signed_text;
  std::string signature;
  jsonapi::Json claims;
};
// A JWS in compact form (RFC 7515) of at most 64 KB. kUnauthorized if it is none, is encrypted, asks for an extension
// ("crit"), or is signed in another way than RS256 or ES256 ("none" above all).
base::Result<UnprovenToken> read_token(std::string_view text);

// The key that the token names; with no name in it, the only one of its kind. Null: not there.
const SigningKey* find_key(const std::vector<SigningKey>& keys, const UnprovenToken& token);

struct TokenRules {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  base::Time now;
};
// OpenID Connect Core 3.1.3.7: signature, issuer, audience and authorized party, dates with a minute of slack, nonce,
// subject. kUnauthorized says which.
base::Status check_token(const UnprovenToken& token, const SigningKey& key, const TokenRules& rules);

}  // namespace signin
