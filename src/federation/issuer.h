#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "auth/service.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "federation/key.h"
#include "storage/database.h"
#include "vault/vault.h"

namespace federation {

// What a token says; who issued it, when, and its own number are added.
struct Claims {
  std::string audience;
  std::string subject;
  std::chrono::seconds lifetime{600};  // at most kLongestLifetime
};

constexpr std::chrono::seconds kLongestLifetime = std::chrono::hours(24);

// This server as an issuer of OpenID Connect tokens: outside services that were told to trust it take its signed
// statement "this is the service connection …" in place of a password. Thread-safe; several processes on one database
// share the keys.
class Issuer {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    vault::Vault& vault;
    std::string url;  // under which this server is reached from outside
  };
  explicit Issuer(Dependencies dependencies) : to_(std::move(dependencies)) {}

  const std::string& url() const { return to_.url; }
  // OpenID Connect Discovery 1.0 section 3, as far as a reader of tokens needs it.
  nlohmann::json document() const;
  // The public keys (RFC 7517): those that sign, signed lately, or will. Empty before the first token.
  base::Result<nlohmann::json> key_set();

  // A JWT signed with RS256. Makes the first key if there is none.
  base::Result<base::Secret> sign(const Claims& claims);

  // With an `overlap` the new key is published now and signs when that is over, so that nobody meets a token of a key
  // that he has not read yet; the old one stays published until its last token ended. With none the new key signs at
  // once and the others are erased, and so is the worth of every token they signed: for a key that leaked. kConflict
  // while a change with an overlap is under way, unless there is to be none.
  base::Result<Key> rotate(const auth::Actor& actor, std::chrono::seconds overlap);
  base::Result<std::vector<std::pair<Key, KeyState>>> keys();

 private:
  struct Signing {
    std::string id;
    base::Secret pem;
  };
  base::Result<Signing> signing_key();
  base::Status make_first();
  base::Status forget_those_that_left();

  Dependencies to_;
};

}  // namespace federation
