#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/access.h"
#include "auth/bootstrap.h"
#include "auth/guard.h"
#include "auth/service.h"
#include "auth/user.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "signin/cookie.h"
#include "signin/session.h"
#include "signin/throttle.h"
#include "storage/database.h"
#include "vault/vault.h"

namespace signin {

struct Credentials {
  std::string name;  // user name or e-mail address
  base::Secret password;
  std::string code;  // one-time or recovery code; empty: none was sent
};

// A session that began, with what its browser is told.
struct Begun {
  Session session;
  auth::User user;
  base::Secret text;
};

// What the page asks about the one who is signed in.
struct AccountState {
  bool has_password = false;
  bool has_codes = false;  // one-time codes are on
  std::int64_t recovery_codes = 0;
};

// People who sign in: passwords, sessions, one-time codes, invitations. Errors of a sign-in are kUnauthorized with the
// name "invalid_credentials" — the same for an unknown name and a wrong password, after the same time — or
// "one_time_code_required". Thread-safe.
class Service {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    vault::Vault& vault;
    auth::Access& access;
    std::string public_url;
  };
  explicit Service(Dependencies dependencies);

  base::Result<Begun> sign_in(const Client& client, const Credentials& credentials);
  // Without asking: for a user proven another way ("setup", "oidc").
  base::Result<Begun> begin(const Client& client, const auth::User& user, const std::string& method);

  // The session of a cookie, which counts as seen. Written at most once a minute; a session that ended is removed.
  base::Result<std::optional<FoundSession>> find(const base::Secret& text);
  auth::SessionProof proof_of(const FoundSession& found) const;
  base::Status sign_out(const auth::Actor& actor, const SessionId& id);
  base::Status sign_out_everywhere(const auth::Actor& actor);
  base::Result<std::vector<Session>> sessions(const auth::UserId& user);

  // The user of a session shows his password again, or a code if he has none.
  base::Status prove_again(const auth::Actor& actor, const Client& client, const Credentials& credentials);

  // Needs the current one if there is one. Ends every other session, and every token if asked to.
  base::Status change_password(const auth::Actor& actor, const Client& client, const base::Secret& current,
                               const base::Secret& wanted, bool revoke_tokens);
  base::Result<AccountState> account(const auth::UserId& user);
  base::Result<auth::User> user(const auth::UserId& id);

  // The secret for an authenticator app, shown once; sign-ins ask for codes after confirm_codes.
  base::Result<base::Secret> begin_codes(const auth::Actor& actor);
  base::Result<std::vector<base::Secret>> confirm_codes(const auth::Actor& actor, const Client& client,
                                                        const std::string& code);
  // A token needs a code as well; a session was proven lately (auth::needs_recent_sign_in).
  base::Status end_codes(const auth::Actor& actor, const Client& client, const std::string& code);
  // By a site administrator, for somebody who lost phone and recovery codes. Ends that user's sessions.
  base::Status reset_codes(const auth::Actor& actor, const auth::UserId& user);

  // A link's secret with which the user sets a password, good once and for seven days; ends earlier ones.
  struct Invitation {
    base::Secret secret;
    base::Time expires_at;
  };
  base::Result<Invitation> invite(const auth::Actor& actor, const auth::UserId& user);
  base::Result<Begun> accept_invitation(const Client& client, const base::Secret& secret, const base::Secret& password,
                                        const std::string& code);

  // For Bootstrap: the first administrator's password and session.
  auth::SetupSignIn for_setup();
  // For auth::Service: what is here of a user.
  auth::Service::SignInParts parts_of_users();

  const Cookie& cookie() const { return cookie_; }
  const std::string& public_url() const { return to_.public_url; }
  base::Time now() const { return to_.clock.now(); }
  const SessionLimits& limits() const { return limits_; }

 private:
  struct Known {
    std::optional<auth::User> user;
    std::string hash;  // of nobody, if there is no such user or he has no password
    bool asks_for_code = false;
  };
  base::Result<Known> find_known(const std::string& name);
  base::Status forget(const SessionId& id);
  base::Status touch(const SessionId& id, base::Time now);
  base::Status check_code(const auth::User& user, const std::string& code);
  base::Status require_password(const Client& client, const auth::User& user, const base::Secret& password,
                                std::string_view attribute);
  base::Result<Begun> begin_in(storage::Transaction& transaction, const Client& client, const auth::User& user,
                               const std::string& method);

  const Dependencies to_;
  const SessionLimits limits_;
  const Cookie cookie_;
  Throttle throttle_;
};

// Who is at the other end.
Client client_of(const http::Request& request);

}  // namespace signin
