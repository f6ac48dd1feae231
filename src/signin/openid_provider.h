#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/http_client.h"
#include "signin/id_token.h"

namespace signin {

struct OpenIdSettings {
  std::string issuer;  // as the provider writes it; empty: there is no provider
  std::string client_id;
  base::Secret client_secret;  // empty: a public client
  std::string ca_bundle;       // PEM, in addition to the system's
};

// What binds one sign-in to one browser. All of it follows from the text of a cookie, so that nothing is stored.
struct Binding {
  std::string state;
  std::string nonce;
  std::string verifier;  // PKCE, RFC 7636
};
Binding binding_of(const base::Secret& cookie);

// Who signed in at the provider.
struct ProvenPerson {
  std::string subject;
  std::string email;  // empty unless the provider says that it is verified
  std::string name;   // preferred_username; may be empty
};

// A provider of OpenID Connect: discovery, authorization code flow with PKCE, ID token (Core 1.0, Discovery 1.0). Its
// document and keys are read when they are needed first and kept for an hour; a token signed with a key that is not
// known makes the keys be read once more. Every call goes through the outbound rules. Thread-safe.
// Errors: kUnauthorized (the provider's answer is not acceptable, says why), kUpstream and kUnavailable.
class OpenIdProvider {
 public:
  // `redirect_uri`: where the provider sends browsers back to.
  OpenIdProvider(OpenIdSettings settings, net::HttpClient& client, const base::Clock& clock, std::string redirect_uri);

  const OpenIdSettings& settings() const { return settings_; }
  // Where the browser goes to sign in.
  base::Result<std::string> authorization_url(const Binding& binding);
  // What the code that came back stands for.
  base::Result<ProvenPerson> redeem(const std::string& code, const Binding& binding);

 private:
  struct Document {
    std::string authorization;
    std::string token;
    std::string keys;
    std::string userinfo;         // may be empty
    bool secret_in_form = false;  // client_secret_post; client_secret_basic otherwise
    base::Time read_at = {};
  };
  struct Kept {
    std::optional<Document> document;
    std::vector<SigningKey> keys;
    base::Time keys_read_at = {};
  };
  base::Result<Document> document();
  base::Result<std::vector<SigningKey>> keys(const Document& document, bool again);
  base::Result<SigningKey> key_for(const Document& document, const UnprovenToken& token);
  base::Result<jsonapi::Json> exchange(const Document& document, const std::string& code, const Binding& binding);
  base::Result<jsonapi::Json> read(const std::string& url, const base::Secret& authorization = base::Secret());
  base::Result<jsonapi::Json> call(const net::ClientRequest& request);

  const OpenIdSettings settings_;
  net::HttpClient& client_;
  const base::Clock& clock_;
  const std::string redirect_uri_;
  base::Guarded<Kept> kept_;
};

}  // namespace signin
