#include "auth/guard.h"
#include "base/strings.h"
#include "catalogue/rule_check.h"
#include "connections/service_impl.h"

// Secrets that come from a person's sign-in at the service.
namespace connections {
namespace {

// What of a scheme has to do with it.
struct SignInOf {
  oauth::Source source;
  const catalogue::Parameter* secret = nullptr;         // what the sign-in fills
  const catalogue::Parameter* configuration = nullptr;  // names the OAuth configuration; may be null
  const catalogue::Parameter* url = nullptr;            // is read from the OAuth configuration; may be null
};

std::optional<SignInOf> sign_in_of(const catalogue::Scheme& scheme) {
  SignInOf found{};
  std::string source = scheme.needs_oauth_configuration;
  for (const auto& parameter : scheme.parameters) {
    if (parameter.options_from.kind == catalogue::OptionsFrom::Kind::kOauthConfigurations) {
      source = parameter.options_from.of;
      found.configuration = &parameter;
    } else if (parameter.filled_by_flow && parameter.secret) {
      found.secret = &parameter;
    } else if (parameter.filled_by_flow && !parameter.yaml_paths.empty() && parameter.yaml_paths.front() == "target") {
      found.url = &parameter;
    }
  }
  const auto known = oauth::source_named(source);
  if (!known || found.secret == nullptr) return std::nullopt;
  found.source = *known;
  return found;
}

std::string pointer_to(const catalogue::Parameter& parameter) { return "/data/attributes/parameters/" + parameter.id; }

base::Error no_sign_in(const catalogue::Scheme& scheme) {
  return base::invalid("The scheme '" + scheme.id + "' has no secret that a sign-in fills",
                       "/data/attributes/oauth-authorization");
}

std::string text_of(const catalogue::Given& given, const catalogue::Parameter* parameter) {
  if (parameter == nullptr) return {};
  const auto found = given.values.find(parameter->id);
  return found == given.values.end() ? std::string() : std::string(base::trim(found->second.reveal()));
}

bool is(const oauth::Configuration& configuration, const std::string& id_or_name) {
  return configuration.id.str() == id_or_name || base::equals_ignoring_case(configuration.name, id_or_name);
}

// By what the request says, else by what is stored, else the only one there is.
base::Result<std::optional<oauth::Configuration>> named_configuration(
    storage::Connection& connection, const SignInOf& sign_in, const SignedIn& signed_in, const catalogue::Given& given,
    std::optional<oauth::Configuration> stored, Problems& problems) {
  const std::string field = text_of(given, sign_in.configuration);
  const std::string& name = signed_in.configuration.empty() ? field : signed_in.configuration;
  if (!name.empty()) {
    ASSIGN_OR_RETURN(auto found, oauth::Service::find(connection, name));
    if (found && found->source == sign_in.source) return found;
    // A field beside a secret that was given is only a note.
    if (!signed_in.configuration.empty()) {
      problems.push_back(base::invalid(
          "There is no OAuth configuration '" + base::printable(name) + "' for " + oauth::service_name(sign_in.source),
          "/data/attributes/oauth-configuration"));
    }
    return std::optional<oauth::Configuration>();
  }
  if (stored || sign_in.configuration != nullptr) return stored;
  ASSIGN_OR_RETURN(const auto all, oauth::Service::of_source(connection, sign_in.source));
  if (all.size() > 1) {
    problems.push_back(base::invalid(std::string("Several OAuth configurations are registered for ") +
                                         oauth::service_name(sign_in.source) +
                                         ": name the one that the sign-in was made with",
                                     "/data/attributes/oauth-configuration"));
  }
  return all.size() == 1 ? std::optional(all.front()) : std::nullopt;
}

}  // namespace

base::Status Service::Impl::settle_sign_in(storage::Connection& connection, const auth::Actor& actor,
                                           const SignedIn& signed_in, const oauth::Purpose& purpose,
                                           catalogue::Given& given, Draft& draft, Problems& problems) const {
  const auto sign_in = sign_in_of(*draft.kind.scheme);
  if (!sign_in || dependencies.oauth == nullptr) {
    if (!signed_in.authorization.empty()) problems.push_back(no_sign_in(*draft.kind.scheme));
    return {};
  }
  if (signed_in.authorization.empty()) {
    const std::optional<oauth::Configuration> stored = draft.configuration;
    ASSIGN_OR_RETURN(draft.configuration, named_configuration(connection, *sign_in, signed_in, given,
                                                              std::move(draft.configuration), problems));
    const bool is_another = stored && draft.configuration && stored->id != draft.configuration->id;
    if (is_another && !given.values.contains(sign_in->secret->id)) {
      problems.push_back(base::invalid(
          "The stored sign-in was made with the OAuth configuration '" + stored->name + "'; sign in with the other",
          pointer_to(*sign_in->secret)));
    }
  } else {
    auto opened = dependencies.oauth->open(connection, actor.who, signed_in.authorization, purpose);
    if (!opened) {
      problems.push_back(std::move(opened).error());
      return {};
    }
    if (given.values.contains(sign_in->secret->id)) {
      problems.push_back(base::invalid("It comes from the sign-in; leave it out", pointer_to(*sign_in->secret)));
    }
    for (const auto& name : {signed_in.configuration, text_of(given, sign_in->configuration)}) {
      if (name.empty() || is(opened->configuration, name)) continue;
      problems.push_back(base::invalid("The sign-in was made with the OAuth configuration '" +
                                           opened->configuration.name + "'; leave it out, or sign in with the other",
                                       "/data/attributes/oauth-configuration"));
    }
    given.values[sign_in->secret->id] = opened->token;
    given.cleared.erase(sign_in->secret->id);
    draft.configuration = std::move(opened->configuration);
    draft.authorization = signed_in.authorization;
    draft.account = std::move(opened->account);
  }
  if (!draft.configuration) return {};
  const bool is_new = purpose.connection.empty() || !draft.authorization.empty();
  if (sign_in->configuration != nullptr && (is_new || given.values.contains(sign_in->configuration->id))) {
    given.values[sign_in->configuration->id] = base::Secret(draft.configuration->name);
  }
  if (sign_in->url == nullptr) return {};
  // Where the token goes is not for whoever writes the connection to say.
  std::string url = text_of(given, sign_in->url);
  while (url.ends_with('/')) url.pop_back();
  if (!url.empty() && url != draft.configuration->url) {
    problems.push_back(base::invalid("It is read from the OAuth configuration '" + draft.configuration->name + "' (" +
                                         draft.configuration->url + "); leave it out",
                                     pointer_to(*sign_in->url)));
  }
  const bool changes = is_new || given.values.contains(sign_in->url->id) ||
                       (sign_in->configuration != nullptr && given.values.contains(sign_in->configuration->id));
  if (changes) given.values[sign_in->url->id] = base::Secret(draft.configuration->url);
  return {};
}

base::Status Service::Impl::take_sign_in(storage::Transaction& transaction, const Draft& draft) const {
  if (dependencies.oauth == nullptr || !sign_in_of(*draft.kind.scheme)) return {};
  const std::string configuration = draft.configuration ? draft.configuration->id.str() : std::string();
  RETURN_IF_ERROR(store::set_oauth_configuration(transaction, draft.connection.id, configuration));
  if (draft.authorization.empty()) return {};
  return dependencies.oauth->consume(transaction, draft.authorization);
}

base::Result<std::optional<oauth::Configuration>> Service::Impl::configuration_of(
    storage::Connection& connection, const ServiceConnectionId& id, const catalogue::Scheme& scheme) const {
  const auto sign_in = sign_in_of(scheme);
  if (!sign_in || dependencies.oauth == nullptr) return std::optional<oauth::Configuration>();
  ASSIGN_OR_RETURN(const auto stored, store::oauth_configuration_of(connection, id));
  if (!stored.empty()) return oauth::Service::find(connection, stored);
  if (sign_in->configuration != nullptr) return std::optional<oauth::Configuration>();
  // Made when none was registered.
  ASSIGN_OR_RETURN(const auto all, oauth::Service::of_source(connection, sign_in->source));
  return all.size() == 1 ? std::optional(all.front()) : std::nullopt;
}

base::Result<oauth::Started> Service::Impl::start_sign_in(const auth::Actor& actor, const Kind& kind,
                                                          const oauth::Purpose& purpose,
                                                          const NewSignIn& wanted) const {
  const auto sign_in = sign_in_of(*kind.scheme);
  if (!sign_in || dependencies.oauth == nullptr) return no_sign_in(*kind.scheme);
  const auto value = [&](const char* id) {
    const auto found = wanted.parameters.find(id);
    return found == wanted.parameters.end() ? std::string() : found->second;
  };
  // Only what the sign-in sends is looked at, by the rules of the form.
  for (const char* id : {"environment", "tenant_id"}) {
    const auto* parameter = kind.scheme->find_parameter(id);
    const auto* rule = parameter == nullptr ? nullptr : dependencies.catalogue->find_rule(parameter->rule);
    if (rule == nullptr || value(id).empty()) continue;
    const auto problem = catalogue::problem_of_value(*rule, value(id), {});
    if (!problem.empty()) return base::invalid(problem, pointer_to(*parameter));
  }
  oauth::Service::Wanted asked;
  asked.configuration = wanted.configuration;
  asked.source = sign_in->source;
  asked.purpose = purpose;
  asked.scopes = kind.scheme->recommended_scopes;
  asked.environment = value("environment");
  asked.tenant = value("tenant_id");
  return dependencies.oauth->start(actor, asked);
}

base::Result<oauth::Started> Service::start_sign_in(const auth::Actor& actor, const auth::OrganizationId& organization,
                                                    const auth::ProjectId& project, const NewSignIn& wanted) {
  RETURN_IF_ERROR(impl_->dependencies.database.read([&](storage::Connection& connection) {
    return Impl::require_creator(connection, actor.who, organization, project);
  }));
  ASSIGN_OR_RETURN(const auto kind, impl_->kind_named(wanted.type, wanted.scheme));
  return impl_->start_sign_in(actor, kind, {organization, project, {}, kind.type->id, kind.scheme->id}, wanted);
}

base::Result<oauth::Started> Service::start_sign_in(const auth::Actor& actor, const auth::OrganizationId& organization,
                                                    const ServiceConnectionId& id, const NewSignIn& wanted) {
  NewSignIn asked = wanted;
  ASSIGN_OR_RETURN(
      const auto stored,
      impl_->dependencies.database.read([&](storage::Connection& connection) -> base::Result<ServiceConnection> {
        ASSIGN_OR_RETURN(auto row, Impl::require(connection, actor.who, organization, id, Role::kAdministrator));
        ASSIGN_OR_RETURN(const auto linked, store::oauth_configuration_of(connection, id));
        if (asked.configuration.empty() && !linked.empty()) {
          asked.configuration = linked;
        }
        return std::move(row.seen.connection);
      }));
  ASSIGN_OR_RETURN(const auto kind, impl_->kind_of(stored));
  asked.parameters = stored.fields;
  return impl_->start_sign_in(actor, kind, {organization, stored.project, id.str(), stored.type, stored.scheme}, asked);
}

base::Result<std::vector<std::string>> Service::users_of(storage::Connection& connection,
                                                         const oauth::ConfigurationId& configuration) {
  return store::of_oauth_configuration(connection, configuration.str());
}

}  // namespace connections
