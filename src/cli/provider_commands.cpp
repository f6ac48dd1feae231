#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/file.h"
#include "base/strings.h"
#include "cli/context.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

const std::vector<Field> kKindFields{
    {"KIND", "id"}, {"NAME", "attributes.display-name"}, {"TOKEN", "attributes.credential-hint"}};
const std::vector<Field> kProviderFields{{"ID", "id"},
                                         {"NAME", "attributes.name"},
                                         {"KIND", "attributes.service-provider"},
                                         {"URL", "attributes.http-url"},
                                         {"HEALTH", "attributes.health"},
                                         {"LAST ERROR", "attributes.last-error"}};
const std::vector<Field> kProviderDetails{{"Id", "id"},
                                          {"Name", "attributes.name"},
                                          {"Kind", "attributes.service-provider-display-name"},
                                          {"HTTP URL", "attributes.http-url"},
                                          {"API URL", "attributes.api-url"},
                                          {"Token id", "relationships.oauth-tokens.data.0.id"},
                                          {"Health", "attributes.health"},
                                          {"Verified at", "attributes.verified-at"},
                                          {"Token expires", "attributes.token-expires-at"},
                                          {"Last error", "attributes.last-error"}};
const std::vector<Field> kCheckFields{
    {"CHECK", "name"}, {"RESULT", "state"}, {"WHAT", "message"}, {"WHAT TO DO", "remedy"}};
const std::vector<Field> kRepositoryFields{{"REPOSITORY", "attributes.name"},
                                           {"SHOWN AS", "attributes.display-identifier"}};
const std::vector<Field> kBranchFields{{"BRANCH", "attributes.name"}, {"COMMIT", "attributes.sha"}};

struct AddOptions {
  std::string kind, name, http_url, api_url, token_file, ca_file, proxy, ssh_key_file;
};

base::Result<Json> attributes_of(Context& context, const AddOptions& options) {
  Json attributes{{"service-provider", options.kind}, {"http-url", options.http_url}, {"api-url", options.api_url}};
  if (options.api_url.empty()) attributes["api-url"] = options.http_url;
  if (!options.name.empty()) attributes["name"] = options.name;
  if (!options.proxy.empty()) attributes["proxy"] = options.proxy;
  if (!options.token_file.empty()) {
    ASSIGN_OR_RETURN(const auto token, context.read_secret(options.token_file));
    attributes["oauth-token-string"] = token.reveal();
  }
  if (!options.ca_file.empty()) {
    ASSIGN_OR_RETURN(attributes["ca-bundle"], base::read_file(options.ca_file, std::size_t{1} << 20U));
  }
  if (!options.ssh_key_file.empty()) {
    ASSIGN_OR_RETURN(const auto key, context.read_secret(options.ssh_key_file));
    attributes["private-key"] = key.reveal() + "\n";
  }
  return attributes;
}

// The URLs of a kind that lives at one place only (github, bitbucket_hosted).
base::Status fill_default_urls(Context& context, AddOptions& options) {
  if (!options.http_url.empty()) return {};
  ASSIGN_OR_RETURN(const Json kinds, context.api().get("/vcs-kinds"));
  for (const Json& kind : jsonapi::get_array(kinds, "data")) {
    if (jsonapi::get_text(kind, "id") != options.kind) continue;
    options.http_url = jsonapi::get_text(kind, "attributes.default-http-url");
    options.api_url = jsonapi::get_text(kind, "attributes.default-api-url");
  }
  if (options.http_url.empty()) return base::invalid("--http-url is needed for " + options.kind);
  return {};
}

base::Status add_provider(Context& context, AddOptions options) {
  RETURN_IF_ERROR(fill_default_urls(context, options));
  ASSIGN_OR_RETURN(const Json attributes, attributes_of(context, options));
  ASSIGN_OR_RETURN(const auto path, context.organization_path("/oauth-clients"));
  ASSIGN_OR_RETURN(const Json made, context.api().post(path, resource("oauth-clients", attributes)));
  return context.show_one(made, kProviderDetails);
}

base::Status show_checks(Context& context, const Json& document) {
  RETURN_IF_ERROR(context.show_one(document, kProviderDetails));
  const Json& checks = jsonapi::get_array(document, "data.attributes.checks");
  if (!checks.empty() && !context.json()) {
    context.world().out << '\n';
    print_table(context.world().out, kCheckFields, checks);
  }
  for (const Json& check : checks) {
    if (jsonapi::get_text(check, "state") == "failed")
      return base::upstream("the provider is not usable as it is; see the checks");
  }
  return {};
}

base::Status verify_provider(Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const Json provider, context.find_provider(name));
  ASSIGN_OR_RETURN(const Json verified,
                   context.api().post("/oauth-clients/" + jsonapi::get_text(provider, "data.id") + "/actions/verify",
                                      Json::object()));
  return show_checks(context, verified);
}

base::Status rotate_token(Context& context, const std::string& name, const std::string& token_file) {
  ASSIGN_OR_RETURN(const Json provider, context.find_provider(name));
  ASSIGN_OR_RETURN(const auto token, context.read_secret(token_file));
  ASSIGN_OR_RETURN(const Json changed,
                   context.api().patch("/oauth-clients/" + jsonapi::get_text(provider, "data.id"),
                                       resource("oauth-clients", {{"oauth-token-string", token.reveal()}})));
  return context.show_one(changed, kProviderDetails);
}

base::Status delete_provider(Context& context, const std::string& name, bool yes) {
  ASSIGN_OR_RETURN(const Json provider, context.find_provider(name));
  const std::string path = "/oauth-clients/" + jsonapi::get_text(provider, "data.id");
  ASSIGN_OR_RETURN(const Json affected, context.api().get(path + "?show_affected_workspaces=true"));
  const auto count = jsonapi::get_integer(affected, "data.attributes.affected-workspaces-count");
  RETURN_IF_ERROR(context.confirm(
      "Delete the provider '" + name + "'? " + std::to_string(count) + " workspaces lose their repository.", yes));
  ASSIGN_OR_RETURN(const Json gone, context.api().remove(path));
  return context.done("Provider " + name + " is deleted.", gone);
}

base::Status list_repositories(Context& context, const std::string& name, const std::string& search) {
  ASSIGN_OR_RETURN(const auto token, context.find_token_id(name));
  const std::string path = "/oauth-tokens/" + token;
  const std::string query = search.empty() ? "" : "?q=" + base::url_encode(search);
  ASSIGN_OR_RETURN(const Json found, context.api().get(path + "/authorized-repos" + query));
  return context.show_list(found, kRepositoryFields, "No repository is visible to this token.");
}

base::Status list_branches(Context& context, const std::string& name, const std::string& repository) {
  ASSIGN_OR_RETURN(const auto token, context.find_token_id(name));
  const std::string path = "/oauth-tokens/" + token;
  ASSIGN_OR_RETURN(const Json found, context.api().get(path + "/branches?identifier=" + base::url_encode(repository)));
  return context.show_list(found, kBranchFields, "The repository has no branch.");
}

void add_adding(Program& program, CLI::App& provider) {
  auto* add = provider.add_subcommand("add", "Register one; it is checked in the background, see `verify`");
  auto options = std::make_shared<AddOptions>();
  add->add_option("--kind", options->kind, "ado_server, github, …: see `provider kinds`")->required();
  add->add_option("--name", options->name, "A name for people");
  add->add_option("--http-url", options->http_url, "Where people open it; Azure DevOps Server: with the collection");
  add->add_option("--api-url", options->api_url, "Its REST base; made from the HTTP URL if left out");
  add->add_option("--token-file", options->token_file, "File with the access token; - is standard input");
  add->add_option("--ca-file", options->ca_file, "PEM file with its own certificate authority");
  add->add_option("--proxy", options->proxy, "http://proxy:3128");
  add->add_option("--ssh-key-file", options->ssh_key_file, "Private key without a passphrase, for clones");
  add->callback([&program, options] {
    program.action = [options](Context& context) { return add_provider(context, *options); };
  });
}

constexpr Argument kProvider{"name", "Name or oc-… id"};

void add_queries(Program& program, CLI::App& provider) {
  provider.add_subcommand("kinds", "What can be registered, and which token each needs")->callback([&program] {
    program.action = [](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const Json kinds, context.api().get("/vcs-kinds"));
      return context.show_list(kinds, kKindFields, "This server has no provider kinds.");
    };
  });
  provider.add_subcommand("list", "List them with their health")->callback([&program] {
    program.action = [](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const auto path, context.organization_path("/oauth-clients"));
      ASSIGN_OR_RETURN(const Json all, context.api().get_all(path));
      return context.show_list(all, kProviderFields, "No provider yet. Register one: runbridge provider add --kind …");
    };
  });
  add_named(program, provider, "show", "One provider and its last checks", kProvider,
            [](Context& context, const std::string& name) -> base::Status {
              ASSIGN_OR_RETURN(const Json found, context.find_provider(name));
              RETURN_IF_ERROR(show_checks(context, found));
              return {};
            });
  add_named(program, provider, "verify", "Check it now", kProvider, verify_provider);
}

void add_lookups(Program& program, CLI::App& provider) {
  auto search = std::make_shared<std::string>();
  add_named(program, provider, "repos", "Repositories its token can see", kProvider,
            [search](Context& context, const std::string& name) { return list_repositories(context, name, *search); })
      ->add_option("--search", *search, "Part of the name");
  auto repository = std::make_shared<std::string>();
  add_named(
      program, provider, "branches", "Branches of a repository", kProvider,
      [repository](Context& context, const std::string& name) { return list_branches(context, name, *repository); })
      ->add_option("repository", *repository, "As `provider repos` shows it")
      ->required();
}

void add_changes(Program& program, CLI::App& provider) {
  auto token_file = std::make_shared<std::string>("-");
  add_named(
      program, provider, "rotate", "Replace the token in place", kProvider,
      [token_file](Context& context, const std::string& name) { return rotate_token(context, name, *token_file); })
      ->add_option("--token-file", *token_file, "File with the new token; - is standard input")
      ->capture_default_str();
  auto yes = std::make_shared<bool>(false);
  add_named(program, provider, "delete", "Delete it; its hooks are removed", kProvider,
            [yes](Context& context, const std::string& name) { return delete_provider(context, name, *yes); })
      ->add_flag("--yes", *yes, "Do not ask");
}

}  // namespace

void add_provider_commands(Program& program) {
  auto* provider = program.app.add_subcommand("provider", "VCS providers")->require_subcommand(1);
  add_adding(program, *provider);
  add_queries(program, *provider);
  add_lookups(program, *provider);
  add_changes(program, *provider);
}

}  // namespace cli
