#include "signin/service.h"

#include <utility>

#include "auth/audit.h"
#include "auth/problem.h"
#include "base/random.h"
#include "logging/log.h"
#include "signin/password.h"
#include "signin/service_parts.h"
#include "signin/two_factor.h"

namespace signin {
namespace {

constexpr base::Millis kTouchEvery{60'000};

}  // namespace

Client client_of(const http::Request& request) {
  return {request.peer, std::string(request.headers.get_or("User-Agent")), request.request_id};
}

auth::Principal principal_for(const auth::User& user, const SessionId& session) {
  auth::Principal principal;
  principal.kind = auth::Principal::Kind::kUser;
  principal.user = user.id;
  principal.name = user.username;
  principal.site_admin = user.site_admin;
  principal.session = session.str();
  return principal;
}

base::Status note(storage::Transaction& transaction, const base::Clock& clock, const auth::Actor& actor,
                  std::string action, std::string target_type, std::string target) {
  auth::AuditEntry entry;
  entry.who = actor.who;
  entry.action = std::move(action);
  entry.target_type = std::move(target_type);
  entry.target_id = std::move(target);
  entry.request_id = actor.request_id;
  return auth::audit(transaction, clock, entry);
}

base::Result<std::string> password_hash_of(storage::Connection& connection, const auth::UserId& user) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT hash FROM passwords WHERE user_id = $1", {user}));
  return row ? row->text(0) : std::string();
}

base::Status put_password(storage::Transaction& transaction, const auth::UserId& user, const std::string& hash,
                          base::Time now) {
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO passwords (user_id, hash, changed_at) VALUES ($1, $2, $3) ON CONFLICT (user_id) DO UPDATE SET hash "
      "= excluded.hash, changed_at = excluded.changed_at",
      {user, hash, now}));
  return {};
}

Service::Service(Dependencies dependencies)
    : to_(std::move(dependencies)),
      limits_(),
      cookie_("runbridge-session", to_.public_url),
      throttle_(to_.database, to_.clock) {
  nobody_s_hash();  // made now, so that the first wrong name takes no longer than the next
}

base::Result<Service::Known> Service::find_known(const std::string& name) {
  return to_.database.read([&](storage::Connection& connection) -> base::Result<Known> {
    Known known{.user = {}, .hash = nobody_s_hash()};
    const bool is_address = name.find('@') != std::string::npos;
    ASSIGN_OR_RETURN(known.user, is_address ? auth::find_user_by_email(connection, name)
                                            : auth::find_user_by_name(connection, name));
    if (!known.user) return known;
    ASSIGN_OR_RETURN(const std::string hash, password_hash_of(connection, known.user->id));
    if (hash.empty()) {
      known.user.reset();
      return known;
    }
    known.hash = hash;
    ASSIGN_OR_RETURN(const auto codes, find_two_factor(connection, known.user->id));
    known.asks_for_code = codes && codes->confirmed;
    return known;
  });
}

base::Result<Begun> Service::sign_in(const Client& client, const Credentials& credentials) {
  RETURN_IF_ERROR(throttle_.take(credentials.name, client.address));
  ASSIGN_OR_RETURN(const Known known, find_known(credentials.name));
  if (!is_password(credentials.password, known.hash) || !known.user) {
    logging::warning("a sign-in was refused", {{"address", client.address},
                                               {"user", known.user ? known.user->id.str() : std::string("unknown")}});
    return auth::problem(auth::Problem::kInvalidCredentials);
  }
  if (known.asks_for_code) RETURN_IF_ERROR(check_code(*known.user, credentials.code));
  const std::string new_hash = needs_rehash(known.hash) ? hash_password(credentials.password) : std::string();
  auto begun = to_.database.write([&](storage::Transaction& transaction) -> base::Result<Begun> {
    // The password may have been changed since it was read.
    ASSIGN_OR_RETURN(const std::string hash, password_hash_of(transaction, known.user->id));
    if (hash != known.hash) return auth::problem(auth::Problem::kInvalidCredentials);
    if (!new_hash.empty()) RETURN_IF_ERROR(put_password(transaction, known.user->id, new_hash, to_.clock.now()));
    return begin_in(transaction, client, *known.user, "password");
  });
  if (begun) RETURN_IF_ERROR(throttle_.succeeded(credentials.name, client.address));
  return begun;
}

base::Result<Begun> Service::begin(const Client& client, const auth::User& user, const std::string& method) {
  return to_.database.write(
      [&](storage::Transaction& transaction) { return begin_in(transaction, client, user, method); });
}

base::Result<Begun> Service::begin_in(storage::Transaction& transaction, const Client& client, const auth::User& user,
                                      const std::string& method) {
  const base::Time now = to_.clock.now();
  const NewSession made = make_session(user, method, client, now, limits_);
  RETURN_IF_ERROR(drop_old_sessions(transaction, now));
  RETURN_IF_ERROR(insert_session(transaction, made));
  RETURN_IF_ERROR(note(transaction, to_.clock, {principal_for(user, made.session.id), client.request_id},
                       "session.create", "sessions", made.session.id.str()));
  return Begun{made.session, user, made.text};
}

base::Status Service::check_code(const auth::User& user, const std::string& code) {
  if (code.empty()) return auth::problem(auth::Problem::kCodeRequired);
  ASSIGN_OR_RETURN(const bool is_right, to_.database.write([&](storage::Transaction& transaction) {
    return use_code(transaction, to_.vault, user.id, code, to_.clock.now());
  }));
  if (is_right) return {};
  return auth::problem(auth::Problem::kCodeRefused);
}

base::Result<std::optional<FoundSession>> Service::find(const base::Secret& text) {
  const base::Time now = to_.clock.now();
  std::optional<SessionId> left;
  ASSIGN_OR_RETURN(auto found,
                   to_.database.read([&](storage::Connection& connection) -> base::Result<std::optional<FoundSession>> {
                     ASSIGN_OR_RETURN(auto good, find_session(connection, text.reveal(), now, limits_));
                     if (good) return good;
                     ASSIGN_OR_RETURN(left, find_any_session(connection, text.reveal()));
                     return good;
                   }));
  if (left) RETURN_IF_ERROR(forget(*left));
  if (found && now - found->session.last_seen_at >= kTouchEvery) RETURN_IF_ERROR(touch(found->session.id, now));
  return found;
}

// Removed when it is found to be over, so that no clock revives it.
base::Status Service::forget(const SessionId& id) {
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(transaction.execute("DELETE FROM sessions WHERE id = $1", {id}));
    return {};
  });
}

base::Status Service::touch(const SessionId& id, base::Time now) {
  return to_.database.write([&](storage::Transaction& transaction) { return touch_session(transaction, id, now); });
}

auth::SessionProof Service::proof_of(const FoundSession& found) const {
  return {principal_for(found.user, found.session.id), to_.clock.now() - found.session.proven_at < limits_.recent};
}

base::Status Service::sign_out(const auth::Actor& actor, const SessionId& id) {
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto ended, end_session(transaction, actor.who.user, id));
    if (ended == 0) return auth::not_visible();
    return note(transaction, to_.clock, actor, "session.delete", "sessions", id.str());
  });
}

base::Status Service::sign_out_everywhere(const auth::Actor& actor) {
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(end_sessions(transaction, actor.who.user));
    return note(transaction, to_.clock, actor, "session.delete-all", "users", actor.who.user.str());
  });
}

base::Result<std::vector<Session>> Service::sessions(const auth::UserId& user) {
  return to_.database.read(
      [&](storage::Connection& connection) { return sessions_of(connection, user, to_.clock.now(), limits_); });
}

base::Status Service::require_password(const Client& client, const auth::User& user, const base::Secret& password,
                                       std::string_view attribute) {
  RETURN_IF_ERROR(throttle_.take(user.username, client.address));
  ASSIGN_OR_RETURN(const std::string hash, to_.database.read([&](storage::Connection& connection) {
    return password_hash_of(connection, user.id);
  }));
  if (hash.empty() || !is_password(password, hash)) {
    return base::invalid("This is not your current password.", "/data/attributes/" + std::string(attribute));
  }
  return throttle_.succeeded(user.username, client.address);
}

base::Status Service::prove_again(const auth::Actor& actor, const Client& client, const Credentials& credentials) {
  ASSIGN_OR_RETURN(const auth::User who, user(actor.who.user));
  ASSIGN_OR_RETURN(const AccountState state, account(who.id));
  if (state.has_password) {
    RETURN_IF_ERROR(require_password(client, who, credentials.password, "password"));
  } else if (state.has_codes) {
    RETURN_IF_ERROR(throttle_.take(who.username, client.address));
    RETURN_IF_ERROR(check_code(who, credentials.code));
  } else {
    return base::conflict("There is no password to confirm. Sign out and in again with your provider.");
  }
  return to_.database.write([&](storage::Transaction& transaction) {
    return prove_session(transaction, SessionId(actor.who.session), to_.clock.now());
  });
}

base::Result<auth::User> Service::user(const auth::UserId& id) {
  ASSIGN_OR_RETURN(auto found,
                   to_.database.read([&](storage::Connection& connection) { return auth::find_user(connection, id); }));
  if (!found) return auth::not_visible();
  return *std::move(found);
}

base::Result<AccountState> Service::account(const auth::UserId& id) {
  return to_.database.read([&](storage::Connection& connection) -> base::Result<AccountState> {
    AccountState state;
    ASSIGN_OR_RETURN(const std::string hash, password_hash_of(connection, id));
    state.has_password = !hash.empty();
    ASSIGN_OR_RETURN(const auto codes, find_two_factor(connection, id));
    state.has_codes = codes && codes->confirmed;
    ASSIGN_OR_RETURN(state.recovery_codes, count_recovery_codes(connection, id));
    return state;
  });
}

}  // namespace signin
