#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/access.h"
#include "auth/service.h"
#include "signin/cookie.h"
#include "signin/identity.h"
#include "signin/openid_provider.h"
#include "signin/service.h"

namespace signin {

struct SignOnSettings {
  OpenIdSettings provider;
  std::string name;  // on the button
  // Whom a person is, who is linked to no user yet.
  enum class Strangers {
    kRefused,       // nobody: people link themselves on their account's page
    kFoundByEmail,  // the user with the verified address
    kCreated,       // that user, or a new one
  };
  Strangers strangers = Strangers::kRefused;
  std::vector<std::string> email_domains;  // of strangers; empty: any
};

// Sign-on by OpenID Connect. A browser is sent to the provider with a cookie that binds what comes back to it; each
// such cookie is good once and for ten minutes. Thread-safe.
class SignOn {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    Service& service;
    auth::Access& access;
    net::HttpClient& client;
    std::string public_url;
  };
  SignOn(Dependencies dependencies, SignOnSettings settings);

  bool is_on() const { return !settings_.provider.issuer.empty(); }
  const std::string& name() const { return settings_.name; }
  Service& service() const { return to_.service; }
  const Cookie& cookie() const { return cookie_; }

  enum class Purpose { kSignIn, kLink };
  struct Started {
    std::string url;  // of the provider
    base::Secret cookie;
  };
  // kNotFound if there is no provider. `return_to`: see local_path.
  base::Result<Started> start(Purpose purpose, std::string_view return_to);

  // What the browser brought back.
  struct Returned {
    std::optional<base::Secret> cookie;
    std::string state;
    std::string code;
    std::string error;   // the provider's word
    std::string issuer;  // RFC 9207; may be empty
  };
  struct Outcome {
    std::string return_to = "/";
    Purpose purpose = Purpose::kSignIn;
    // Empty if all went well; else for the page: "sign_on_expired", "sign_on_denied", "sign_on_refused",
    // "sign_on_unavailable", "sign_on_unknown_person", "sign_on_linked_already".
    std::string problem;
    std::string why;             // for the log
    std::optional<Begun> begun;  // the new session
  };
  // `present`: who is signed in with this browser, for Purpose::kLink.
  Outcome finish(const Client& client, const Returned& returned, const std::optional<auth::User>& present);

  base::Result<std::vector<Identity>> identities(const auth::UserId& user);
  // kConflict if the user could not sign in without.
  base::Status unlink(const auth::Actor& actor, const IdentityId& id);

 private:
  base::Result<auth::User> user_for(const Client& client, const ProvenPerson& person);
  base::Result<auth::User> stranger(storage::Transaction& transaction, const Client& client,
                                    const ProvenPerson& person);
  base::Result<auth::User> create_user(storage::Transaction& transaction, const ProvenPerson& person);
  base::Status link(storage::Transaction& transaction, const auth::Actor& actor, const auth::User& user,
                    const ProvenPerson& person);
  base::Result<bool> spend(const base::Secret& cookie, base::Time expires_at);

  const Dependencies to_;
  const SignOnSettings settings_;
  const Cookie cookie_;
  OpenIdProvider provider_;
};

}  // namespace signin
