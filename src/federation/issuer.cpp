#include "federation/issuer.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "auth/audit.h"
#include "base/random.h"
#include "base/strings.h"
#include "crypto/hash.h"
#include "crypto/rsa_key.h"
#include "federation/store.h"
#include "jsonapi/json.h"

namespace federation {
namespace {

using jsonapi::Json;
using store::KeyRow;

constexpr std::size_t kTokenNumberLength = 24;

// RFC 7638 section 3: the required members in the order of their names, without spaces.
std::string thumbprint(const Key& key) {
  return base::to_base64url(
      crypto::sha256(R"({"e":")" + key.exponent + R"(","kty":"RSA","n":")" + key.modulus + R"("})"));
}

struct Made {
  Key key;
  base::Secret pem;
};

// Takes long, so it is done before the transaction that keeps it.
base::Result<Made> make_key(base::Time now) {
  ASSIGN_OR_RETURN(auto made, crypto::make_rsa_key());
  Key key;
  key.modulus = base::to_base64url(made.public_key.modulus);
  key.exponent = base::to_base64url(made.public_key.exponent);
  key.id = thumbprint(key);
  key.created_at = key.signs_from = now;
  return Made{std::move(key), std::move(made.pem)};
}

base::Status keep(storage::Transaction& transaction, vault::Vault& vault, const Made& made) {
  ASSIGN_OR_RETURN(const auto secret, vault.put(transaction, store::secret_owner(made.key.id), made.pem));
  return store::insert(transaction, {made.key, secret});
}

base::Status erase(storage::Transaction& transaction, vault::Vault& vault, const KeyRow& row) {
  RETURN_IF_ERROR(vault.erase(transaction, row.secret));
  return store::remove(transaction, row.key.id);
}

bool has_left(const Key& key, base::Time now) { return key.leaves_at && *key.leaves_at <= now; }

// Of rows in the store's order.
const KeyRow* signing(const std::vector<KeyRow>& rows, base::Time now) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const KeyRow& row) {
    return row.key.signs_from <= now && !has_left(row.key, now);
  });
  return found == rows.end() ? nullptr : &*found;
}

std::string part(const Json& json) { return base::to_base64url(jsonapi::dump(json)); }

}  // namespace

const char* key_state_name(KeyState state) {
  switch (state) {
    case KeyState::kUpcoming: return "upcoming";
    case KeyState::kSigning: return "signing";
    case KeyState::kFormer: return "former";
  }
  return "former";
}

Json Issuer::document() const {
  return {{"issuer", to_.url},
          {"jwks_uri", to_.url + "/.well-known/jwks.json"},
          {"response_types_supported", {"id_token"}},
          {"subject_types_supported", {"public"}},
          {"id_token_signing_alg_values_supported", {"RS256"}},
          {"scopes_supported", {"openid"}},
          {"claims_supported", {"aud", "exp", "iat", "iss", "jti", "nbf", "sub"}}};
}

base::Result<Json> Issuer::key_set() {
  ASSIGN_OR_RETURN(const auto found, keys());
  Json set = Json::array();
  for (const auto& [key, state] : found) {
    set.push_back(
        {{"kty", "RSA"}, {"use", "sig"}, {"alg", "RS256"}, {"kid", key.id}, {"n", key.modulus}, {"e", key.exponent}});
  }
  return Json{{"keys", std::move(set)}};
}

base::Result<std::vector<std::pair<Key, KeyState>>> Issuer::keys() {
  ASSIGN_OR_RETURN(const auto rows,
                   to_.database.read([](storage::Connection& connection) { return store::all(connection); }));
  const base::Time now = to_.clock.now();
  const KeyRow* current = signing(rows, now);
  std::vector<std::pair<Key, KeyState>> found;
  for (const auto& row : rows) {
    if (has_left(row.key, now)) continue;
    const KeyState other = row.key.signs_from > now ? KeyState::kUpcoming : KeyState::kFormer;
    found.emplace_back(row.key, &row == current ? KeyState::kSigning : other);
  }
  return found;
}

base::Result<base::Secret> Issuer::sign(const Claims& claims) {
  auto key = signing_key();
  if (!key && key.error().code == base::Code::kNotFound) {
    RETURN_IF_ERROR(make_first());
    key = signing_key();
  }
  if (!key) return std::move(key).error();
  const std::int64_t now = base::to_millis(to_.clock.now()) / 1000;
  const Json header{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", key->id}};
  const Json body{{"iss", to_.url},
                  {"sub", claims.subject},
                  {"aud", claims.audience},
                  {"iat", now},
                  {"nbf", now},
                  {"exp", now + std::min(claims.lifetime, kLongestLifetime).count()},
                  {"jti", base::random_base58(kTokenNumberLength)}};
  std::string text = part(header) + "." + part(body);
  ASSIGN_OR_RETURN(const std::string signature, crypto::sign_rs256(key->pem, text));
  return base::Secret(text + "." + base::to_base64url(signature));
}

base::Result<Issuer::Signing> Issuer::signing_key() {
  const base::Time now = to_.clock.now();
  bool some_left = false;
  auto found = to_.database.read([&](storage::Connection& connection) -> base::Result<Signing> {
    ASSIGN_OR_RETURN(const auto rows, store::all(connection));
    some_left = std::any_of(rows.begin(), rows.end(), [&](const KeyRow& row) { return has_left(row.key, now); });
    const KeyRow* row = signing(rows, now);
    if (row == nullptr) return base::not_found("this server has no signing key yet");
    ASSIGN_OR_RETURN(auto pem, to_.vault.get(connection, row->secret, store::secret_owner(row->key.id)));
    return Signing{row->key.id, std::move(pem)};
  });
  if (some_left) RETURN_IF_ERROR(forget_those_that_left());
  return found;
}

base::Status Issuer::make_first() {
  ASSIGN_OR_RETURN(const Made made, make_key(to_.clock.now()));
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto rows, store::all(transaction));
    if (signing(rows, to_.clock.now()) != nullptr) return {};  // somebody else was faster
    return keep(transaction, to_.vault, made);
  });
}

base::Status Issuer::forget_those_that_left() {
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto rows, store::all(transaction));
    for (const auto& row : rows) {
      if (has_left(row.key, to_.clock.now())) RETURN_IF_ERROR(erase(transaction, to_.vault, row));
    }
    return {};
  });
}

base::Result<Key> Issuer::rotate(const auth::Actor& actor, std::chrono::seconds overlap) {
  const base::Time now = to_.clock.now();
  ASSIGN_OR_RETURN(Made made, make_key(now));
  const bool at_once = overlap.count() == 0;
  const auto done = to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto rows, store::all(transaction));
    made.key.signs_from = signing(rows, now) == nullptr ? now : now + overlap;
    for (const auto& row : rows) {
      if (!at_once && row.key.signs_from > now) {
        return base::conflict("the key of the last change signs from " + base::format_time(row.key.signs_from) +
                              "; wait until then, or change it at once with an overlap of 0");
      }
      if (at_once || has_left(row.key, now)) {
        RETURN_IF_ERROR(erase(transaction, to_.vault, row));
      } else if (!row.key.leaves_at) {
        RETURN_IF_ERROR(store::set_leaves_at(transaction, row.key.id, made.key.signs_from + kLongestLifetime));
      }
    }
    RETURN_IF_ERROR(keep(transaction, to_.vault, made));
    auth::AuditEntry entry;
    entry.who = actor.who;
    entry.action = "signing-key.rotate";
    entry.target_type = "signing-keys";
    entry.target_id = made.key.id;
    entry.detail = jsonapi::dump({{"overlap-seconds", overlap.count()}});
    entry.request_id = actor.request_id;
    return auth::audit(transaction, to_.clock, entry);
  });
  if (!done) return done.error();
  return made.key;
}

}  // namespace federation
