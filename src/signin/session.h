#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/user.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "signin/ids.h"
#include "storage/database.h"

namespace signin {

// One signed-in browser. The cookie's text is kept nowhere but there; the database has its SHA-256.
struct Session {
  SessionId id;
  auth::UserId user;
  std::string method;       // "password", "setup", "invitation", "oidc"
  bool site_admin = false;  // of the user when it began: a change of role ends it
  std::string address;
  std::string user_agent;
  base::Time created_at = {};
  base::Time proven_at = {};  // when the user last showed more than the cookie
  base::Time last_seen_at = {};
  base::Time expires_at = {};  // whatever happens
};

// From where a request came.
struct Client {
  std::string address;
  std::string user_agent;
  std::string request_id;
};

struct SessionLimits {
  base::Millis idle{30LL * 60 * 1000};
  base::Millis absolute{12LL * 3600 * 1000};
  base::Millis recent{15LL * 60 * 1000};
};

struct NewSession {
  Session session;
  base::Secret text;  // the cookie's value: 256 random bits
};

// A session that is about to begin. The caller stores it.
NewSession make_session(const auth::User& user, const std::string& method, const Client& client, base::Time now,
                        const SessionLimits& limits = {});

// Bound to the session by its secret; no other site can read it, and nothing but the cookie's text gives it.
std::string csrf_token(const base::Secret& session_text);

base::Status insert_session(storage::Transaction& transaction, const NewSession& made);

struct FoundSession {
  Session session;
  auth::User user;
};
// The session of this cookie while it is good at `now`: not idle or old, begun in a past that is not ahead of the
// clock by more than five minutes, its user's role unchanged.
base::Result<std::optional<FoundSession>> find_session(storage::Connection& connection, std::string_view text,
                                                       base::Time now, const SessionLimits& limits = {});
// The row whatever its state, for tidying up.
base::Result<std::optional<SessionId>> find_any_session(storage::Connection& connection, std::string_view text);

// Good ones, the one seen last first.
base::Result<std::vector<Session>> sessions_of(storage::Connection& connection, const auth::UserId& user,
                                               base::Time now, const SessionLimits& limits = {});

base::Status touch_session(storage::Transaction& transaction, const SessionId& id, base::Time now);
base::Status prove_session(storage::Transaction& transaction, const SessionId& id, base::Time now);
// The number ended. `user` keeps one from ending another's.
base::Result<std::int64_t> end_session(storage::Transaction& transaction, const auth::UserId& user,
                                       const SessionId& id);
base::Result<std::int64_t> end_sessions(storage::Transaction& transaction, const auth::UserId& user);
base::Status drop_old_sessions(storage::Transaction& transaction, base::Time now);

}  // namespace signin
