// What people change about their ways in: password, one-time codes, invitations. Part of Service.
#include <utility>

#include "base/random.h"
#include "base/strings.h"
#include "crypto/hash.h"
#include "signin/one_time_code.h"
#include "signin/password.h"
#include "signin/service.h"
#include "signin/service_parts.h"
#include "signin/two_factor.h"

namespace signin {
namespace {

constexpr base::Millis kInvitedFor{7LL * 24 * 3600 * 1000};

std::string invitation_hash(const base::Secret& secret) {
  return base::to_hex(crypto::sha256("invitation:" + secret.reveal()));
}

std::vector<std::string> own_words(const auth::User& user) {
  return {user.username, user.email, user.email.substr(0, user.email.find('@'))};
}

base::Error gone() {
  return base::not_found("This invitation was used, is older than seven days, or never was one. Ask for another.");
}

base::Error wrong_code() {
  return base::invalid("The code is not right, or was used already. Wait for the next one.",
                       "/data/attributes/one-time-code");
}

base::Status require_user(const auth::Actor& actor) {
  if (actor.who.kind == auth::Principal::Kind::kUser) return {};
  return auth::not_visible();
}

}  // namespace

base::Status Service::change_password(const auth::Actor& actor, const Client& client, const base::Secret& current,
                                      const base::Secret& wanted, bool revoke_tokens) {
  RETURN_IF_ERROR(require_user(actor));
  ASSIGN_OR_RETURN(const auth::User who, user(actor.who.user));
  ASSIGN_OR_RETURN(const AccountState state, account(who.id));
  if (state.has_password) RETURN_IF_ERROR(require_password(client, who, current, "current-password"));
  RETURN_IF_ERROR(check_password(wanted, own_words(who)));
  const std::string hash = hash_password(wanted);
  const base::Status done = to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(put_password(transaction, who.id, hash, to_.clock.now()));
    RETURN_IF_ERROR(
        transaction.execute("DELETE FROM sessions WHERE user_id = $1 AND id <> $2", {who.id, actor.who.session}));
    RETURN_IF_ERROR(prove_session(transaction, SessionId(actor.who.session), to_.clock.now()));
    RETURN_IF_ERROR(transaction.execute("DELETE FROM invitations WHERE user_id = $1", {who.id}));
    if (revoke_tokens) RETURN_IF_ERROR(transaction.execute("DELETE FROM tokens WHERE user_id = $1", {who.id}));
    return note(transaction, to_.clock, actor, "password.update", "users", who.id.str());
  });
  if (revoke_tokens) to_.access.invalidate();
  return done;
}

base::Result<base::Secret> Service::begin_codes(const auth::Actor& actor) {
  RETURN_IF_ERROR(require_user(actor));
  base::Secret secret = make_code_secret();
  RETURN_IF_ERROR(to_.database.write([&](storage::Transaction& transaction) {
    return begin_two_factor(transaction, to_.vault, actor.who.user, secret, to_.clock.now());
  }));
  return secret;
}

base::Result<std::vector<base::Secret>> Service::confirm_codes(const auth::Actor& actor, const Client& client,
                                                               const std::string& code) {
  RETURN_IF_ERROR(require_user(actor));
  RETURN_IF_ERROR(throttle_.take(actor.who.name, client.address));
  std::vector<base::Secret> recovery = make_recovery_codes();
  ASSIGN_OR_RETURN(
      const bool is_right, to_.database.write([&](storage::Transaction& transaction) -> base::Result<bool> {
        ASSIGN_OR_RETURN(const bool confirmed,
                         confirm_two_factor(transaction, to_.vault, actor.who.user, code, recovery, to_.clock.now()));
        if (confirmed) {
          RETURN_IF_ERROR(note(transaction, to_.clock, actor, "one-time-codes.create", "users", actor.who.user.str()));
        }
        return confirmed;
      }));
  if (!is_right) return wrong_code();
  RETURN_IF_ERROR(throttle_.succeeded(actor.who.name, client.address));
  return recovery;
}

base::Status Service::end_codes(const auth::Actor& actor, const Client& client, const std::string& code) {
  RETURN_IF_ERROR(require_user(actor));
  RETURN_IF_ERROR(throttle_.take(actor.who.name, client.address));
  ASSIGN_OR_RETURN(
      const bool is_right, to_.database.write([&](storage::Transaction& transaction) -> base::Result<bool> {
        ASSIGN_OR_RETURN(const auto state, find_two_factor(transaction, actor.who.user));
        if (!state) return base::conflict("One-time codes are not on.");
        if (state->confirmed && (actor.who.session.empty() || !code.empty())) {
          ASSIGN_OR_RETURN(const bool used, use_code(transaction, to_.vault, actor.who.user, code, to_.clock.now()));
          if (!used) return false;
        }
        RETURN_IF_ERROR(end_two_factor(transaction, to_.vault, actor.who.user));
        RETURN_IF_ERROR(note(transaction, to_.clock, actor, "one-time-codes.delete", "users", actor.who.user.str()));
        return true;
      }));
  if (!is_right) return wrong_code();
  return throttle_.succeeded(actor.who.name, client.address);
}

base::Status Service::reset_codes(const auth::Actor& actor, const auth::UserId& id) {
  ASSIGN_OR_RETURN(const auth::User who, user(id));
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(end_two_factor(transaction, to_.vault, who.id));
    RETURN_IF_ERROR(end_sessions(transaction, who.id));
    return note(transaction, to_.clock, actor, "one-time-codes.delete", "users", who.id.str());
  });
}

base::Result<Service::Invitation> Service::invite(const auth::Actor& actor, const auth::UserId& id) {
  ASSIGN_OR_RETURN(const auth::User who, user(id));
  const base::Time now = to_.clock.now();
  Invitation invitation{base::Secret("rbi_" + base::random_base58(40)), now + kInvitedFor};
  const base::Status kept = to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(
        transaction.execute("DELETE FROM invitations WHERE user_id = $1 OR expires_at <= $2", {who.id, now}));
    RETURN_IF_ERROR(
        transaction.execute("INSERT INTO invitations (hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
                            {invitation_hash(invitation.secret), who.id, now, invitation.expires_at}));
    return note(transaction, to_.clock, actor, "user.invite", "users", who.id.str());
  });
  if (!kept) return kept.error();
  return invitation;
}

base::Result<Begun> Service::accept_invitation(const Client& client, const base::Secret& secret,
                                               const base::Secret& password, const std::string& code) {
  const std::string key = invitation_hash(secret);
  ASSIGN_OR_RETURN(const auto who,
                   to_.database.read([&](storage::Connection& connection) -> base::Result<std::optional<auth::User>> {
                     ASSIGN_OR_RETURN(
                         const auto row,
                         connection.find("SELECT user_id FROM invitations WHERE hash = $1 AND expires_at > $2",
                                         {key, to_.clock.now()}));
                     if (!row) return std::optional<auth::User>();
                     return auth::find_user(connection, row->id<auth::UserId>(0));
                   }));
  if (!who) return gone();
  RETURN_IF_ERROR(check_password(password, own_words(*who)));
  ASSIGN_OR_RETURN(const AccountState state, account(who->id));
  if (state.has_codes) {  // a link by mail does not stand in for the phone
    RETURN_IF_ERROR(throttle_.take(who->username, client.address));
    RETURN_IF_ERROR(check_code(*who, code));
  }
  const std::string hash = hash_password(password);
  return to_.database.write([&](storage::Transaction& transaction) -> base::Result<Begun> {
    ASSIGN_OR_RETURN(const auto used, transaction.execute("DELETE FROM invitations WHERE hash = $1", {key}));
    if (used != 1) return gone();
    RETURN_IF_ERROR(put_password(transaction, who->id, hash, to_.clock.now()));
    // The link also serves those who forgot a password; whoever knew the old one is out.
    RETURN_IF_ERROR(end_sessions(transaction, who->id));
    RETURN_IF_ERROR(note(transaction, to_.clock, {principal_for(*who, {}), client.request_id}, "invitation.accept",
                         "users", who->id.str()));
    return begin_in(transaction, client, *who, "invitation");
  });
}

auth::Service::SignInParts Service::parts_of_users() {
  return {[](storage::Connection& connection, const auth::UserId& who) -> base::Result<bool> {
            ASSIGN_OR_RETURN(const auto codes, find_two_factor(connection, who));
            return codes && codes->confirmed;
          },
          [this](storage::Transaction& transaction, const auth::UserId& who) {
            return end_two_factor(transaction, to_.vault, who);
          }};
}

auth::SetupSignIn Service::for_setup() {
  auth::SetupSignIn hooks;
  hooks.hash = [](const base::Secret& password, const std::vector<std::string>& words) -> base::Result<std::string> {
    RETURN_IF_ERROR(check_password(password, words));
    return hash_password(password);
  };
  hooks.keep = [this](storage::Transaction& transaction, const auth::UserId& who, const std::string& hash) {
    return put_password(transaction, who, hash, to_.clock.now());
  };
  hooks.start = [this](const http::Request& request, const auth::User& who, http::Response& response) -> base::Status {
    ASSIGN_OR_RETURN(const Begun begun, begin(client_of(request), who, "setup"));
    cookie_.set(response, begun.text, limits_.absolute);
    return {};
  };
  return hooks;
}

}  // namespace signin
