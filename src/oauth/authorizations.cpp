#include <nlohmann/json.hpp>

#include "auth/audit.h"
#include "auth/audit_log.h"
#include "auth/guard.h"
#include "base/random.h"
#include "base/strings.h"
#include "crypto/hash.h"
#include "jsonapi/json.h"
#include "oauth/entra.h"
#include "oauth/github.h"
#include "oauth/service.h"

// Sign-ins from their start to the connection that takes what they brought.
namespace oauth {
namespace {

using State = Authorization::State;

constexpr std::chrono::minutes kForTheSignIn{10};  // of a browser
constexpr std::chrono::minutes kForTheForm{30};    // from the sign-in to the connection that takes it
constexpr std::size_t kStateLength = 43;           // 252 bits
constexpr std::size_t kVerifierLength = 64;        // RFC 7636: 43 to 128
constexpr std::int64_t kMostAtOnce = 20;           // of one person

std::string hash_of(std::string_view state) {
  return base::to_hex(crypto::sha256("oauth state:" + std::string(state)));
}

base::Error unusable(const std::string& why) { return base::invalid(why, "/data/attributes/oauth-authorization"); }

// By the browser that began, or, where a token began, by any of the same person.
bool is_who_began(const Authorization& authorization, const std::optional<Visitor>& visitor) {
  if (!visitor || visitor->user.str() != authorization.started_by) return false;
  return authorization.session.empty() || authorization.session == visitor->session;
}

}  // namespace

const char* state_name(State state) {
  switch (state) {
    case State::kPending: return "pending";
    case State::kExchanging: return "exchanging";
    case State::kGranted: return "granted";
    case State::kFailed: return "failed";
  }
  return "failed";
}

base::Status Service::audit(storage::Transaction& transaction, const auth::Actor& actor,
                            const Authorization& authorization, const std::string& action) const {
  auth::AuditEntry entry;
  entry.organization = authorization.purpose.organization;
  entry.who = actor.who;
  entry.action = "oauth-authorization." + action;
  entry.target_type = "oauth-authorizations";
  entry.target_id = authorization.id.str();
  entry.detail = jsonapi::dump({{"configuration", authorization.configuration.str()},
                                {"type", authorization.purpose.type},
                                {"connection", authorization.purpose.connection},
                                {"account", authorization.account}});
  entry.request_id = actor.request_id;
  return auth::audit(transaction, to_.clock, entry);
}

base::Result<Configuration> Service::chosen(const Wanted& wanted) {
  const std::string pointer = "/data/attributes/oauth-configuration";
  return to_.database.read([&](storage::Connection& connection) -> base::Result<Configuration> {
    ASSIGN_OR_RETURN(const auto of_source, Service::of_source(connection, wanted.source));
    if (of_source.empty()) {
      return base::invalid(std::string("No OAuth configuration is registered for ") + service_name(wanted.source) +
                               "; a site administrator can register one",
                           pointer);
    }
    if (wanted.configuration.empty() && of_source.size() == 1) return of_source.front();
    std::vector<std::string> names;
    for (const auto& one : of_source) {
      if (one.id.str() == wanted.configuration || base::equals_ignoring_case(one.name, wanted.configuration)) {
        return one;
      }
      names.push_back(one.name);
    }
    return base::invalid("Name an OAuth configuration for " + std::string(service_name(wanted.source)) +
                             "; there are: " + base::join(names, ", "),
                         pointer);
  });
}

base::Result<Started> Service::start(const auth::Actor& actor, const Wanted& wanted) {
  ASSIGN_OR_RETURN(const auto configuration, chosen(wanted));
  ASSIGN_OR_RETURN(const auto open, to_.database.read([&](storage::Connection& connection) {
    return store::count_of(connection, auth::actor_id(actor.who));
  }));
  if (open >= kMostAtOnce) {
    return base::conflict("you have begun " + std::to_string(open) +
                          " sign-ins that no connection has used; delete some, or wait until they are erased");
  }
  return wanted.source == Source::kAzure ? start_by_device(actor, configuration, wanted)
                                         : start_in_browser(actor, configuration, wanted);
}

base::Result<Started> Service::start_in_browser(const auth::Actor& actor, const Configuration& configuration,
                                                const Wanted& wanted) {
  if (actor.who.kind != auth::Principal::Kind::kUser) {
    return base::forbidden("the sign-in at " + std::string(service_name(wanted.source)) +
                           " takes a person with a browser: use a user's token or the web page");
  }
  const base::Secret state(base::random_base58(kStateLength));
  const base::Secret verifier(base::random_base58(kVerifierLength));
  Authorization made{.id = AuthorizationId::make(), .configuration = configuration.id, .purpose = wanted.purpose};
  made.started_by = auth::actor_id(actor.who);
  made.session = actor.who.session;
  made.created_at = to_.clock.now();
  made.expires_at = made.created_at + kForTheSignIn;
  RETURN_IF_ERROR(keep(actor, {made, hash_of(state.reveal()), {}}, verifier, made.expires_at));
  return Started{made, github::authorization_url(configuration, callback_url(), wanted.scopes, state, verifier), {}};
}

base::Result<Started> Service::start_by_device(const auth::Actor& actor, const Configuration& configuration,
                                               const Wanted& wanted) {
  const auto* environment =
      to_.catalogue->find_azure_environment(wanted.environment.empty() ? "AzureCloud" : wanted.environment);
  const auto value = [&](const char* name) {
    const auto found = environment->values.find(name);
    return found == environment->values.end() ? std::string() : found->second;
  };
  if (environment == nullptr || value("arm_url").empty()) {
    return base::invalid("There is no sign-in for the environment '" + base::printable(wanted.environment) +
                             "': use a service principal there",
                         "/data/attributes/parameters/environment");
  }
  if (!value("authority").starts_with(configuration.url + "/")) {
    return base::invalid("The OAuth configuration '" + configuration.name + "' is registered at " + configuration.url +
                             ", but people of " + environment->name + " sign in at " + value("authority") +
                             ": choose another configuration or another environment",
                         "/data/attributes/parameters/environment");
  }
  ASSIGN_OR_RETURN(const auto code, entra::begin(to_.client, configuration, wanted.tenant, value("arm_url")));
  Authorization made{.id = AuthorizationId::make(), .configuration = configuration.id, .purpose = wanted.purpose};
  made.started_by = auth::actor_id(actor.who);
  made.session = actor.who.session;
  made.by_device = true;
  made.tenant = wanted.tenant;
  made.interval = code.interval.count();
  made.created_at = to_.clock.now();
  made.expires_at = made.created_at + code.lifetime;
  RETURN_IF_ERROR(keep(actor, {made, {}, {}}, code.device_code, made.created_at + code.interval));
  return Started{made, code.url, code.user_code};
}

base::Status Service::keep(const auth::Actor& actor, store::AuthorizationRow row, const base::Secret& secret,
                           base::Time first_look) {
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    const Authorization& made = row.authorization;
    ASSIGN_OR_RETURN(row.secret, to_.vault.put(transaction, store::owner_of(made), secret));
    RETURN_IF_ERROR(store::insert(transaction, row));
    RETURN_IF_ERROR(jobs::enqueue(transaction, {"oauth.authorization", made.id.str(), made.id.str(), first_look}));
    return audit(transaction, actor, made, "start");
  });
}

base::Result<Authorization> Service::authorization(const auth::Principal& who, const AuthorizationId& id) {
  return to_.database.read([&](storage::Connection& connection) -> base::Result<Authorization> {
    ASSIGN_OR_RETURN(const auto row, store::find(connection, id));
    const bool is_his = row && row->authorization.started_by == auth::actor_id(who);
    if (!is_his || row->authorization.expires_at <= to_.clock.now()) return auth::not_visible();
    return row->authorization;
  });
}

base::Status Service::cancel(const auth::Actor& actor, const AuthorizationId& id) {
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, store::find(transaction, id));
    if (!row || row->authorization.started_by != auth::actor_id(actor.who)) return auth::not_visible();
    RETURN_IF_ERROR(erase(transaction, *row));
    return audit(transaction, actor, row->authorization, "delete");
  });
}

base::Status Service::erase(storage::Transaction& transaction, const store::AuthorizationRow& row) const {
  if (!row.secret.empty()) RETURN_IF_ERROR(to_.vault.erase(transaction, row.secret));
  return store::remove(transaction, row.authorization.id);
}

base::Result<Service::Landed> Service::finish(const Returned& returned, const std::optional<Visitor>& visitor,
                                              const std::string& request_id) {
  if (returned.state.empty()) return Landed{};
  const std::string hash = hash_of(returned.state);
  ASSIGN_OR_RETURN(const auto row, to_.database.read([&](storage::Connection& connection) {
    return store::find_state(connection, hash);
  }));
  if (!row || row->authorization.expires_at <= to_.clock.now()) return Landed{};
  const Authorization& pending = row->authorization;
  // Before the state is spent: who was made to bring somebody else's takes nothing from him.
  if (!is_who_began(pending, visitor)) return Landed{Landing::kOtherBrowser, {}};
  ASSIGN_OR_RETURN(const bool is_first, to_.database.write([&](storage::Transaction& transaction) {
    return store::spend_state(transaction, pending.id, hash);
  }));
  if (!is_first) return Landed{};
  auth::Actor actor{{.kind = auth::Principal::Kind::kUser, .user = visitor->user, .session = visitor->session},
                    request_id};
  if (!returned.error.empty() || returned.code.empty()) {
    const bool refused = returned.error == "access_denied";
    const std::string words = in_words(returned.description.empty() ? returned.error : returned.description, {});
    const auto why = base::unauthorized(refused ? "The authorization was refused at the service."
                                                : "The service sent the browser back without a code: " +
                                                      (words.empty() ? "it gave no reason" : words));
    RETURN_IF_ERROR(settle(pending.id, base::Result<Grant>(why), actor));
  } else {
    RETURN_IF_ERROR(exchange(pending, returned.code, actor));
  }
  return Landed{Landing::kKnown, pending.id};
}

base::Result<base::Secret> Service::client_secret(const ConfigurationId& id) {
  return to_.database.read([&](storage::Connection& connection) -> base::Result<base::Secret> {
    ASSIGN_OR_RETURN(const auto row, store::find(connection, id));
    if (!row || row->secret.empty()) return base::not_found("the OAuth configuration was deleted");
    return to_.vault.get(connection, row->secret, store::owner_of(row->configuration));
  });
}

base::Status Service::exchange(const Authorization& authorization, const std::string& code, const auth::Actor& actor) {
  const auto grant = [&]() -> base::Result<Grant> {
    ASSIGN_OR_RETURN(const auto configuration, this->configuration(authorization.configuration));
    ASSIGN_OR_RETURN(auto secret, client_secret(configuration.id));
    ASSIGN_OR_RETURN(auto verifier,
                     to_.database.read([&](storage::Connection& connection) -> base::Result<base::Secret> {
                       ASSIGN_OR_RETURN(const auto row, store::find(connection, authorization.id));
                       if (!row) return base::not_found("the sign-in was given up");
                       return to_.vault.get(connection, row->secret, store::owner_of(authorization));
                     }));
    return github::redeem(to_.client, configuration,
                          {std::move(secret), base::Secret(code), std::move(verifier), callback_url()});
  }();
  return settle(authorization.id, grant, actor);
}

base::Status Service::settle(const AuthorizationId& id, const base::Result<Grant>& outcome, const auth::Actor& actor) {
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto row, store::find(transaction, id));
    if (!row) return {};  // given up meanwhile
    Authorization& ended = row->authorization;
    if (!row->secret.empty()) RETURN_IF_ERROR(to_.vault.erase(transaction, row->secret));
    row->secret = {};
    row->state_hash.clear();
    ended.state = outcome ? State::kGranted : State::kFailed;
    ended.expires_at = to_.clock.now() + kForTheForm;
    if (outcome) {
      ended.account = outcome->account;
      ended.message = outcome->note;
      ASSIGN_OR_RETURN(row->secret, to_.vault.put(transaction, store::owner_of(ended), outcome->token));
    } else {
      ended.message = outcome.error().message;
    }
    RETURN_IF_ERROR(store::update(transaction, *row));
    return audit(transaction, actor, ended, outcome ? "grant" : "fail");
  });
}

base::Result<std::optional<Authorization>> Service::landed(const AuthorizationId& id,
                                                           const std::optional<Visitor>& visitor) {
  return to_.database.read([&](storage::Connection& connection) -> base::Result<std::optional<Authorization>> {
    ASSIGN_OR_RETURN(const auto row, store::find(connection, id));
    if (!row || !is_who_began(row->authorization, visitor)) return std::optional<Authorization>();
    return std::optional(row->authorization);
  });
}

base::Result<Service::Opened> Service::open(storage::Connection& connection, const auth::Principal& who,
                                            const AuthorizationId& id, const Purpose& purpose) const {
  ASSIGN_OR_RETURN(const auto row, store::find(connection, id));
  const bool is_his = row && row->authorization.started_by == auth::actor_id(who);
  if (!is_his || row->authorization.expires_at <= to_.clock.now()) {
    return unusable("You have no such sign-in, or it was used or erased; sign in again");
  }
  const Authorization& authorization = row->authorization;
  if (authorization.purpose != purpose) {
    return unusable("That sign-in is for another connection, project, type or scheme; sign in again for this one");
  }
  if (authorization.state == State::kFailed) return unusable("That sign-in failed: " + authorization.message);
  if (authorization.state != State::kGranted) return unusable("That sign-in is not finished yet");
  ASSIGN_OR_RETURN(const auto configuration, store::find(connection, authorization.configuration));
  if (!configuration) return unusable("The OAuth configuration of that sign-in was deleted");
  ASSIGN_OR_RETURN(auto token, to_.vault.get(connection, row->secret, store::owner_of(authorization)));
  return Opened{configuration->configuration, std::move(token), authorization.account};
}

base::Status Service::consume(storage::Transaction& transaction, const AuthorizationId& id) const {
  ASSIGN_OR_RETURN(const auto row, store::find(transaction, id));
  if (!row) return base::conflict("the sign-in was used or erased meanwhile; sign in again");
  return erase(transaction, *row);
}

}  // namespace oauth
