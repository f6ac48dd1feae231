#include "signin/sign_on.h"

#include <algorithm>
#include <array>
#include <utility>

#include "auth/membership.h"
#include "auth/problem.h"
#include "base/random.h"
#include "base/strings.h"
#include "crypto/equal.h"
#include "crypto/hash.h"
#include "signin/service_parts.h"

namespace signin {
namespace {

constexpr base::Millis kGoodFor{10LL * 60 * 1000};
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLongestUsername = 80;
constexpr int kMostOfAName = 50;

// The cookie's text: RANDOM.EXPIRY.PURPOSE.PATH. Whoever changes a part changes the state that is expected back.
struct Ticket {
  base::Time expires_at = {};
  SignOn::Purpose purpose = SignOn::Purpose::kSignIn;
  std::string return_to;
};

base::Secret text_of(const Ticket& ticket) {
  std::array<unsigned char, kSecretBytes> bytes{};
  base::fill_random(bytes);
  return base::Secret(base::to_base64url(std::string(bytes.begin(), bytes.end())) + "." +
                      std::to_string(base::to_millis(ticket.expires_at)) + "." +
                      (ticket.purpose == SignOn::Purpose::kLink ? "link" : "in") + "." +
                      base::to_hex(ticket.return_to));
}

std::optional<Ticket> ticket_of(const base::Secret& text) {
  const auto parts = base::split(text.reveal(), '.');
  if (parts.size() != 4 || parts[0].size() < kSecretBytes) return std::nullopt;
  const auto expires = base::to_integer(parts[1]);
  const auto path = base::from_hex(parts[3]);
  if (!expires || !path) return std::nullopt;
  return Ticket{base::from_millis(*expires), parts[2] == "link" ? SignOn::Purpose::kLink : SignOn::Purpose::kSignIn,
                local_path(*path)};
}

base::Error unknown_person() { return base::not_found("This person of the sign-on provider is no user here."); }

bool is_of_domain(const std::string& email, const std::vector<std::string>& domains) {
  const std::string domain = base::to_lower(email.substr(email.rfind('@') + 1));
  return domains.empty() || std::find(domains.begin(), domains.end(), domain) != domains.end();
}

// What may be a user name, of what the provider calls the person.
std::string username_of(const ProvenPerson& person) {
  const std::string wanted = person.name.empty() ? person.email.substr(0, person.email.find('@'))
                                                 : person.name.substr(0, person.name.find('@'));
  std::string name;
  for (const char c : wanted) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (fits && name.size() < kLongestUsername) name += c;
  }
  return name.empty() ? "user" : name;
}

SignOn::Outcome failed(SignOn::Outcome outcome, std::string problem, std::string why) {
  outcome.problem = std::move(problem);
  outcome.why = std::move(why);
  return outcome;
}

SignOn::Outcome failed(SignOn::Outcome outcome, const base::Error& error) {
  const std::string why = error.message + (error.detail.empty() ? "" : " (" + error.detail + ")");
  switch (error.code) {
    case base::Code::kUnauthorized: return failed(std::move(outcome), "sign_on_refused", why);
    case base::Code::kNotFound: return failed(std::move(outcome), "sign_on_unknown_person", why);
    case base::Code::kConflict: return failed(std::move(outcome), "sign_on_linked_already", why);
    default: return failed(std::move(outcome), "sign_on_unavailable", why);
  }
}

}  // namespace

SignOn::SignOn(Dependencies dependencies, SignOnSettings settings)
    : to_(std::move(dependencies)),
      settings_(std::move(settings)),
      cookie_("runbridge-sign-on", to_.public_url),
      provider_(settings_.provider, to_.client, to_.clock, to_.public_url + "/sign-in/oidc/callback") {}

base::Result<SignOn::Started> SignOn::start(Purpose purpose, std::string_view return_to) {
  if (!is_on()) return base::not_found("This server has no single sign-on. See --oidc-issuer.");
  Started started{.url = {}, .cookie = text_of({to_.clock.now() + kGoodFor, purpose, local_path(return_to)})};
  ASSIGN_OR_RETURN(started.url, provider_.authorization_url(binding_of(started.cookie)));
  return started;
}

SignOn::Outcome SignOn::finish(const Client& client, const Returned& returned,
                               const std::optional<auth::User>& present) {
  Outcome outcome;
  const auto ticket = is_on() && returned.cookie ? ticket_of(*returned.cookie) : std::nullopt;
  if (!ticket) return failed(std::move(outcome), "sign_on_expired", "this browser has begun no sign-on");
  outcome.return_to = ticket->return_to;
  outcome.purpose = ticket->purpose;
  const Binding binding = binding_of(*returned.cookie);
  if (!crypto::equal(binding.state, returned.state)) {
    return failed(std::move(outcome), "sign_on_expired", "the state is not this browser's");
  }
  if (to_.clock.now() >= ticket->expires_at) return failed(std::move(outcome), "sign_on_expired", "it took too long");
  if (!returned.issuer.empty() && returned.issuer != settings_.provider.issuer) {
    return failed(std::move(outcome), "sign_on_refused", "another issuer answered");
  }
  const auto is_first = spend(*returned.cookie, ticket->expires_at);
  if (!is_first) return failed(std::move(outcome), is_first.error());
  if (!*is_first) return failed(std::move(outcome), "sign_on_expired", "the state was used before");
  if (!returned.error.empty() || returned.code.empty()) {
    return failed(std::move(outcome), "sign_on_denied", base::printable(returned.error, 40));
  }
  const auto person = provider_.redeem(returned.code, binding);
  if (!person) return failed(std::move(outcome), person.error());
  if (ticket->purpose == Purpose::kLink) {
    if (!present) return failed(std::move(outcome), "sign_on_expired", "the session has ended");
    const auth::Actor actor{principal_for(*present, {}), client.request_id};
    const base::Status linked = to_.database.write(
        [&](storage::Transaction& transaction) { return link(transaction, actor, *present, *person); });
    return linked ? outcome : failed(std::move(outcome), linked.error());
  }
  const auto user = user_for(client, *person);
  if (!user) return failed(std::move(outcome), user.error());
  auto begun = to_.service.begin(client, *user, "oidc");
  if (!begun) return failed(std::move(outcome), begun.error());
  outcome.begun = *std::move(begun);
  return outcome;
}

base::Result<bool> SignOn::spend(const base::Secret& cookie, base::Time expires_at) {
  const std::string key = base::to_hex(crypto::sha256("sign-on:" + cookie.reveal()));
  return to_.database.write(
      [&](storage::Transaction& transaction) { return spend_sign_on(transaction, key, to_.clock.now(), expires_at); });
}

base::Result<auth::User> SignOn::user_for(const Client& client, const ProvenPerson& person) {
  auto found = to_.database.write([&](storage::Transaction& transaction) -> base::Result<auth::User> {
    ASSIGN_OR_RETURN(const auto identity, find_identity(transaction, settings_.provider.issuer, person.subject));
    if (!identity) return stranger(transaction, client, person);
    ASSIGN_OR_RETURN(auto user, auth::find_user(transaction, identity->user));
    if (!user) return unknown_person();
    return *std::move(user);
  });
  if (found) to_.access.invalidate();  // memberships that waited for the address
  return found;
}

base::Result<auth::User> SignOn::stranger(storage::Transaction& transaction, const Client& client,
                                          const ProvenPerson& person) {
  using Strangers = SignOnSettings::Strangers;
  if (settings_.strangers == Strangers::kRefused || person.email.empty()) return unknown_person();
  if (!is_of_domain(person.email, settings_.email_domains)) return unknown_person();
  ASSIGN_OR_RETURN(auto user, auth::find_user_by_email(transaction, person.email));
  if (user) {
    // An address that was given to somebody else does not open its former owner's account.
    ASSIGN_OR_RETURN(const auto linked, identities_of(transaction, user->id));
    const bool is_known = std::any_of(linked.begin(), linked.end(), [&](const Identity& identity) {
      return identity.issuer == settings_.provider.issuer;
    });
    if (is_known) return unknown_person();
  } else {
    if (settings_.strangers != Strangers::kCreated) return unknown_person();
    ASSIGN_OR_RETURN(user, create_user(transaction, person));
    RETURN_IF_ERROR(note(transaction, to_.clock, {principal_for(*user, {}), client.request_id}, "user.create", "users",
                         user->id.str()));
  }
  RETURN_IF_ERROR(link(transaction, {principal_for(*user, {}), client.request_id}, *user, person));
  return *std::move(user);
}

base::Result<auth::User> SignOn::create_user(storage::Transaction& transaction, const ProvenPerson& person) {
  const std::string wanted = username_of(person);
  auth::User user{.id = auth::UserId::make(), .username = wanted, .email = person.email};
  user.created_at = to_.clock.now();
  for (int number = 2; number <= kMostOfAName; ++number) {
    ASSIGN_OR_RETURN(const auto other, auth::find_user_by_name(transaction, user.username));
    if (!other) break;
    user.username = wanted + "-" + std::to_string(number);
  }
  RETURN_IF_ERROR(auth::insert_user(transaction, user));
  RETURN_IF_ERROR(auth::accept_invitations(transaction, user.id, user.email));
  return user;
}

base::Status SignOn::link(storage::Transaction& transaction, const auth::Actor& actor, const auth::User& user,
                          const ProvenPerson& person) {
  RETURN_IF_ERROR(insert_identity(transaction, {IdentityId::make(), settings_.provider.issuer, person.subject, user.id,
                                                person.email, to_.clock.now()}));
  return note(transaction, to_.clock, actor, "identity.create", "users", user.id.str());
}

base::Result<std::vector<Identity>> SignOn::identities(const auth::UserId& user) {
  return to_.database.read([&](storage::Connection& connection) { return identities_of(connection, user); });
}

base::Status SignOn::unlink(const auth::Actor& actor, const IdentityId& id) {
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto removed, delete_identity(transaction, actor.who.user, id));
    if (removed == 0) return auth::not_visible();
    ASSIGN_OR_RETURN(const auto left, identities_of(transaction, actor.who.user));
    ASSIGN_OR_RETURN(const std::string hash, password_hash_of(transaction, actor.who.user));
    if (left.empty() && hash.empty()) {
      return base::conflict("You could not sign in any more. Choose a password first.");
    }
    return note(transaction, to_.clock, actor, "identity.delete", "users", actor.who.user.str());
  });
}

}  // namespace signin
