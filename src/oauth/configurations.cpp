#include <algorithm>

#include <nlohmann/json.hpp>

#include "auth/audit.h"
#include "auth/guard.h"
#include "base/strings.h"
#include "catalogue/validate.h"
#include "jsonapi/json.h"
#include "oauth/service.h"

// OAuth applications registered for the installation.
namespace oauth {
namespace {

struct KnownSource {
  Source source;
  const char* name;
  const char* service;
  const char* url;  // of the service; empty: each installation has its own
};
constexpr KnownSource kSources[] = {
    {Source::kGithub, "github", "GitHub", "https://github.com"},
    {Source::kGithubEnterpriseServer, "github_enterprise_server", "GitHub Enterprise Server", ""},
    {Source::kAzure, "azure_rm", "Microsoft Entra ID", "https://login.microsoftonline.com"},
};

const KnownSource& known(Source source) {
  return *std::find_if(std::begin(kSources), std::end(kSources),
                       [&](const KnownSource& one) { return one.source == source; });
}

constexpr std::size_t kLongestUrl = 2000;

std::string pointer_to(std::string_view attribute) { return "/data/attributes/" + std::string(attribute); }

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// A source that is not known is a problem, and stays as it is.
void take_source(Configuration& configuration, const std::string& name, Problems& problems) {
  if (const auto source = source_named(name)) {
    configuration.source = *source;
    return;
  }
  std::vector<std::string> names;
  for (const auto& one : kSources) names.emplace_back(one.name);
  problems.push_back(base::invalid("source-type is one of: " + base::join(names, ", "), pointer_to("source-type")));
}

base::Status check_url(const Configuration& configuration, const net::OutboundPolicy& policy) {
  if (configuration.url.empty()) {
    return base::invalid("A GitHub Enterprise Server is your own: enter its URL, like https://github.example.com");
  }
  if (configuration.url.size() > kLongestUrl) return base::invalid("the URL is too long");
  ASSIGN_OR_RETURN(const auto url, net::parse_url(configuration.url));
  if (url.scheme != "https") return base::invalid("the URL has to begin with https://");
  if (!url.query.empty()) return base::invalid("the URL of a service ends before any question mark");
  const bool is_github = url.host == "github.com";
  if (configuration.source == Source::kGithub && !is_github) {
    return base::invalid("github is for https://github.com; for a server of your own use github_enterprise_server");
  }
  if (configuration.source == Source::kGithubEnterpriseServer && is_github) {
    return base::invalid("github_enterprise_server is for a server of your own; for github.com use github");
  }
  return policy.check_url(url);
}

}  // namespace

const char* source_name(Source source) { return known(source).name; }
const char* service_name(Source source) { return known(source).service; }

std::optional<Source> source_named(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kSources), std::end(kSources), [&](const KnownSource& one) { return name == one.name; });
  return found == std::end(kSources) ? std::nullopt : std::optional(found->source);
}

// All that is wrong with it.
base::Status Service::check(Configuration& configuration, Problems& problems) const {
  if (configuration.url.empty()) configuration.url = known(configuration.source).url;
  configuration.url = without_slash(configuration.url);
  const auto name = catalogue::problem_of_name(*to_.catalogue, configuration.name);
  if (!name.empty()) problems.push_back(base::invalid(name, pointer_to("name")));
  if (auto url = check_url(configuration, to_.policy); !url) {
    auto error = std::move(url).error();
    error.pointer = pointer_to("url");
    problems.push_back(std::move(error));
  }
  if (configuration.client_id.empty()) {
    problems.push_back(
        base::invalid("Enter the client ID that the service shows for the application", pointer_to("client-id")));
  }
  // The sign-in at Entra ID is that of a public client, which shows no secret.
  if (!configuration.has_secret && configuration.source != Source::kAzure) {
    problems.push_back(base::invalid("Enter the client secret of the application", pointer_to("client-secret")));
  }
  return problems.empty() ? base::Status() : problems.front();
}

base::Status Service::audit(storage::Transaction& transaction, const auth::Actor& actor,
                            const Configuration& configuration, const std::string& action,
                            const std::string& detail) const {
  auth::AuditEntry entry;
  entry.who = actor.who;
  entry.action = "oauth-configuration." + action;
  entry.target_type = "oauth-configurations";
  entry.target_id = configuration.id.str();
  entry.detail = detail;
  entry.request_id = actor.request_id;
  return auth::audit(transaction, to_.clock, entry);
}

base::Result<std::vector<Configuration>> Service::configurations() {
  return to_.database.read([](storage::Connection& connection) { return store::all(connection); });
}

base::Result<Configuration> Service::configuration(const ConfigurationId& id) {
  return to_.database.read([&](storage::Connection& connection) -> base::Result<Configuration> {
    ASSIGN_OR_RETURN(const auto row, store::find(connection, id));
    if (!row) return auth::not_visible();
    return row->configuration;
  });
}

base::Result<std::optional<Configuration>> Service::find(storage::Connection& connection, std::string_view id_or_name) {
  const bool is_id = id_or_name.starts_with("ocf-");
  ASSIGN_OR_RETURN(const auto row, is_id ? store::find(connection, ConfigurationId(std::string(id_or_name)))
                                         : store::find_named(connection, id_or_name));
  return row ? std::optional(row->configuration) : std::nullopt;
}

base::Result<std::vector<Configuration>> Service::of_source(storage::Connection& connection, Source source) {
  ASSIGN_OR_RETURN(auto all, store::all(connection));
  std::erase_if(all, [&](const Configuration& one) { return one.source != source; });
  return all;
}

base::Result<Configuration> Service::create(const auth::Actor& actor, const NewConfiguration& wanted,
                                            Problems& problems) {
  Configuration made{.id = ConfigurationId::make(), .name = wanted.name};
  made.url = wanted.url;
  made.client_id = wanted.client_id;
  made.has_secret = !wanted.client_secret.empty();
  made.created_at = made.updated_at = to_.clock.now();
  take_source(made, wanted.source_type, problems);
  RETURN_IF_ERROR(check(made, problems));
  return to_.database.write([&](storage::Transaction& transaction) -> base::Result<Configuration> {
    store::ConfigurationRow row{made, {}};
    if (made.has_secret) {
      ASSIGN_OR_RETURN(row.secret, to_.vault.put(transaction, store::owner_of(made), wanted.client_secret));
    }
    RETURN_IF_ERROR(store::insert(transaction, row));
    RETURN_IF_ERROR(audit(transaction, actor, made, "create",
                          jsonapi::dump({{"name", made.name}, {"source-type", source_name(made.source)}})));
    return made;
  });
}

base::Result<Configuration> Service::update(const auth::Actor& actor, const ConfigurationId& id,
                                            const ConfigurationChange& change, Problems& problems) {
  return to_.database.write([&](storage::Transaction& transaction) -> base::Result<Configuration> {
    problems.clear();
    ASSIGN_OR_RETURN(auto row, store::find(transaction, id));
    if (!row) return auth::not_visible();
    Configuration& made = row->configuration;
    const Configuration before = made;
    made.name = change.name.value_or(made.name);
    made.url = change.url.value_or(made.url);
    made.client_id = change.client_id.value_or(made.client_id);
    if (change.source_type) take_source(made, *change.source_type, problems);
    if (change.client_secret) made.has_secret = !change.client_secret->empty();
    RETURN_IF_ERROR(check(made, problems));
    if (made.url != before.url || made.source != before.source) {
      ASSIGN_OR_RETURN(const auto uses, uses_ ? uses_(transaction, id) : std::vector<std::string>());
      if (!uses.empty()) {
        return base::conflict("the OAuth configuration '" + before.name + "' is used by " + base::join(uses, ", ") +
                              ", whose tokens are for " + before.url + ": register another one for the other service");
      }
    }
    if (change.client_secret) {
      if (!row->secret.empty()) RETURN_IF_ERROR(to_.vault.erase(transaction, row->secret));
      row->secret = {};
      if (made.has_secret) {
        ASSIGN_OR_RETURN(row->secret, to_.vault.put(transaction, store::owner_of(made), *change.client_secret));
      }
    }
    made.updated_at = to_.clock.now();
    RETURN_IF_ERROR(store::update(transaction, *row));
    RETURN_IF_ERROR(audit(transaction, actor, made, "update",
                          jsonapi::dump({{"name", made.name}, {"secret-changed", change.client_secret.has_value()}})));
    return made;
  });
}

base::Status Service::remove(const auth::Actor& actor, const ConfigurationId& id, bool force) {
  return to_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, store::find(transaction, id));
    if (!row) return auth::not_visible();
    const Configuration& gone = row->configuration;
    ASSIGN_OR_RETURN(const auto uses, uses_ ? uses_(transaction, id) : std::vector<std::string>());
    if (!uses.empty() && !force) {
      return base::conflict("the OAuth configuration '" + gone.name + "' is used by " + base::join(uses, ", ") +
                            "; delete them or sign them in with another first, or delete it all the same with "
                            "?force=true");
    }
    ASSIGN_OR_RETURN(const auto under_way, store::all_of(transaction, id));
    for (const auto& one : under_way) RETURN_IF_ERROR(erase(transaction, one));
    if (!row->secret.empty()) RETURN_IF_ERROR(to_.vault.erase(transaction, row->secret));
    RETURN_IF_ERROR(store::remove(transaction, id));
    return audit(transaction, actor, gone, "delete",
                 jsonapi::dump({{"name", gone.name}, {"was-used-by", base::join(uses, ", ")}}));
  });
}

}  // namespace oauth
