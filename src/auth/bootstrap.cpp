#include "auth/bootstrap.h"

#include <algorithm>
#include <utility>

#include "auth/guard.h"
#include "auth/service_rules.h"
#include "base/random.h"

namespace auth {
namespace {

constexpr base::Millis kOpenFor{30LL * 60 * 1000};
constexpr std::size_t kShortestAdminToken = 32;
constexpr std::size_t kLongestAdminToken = 512;
constexpr std::string_view kAdminName = "admin";

base::Status check_admin_token(const base::Secret& token) {
  const std::string& text = token.reveal();
  if (text.size() < kShortestAdminToken || text.size() > kLongestAdminToken) {
    return base::invalid("RUNBRIDGE_ADMIN_TOKEN must have 32 to 512 characters, not " + std::to_string(text.size()) +
                         ". Make one with: openssl rand -hex 32");
  }
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; })) {
    return base::invalid("RUNBRIDGE_ADMIN_TOKEN must be visible ASCII characters without spaces.");
  }
  return {};
}

base::Result<User> find_or_make_admin(storage::Transaction& transaction, const base::Clock& clock) {
  ASSIGN_OR_RETURN(auto found, find_user_by_name(transaction, kAdminName));
  if (found && found->site_admin) return *std::move(found);
  if (found) {
    return base::conflict(
        "RUNBRIDGE_ADMIN_TOKEN is for the user \"admin\", but that user exists and is no site "
        "administrator. Rename it, or unset the variable.");
  }
  const User admin{UserId::make(), std::string(kAdminName), "admin@localhost", true, clock.now()};
  RETURN_IF_ERROR(insert_user(transaction, admin));
  RETURN_IF_ERROR(audit(transaction, clock,
                        {.organization = {},
                         .who = system_principal(),
                         .action = "user.create",
                         .target_type = "users",
                         .target_id = admin.id.str(),
                         .detail = named(admin.username)}));
  return admin;
}

Token user_token(const User& user, std::string_view text, std::string description, base::Time now) {
  Token token;
  token.id = TokenId::make();
  token.kind = TokenKind::kUser;
  token.user = user.id;
  token.hash = token_hash(text);
  token.description = std::move(description);
  token.created_by = user.id.str();
  token.created_at = now;
  return token;
}

// Ends every secret. Deleting the row of this one makes two calls with it wait for each other; one gets it.
base::Status use_secret(storage::Transaction& transaction, std::string_view secret, base::Time now) {
  ASSIGN_OR_RETURN(const auto used, transaction.execute("DELETE FROM setup_secrets WHERE hash = $1 AND expires_at > $2",
                                                        {token_hash(secret), now}));
  if (used != 1) return not_visible();
  RETURN_IF_ERROR(transaction.execute("DELETE FROM setup_secrets"));
  ASSIGN_OR_RETURN(const std::int64_t admins, count_site_admins(transaction));
  if (admins > 0) return not_visible();
  return {};
}

base::Status add_secret(storage::Transaction& transaction, const base::Secret& secret, base::Time now) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM setup_secrets WHERE expires_at <= $1", {now}));
  RETURN_IF_ERROR(transaction.execute("INSERT INTO setup_secrets (hash, created_at, expires_at) VALUES ($1, $2, $3)",
                                      {token_hash(secret.reveal()), now, now + kOpenFor}));
  return {};
}

}  // namespace

Bootstrap::Bootstrap(storage::Database& database, const base::Clock& clock, Service& service)
    : database_(database), clock_(clock), service_(service) {}

base::Result<std::optional<base::Secret>> Bootstrap::prepare(const std::optional<base::Secret>& admin_token) {
  if (admin_token) {
    RETURN_IF_ERROR(ensure_admin(*admin_token));
    return std::optional<base::Secret>();
  }
  const base::Secret secret("rbs_" + base::random_base58(40));
  ASSIGN_OR_RETURN(const bool is_needed, database_.write([&](storage::Transaction& transaction) -> base::Result<bool> {
    ASSIGN_OR_RETURN(const std::int64_t admins, count_site_admins(transaction));
    if (admins > 0) return false;
    RETURN_IF_ERROR(add_secret(transaction, secret, clock_.now()));
    return true;
  }));
  return is_needed ? std::optional(secret) : std::optional<base::Secret>();
}

base::Status Bootstrap::ensure_admin(const base::Secret& token) {
  RETURN_IF_ERROR(check_admin_token(token));
  const base::Status done = database_.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const User admin, find_or_make_admin(transaction, clock_));
    Token wanted = user_token(admin, token.reveal(), "RUNBRIDGE_ADMIN_TOKEN", clock_.now());
    wanted.is_single = true;
    ASSIGN_OR_RETURN(const auto current, find_single_token(transaction, TokenKind::kUser, admin.id.str()));
    if (current && current->hash == wanted.hash) return {};
    if (current) RETURN_IF_ERROR(delete_token(transaction, current->id));
    RETURN_IF_ERROR(transaction.execute("DELETE FROM setup_secrets"));
    RETURN_IF_ERROR(insert_token(transaction, wanted));
    return audit(transaction, clock_,
                 {.organization = {},
                  .who = system_principal(),
                  .action = "authentication-token.create",
                  .target_type = "authentication-tokens",
                  .target_id = wanted.id.str(),
                  .detail = named(wanted.description)});
  });
  service_.access().invalidate();
  return done;
}

base::Result<bool> Bootstrap::is_open(std::string_view secret) {
  return database_.read([&](storage::Connection& connection) -> base::Result<bool> {
    ASSIGN_OR_RETURN(const auto row,
                     connection.find("SELECT 1 FROM setup_secrets WHERE hash = $1 AND expires_at > $2 AND NOT EXISTS "
                                     "(SELECT 1 FROM users WHERE site_admin = 1)",
                                     {token_hash(secret), clock_.now()}));
    return row.has_value();
  });
}

base::Result<SetupOutcome> Bootstrap::complete(std::string_view secret, const SetupForm& form,
                                               const std::string& request_id) {
  const base::Time now = clock_.now();
  SetupOutcome outcome;
  outcome.user = {UserId::make(), form.username, form.email, true, now};
  outcome.organization.id = OrganizationId::make();
  outcome.organization.name = form.organization;
  outcome.organization.email = form.email;
  outcome.organization.created_at = now;
  outcome.token = make_token_text(TokenKind::kUser);
  const Token token = user_token(outcome.user, outcome.token.reveal(), "First token, made at set-up", now);
  const base::Status done = database_.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(use_secret(transaction, secret, now));
    RETURN_IF_ERROR(insert_user(transaction, outcome.user));
    RETURN_IF_ERROR(found_organization(transaction, outcome.organization, outcome.user));
    RETURN_IF_ERROR(insert_token(transaction, token));
    if (!form.password_hash.empty()) {
      RETURN_IF_ERROR(sign_in_.keep(transaction, outcome.user.id, form.password_hash));
    }
    Actor actor{.who = system_principal(), .request_id = request_id};
    return audit(transaction, clock_,
                 entry(actor, outcome.organization.id, "setup.complete", "users", outcome.user.id.str(),
                       named(outcome.user.username)));
  });
  service_.access().invalidate();
  if (!done) return done.error();
  return outcome;
}

}  // namespace auth
