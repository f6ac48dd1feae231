#include "signin/session.h"

#include <algorithm>
#include <array>

#include "base/random.h"
#include "base/strings.h"
#include "crypto/hash.h"

#define SESSION_COLUMNS                                                                                           \
  "s.id, s.user_id, s.method, s.site_admin, s.address, s.user_agent, s.created_at, s.proven_at, s.last_seen_at, " \
  "s.expires_at"

namespace signin {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLongestAgent = 255;
constexpr base::Millis kClockSlack{5LL * 60 * 1000};

std::string hash_of(std::string_view text) { return base::to_hex(crypto::sha256(text)); }

Session session_from(const storage::Row& row) {
  Session session;
  session.id = row.id<SessionId>(0);
  session.user = row.id<auth::UserId>(1);
  session.method = row.text(2);
  session.site_admin = row.boolean(3);
  session.address = row.text(4);
  session.user_agent = row.text(5);
  session.created_at = row.time(6);
  session.proven_at = row.time(7);
  session.last_seen_at = row.time(8);
  session.expires_at = row.time(9);
  return session;
}

bool is_good(const Session& session, base::Time now, const SessionLimits& limits) {
  if (now >= session.expires_at || now >= session.last_seen_at + limits.idle) return false;
  return session.last_seen_at <= now + kClockSlack;  // a clock that was set back revives nothing
}

}  // namespace

NewSession make_session(const auth::User& user, const std::string& method, const Client& client, base::Time now,
                        const SessionLimits& limits) {
  std::array<unsigned char, kSecretBytes> bytes{};
  base::fill_random(bytes);
  NewSession made;
  made.text = base::Secret(base::to_base64url(std::string(bytes.begin(), bytes.end())));
  Session& session = made.session;
  session.id = SessionId::make();
  session.user = user.id;
  session.method = method;
  session.site_admin = user.site_admin;
  session.address = client.address;
  session.user_agent = base::shorten(base::to_valid_utf8(client.user_agent), kLongestAgent);
  session.created_at = session.proven_at = session.last_seen_at = now;
  session.expires_at = now + limits.absolute;
  return made;
}

std::string csrf_token(const base::Secret& session_text) {
  return base::to_base64url(crypto::hmac_sha256(session_text.reveal(), "runbridge csrf token"));
}

base::Status insert_session(storage::Transaction& transaction, const NewSession& made) {
  const Session& session = made.session;
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO sessions (id, hash, user_id, method, site_admin, address, user_agent, created_at, proven_at, "
      "last_seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {session.id, hash_of(made.text.reveal()), session.user, session.method, session.site_admin, session.address,
       session.user_agent, session.created_at, session.proven_at, session.last_seen_at, session.expires_at}));
  return {};
}

base::Result<std::optional<FoundSession>> find_session(storage::Connection& connection, std::string_view text,
                                                       base::Time now, const SessionLimits& limits) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT " SESSION_COLUMNS
                                   ", u.username, u.email, u.site_admin, u.created_at FROM sessions s JOIN users u ON "
                                   "u.id = s.user_id WHERE s.hash = $1",
                                   {hash_of(text)}));
  if (!row) return std::optional<FoundSession>();
  FoundSession found{.session = session_from(*row), .user = {}};
  found.user = {found.session.user, row->text(10), row->text(11), row->boolean(12), row->time(13)};
  if (!is_good(found.session, now, limits) || found.user.site_admin != found.session.site_admin) {
    return std::optional<FoundSession>();
  }
  return std::optional(std::move(found));
}

base::Result<std::optional<SessionId>> find_any_session(storage::Connection& connection, std::string_view text) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT id FROM sessions WHERE hash = $1", {hash_of(text)}));
  return row ? std::optional(row->id<SessionId>(0)) : std::nullopt;
}

base::Result<std::vector<Session>> sessions_of(storage::Connection& connection, const auth::UserId& user,
                                               base::Time now, const SessionLimits& limits) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT " SESSION_COLUMNS
                                    " FROM sessions s WHERE s.user_id = $1 ORDER BY s.last_seen_at DESC, s.id",
                                    {user}));
  std::vector<Session> sessions;
  for (const storage::Row& row : rows) sessions.push_back(session_from(row));
  std::erase_if(sessions, [&](const Session& session) { return !is_good(session, now, limits); });
  return sessions;
}

base::Status touch_session(storage::Transaction& transaction, const SessionId& id, base::Time now) {
  RETURN_IF_ERROR(
      transaction.execute("UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2", {id, now}));
  return {};
}

base::Status prove_session(storage::Transaction& transaction, const SessionId& id, base::Time now) {
  RETURN_IF_ERROR(transaction.execute("UPDATE sessions SET proven_at = $2 WHERE id = $1", {id, now}));
  return {};
}

base::Result<std::int64_t> end_session(storage::Transaction& transaction, const auth::UserId& user,
                                       const SessionId& id) {
  return transaction.execute("DELETE FROM sessions WHERE id = $1 AND user_id = $2", {id, user});
}

base::Result<std::int64_t> end_sessions(storage::Transaction& transaction, const auth::UserId& user) {
  return transaction.execute("DELETE FROM sessions WHERE user_id = $1", {user});
}

base::Status drop_old_sessions(storage::Transaction& transaction, base::Time now) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM sessions WHERE expires_at <= $1", {now}));
  return {};
}

}  // namespace signin
