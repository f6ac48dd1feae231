#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/strings.h"
#include "cli/sign_in.h"
#include "jsonapi/json.h"

// The OAuth applications in whose name people sign in for their connections.
namespace cli {
namespace {

constexpr const char* kPath = "/admin/oauth-configurations";

const std::vector<Field> kFields{{"ID", "id"},
                                 {"NAME", "attributes.name"},
                                 {"TYPE", "attributes.source-type"},
                                 {"URL", "attributes.url"},
                                 {"CLIENT ID", "attributes.client-id"}};
const std::vector<Field> kDetails{{"Id", "id"},
                                  {"Name", "attributes.name"},
                                  {"Type", "attributes.source-type"},
                                  {"URL", "attributes.url"},
                                  {"Client ID", "attributes.client-id"},
                                  {"Has a client secret", "attributes.has-client-secret"},
                                  {"Callback URL to register", "attributes.callback-url"},
                                  {"Updated", "attributes.updated-at"}};

struct Options {
  std::string name, type, url, client_id, secret_file, secret_variable, new_name;
  bool force = false, yes = false;
};

base::Result<std::optional<base::Secret>> secret_of(Context& context, const Options& options) {
  if (!options.secret_file.empty()) {
    ASSIGN_OR_RETURN(auto secret, context.read_secret(options.secret_file));
    return std::optional(std::move(secret));
  }
  if (options.secret_variable.empty()) return std::optional<base::Secret>();
  const auto found = context.world().environment.find(options.secret_variable);
  if (found == context.world().environment.end()) {
    return base::invalid("There is no environment variable " + options.secret_variable + ".");
  }
  return std::optional(base::Secret(found->second));
}

base::Result<Json> attributes_of(Context& context, const Options& options) {
  Json attributes = Json::object();
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) attributes[name] = value;
  };
  put("source-type", options.type);
  put("url", options.url);
  put("client-id", options.client_id);
  ASSIGN_OR_RETURN(const auto secret, secret_of(context, options));
  if (secret) attributes["client-secret"] = secret->reveal();
  return attributes;
}

base::Result<std::string> path_of(Context& context, const std::string& name_or_id) {
  ASSIGN_OR_RETURN(const Json all, context.api().get(kPath));
  for (const Json& one : jsonapi::get_array(all, "data")) {
    const std::string id = jsonapi::get_text(one, "id");
    if (id == name_or_id || base::equals_ignoring_case(jsonapi::get_text(one, "attributes.name"), name_or_id)) {
      return std::string(kPath) + "/" + base::url_encode(id);
    }
  }
  return base::not_found("There is no OAuth configuration '" + name_or_id +
                         "'; see `runbridge system oauth-configuration list`.");
}

base::Status list(Context& context, const Options&) {
  ASSIGN_OR_RETURN(const Json all, context.api().get(kPath));
  return context.show_list(all, kFields,
                           "None is registered. Register one: runbridge system oauth-configuration create");
}

base::Status show(Context& context, const Options& options) {
  ASSIGN_OR_RETURN(const auto path, path_of(context, options.name));
  ASSIGN_OR_RETURN(const Json found, context.api().get(path));
  return context.show_one(found, kDetails);
}

base::Status create(Context& context, const Options& options) {
  ASSIGN_OR_RETURN(Json attributes, attributes_of(context, options));
  attributes["name"] = options.name;
  ASSIGN_OR_RETURN(const Json made, context.api().post(kPath, resource("oauth-configurations", attributes)));
  return context.show_one(made, kDetails);
}

base::Status update(Context& context, const Options& options) {
  ASSIGN_OR_RETURN(const auto path, path_of(context, options.name));
  ASSIGN_OR_RETURN(Json attributes, attributes_of(context, options));
  if (!options.new_name.empty()) attributes["name"] = options.new_name;
  ASSIGN_OR_RETURN(const Json changed, context.api().patch(path, resource("oauth-configurations", attributes)));
  return context.show_one(changed, kDetails);
}

base::Status remove(Context& context, const Options& options) {
  ASSIGN_OR_RETURN(const auto path, path_of(context, options.name));
  RETURN_IF_ERROR(context.confirm("Delete the OAuth configuration '" + options.name + "' and erase its client secret?",
                                  options.yes));
  ASSIGN_OR_RETURN(const Json gone, context.api().remove(path + (options.force ? "?force=true" : "")));
  return context.done("The OAuth configuration " + options.name + " is deleted and its client secret is erased.", gone);
}

using Command = base::Status (*)(Context&, const Options&);

CLI::App* add(Program& program, CLI::App& parent, const char* name, const char* help, Command command,
              const std::shared_ptr<Options>& options) {
  auto* added = parent.add_subcommand(name, help);
  added->callback([&program, options, command] {
    program.action = [options, command](Context& context) { return command(context, *options); };
  });
  return added;
}

void add_settings(CLI::App& command, Options& options) {
  command.add_option("--type", options.type, "github, github_enterprise_server or azure_rm");
  command.add_option("--url", options.url, "Of the service; needed for a GitHub Enterprise Server");
  command.add_option("--client-id", options.client_id, "As the service shows it for the application");
  auto* file = command.add_option("--client-secret-file", options.secret_file,
                                  "File with the client secret; - is standard input");
  command.add_option("--client-secret-env", options.secret_variable, "Environment variable with the client secret")
      ->excludes(file);
}

}  // namespace

void add_oauth_configuration_commands(Program& program, CLI::App& system) {
  auto* configuration =
      system.add_subcommand("oauth-configuration", "OAuth applications in whose name people sign in for connections");
  configuration->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto named = [&](CLI::App* command) {
    command->add_option("name", options->name, "Name or ocf-… id")->required();
    return command;
  };
  add(program, *configuration, "list", "All that are registered", list, options);
  named(add(program, *configuration, "show", "One, with the callback URL to register", show, options));
  auto* making = named(add(program, *configuration, "create", "Register one", create, options));
  add_settings(*making, *options);
  auto* changing = named(add(program, *configuration, "update", "Change one, or replace its secret", update, options));
  add_settings(*changing, *options);
  changing->add_option("--name", options->new_name, "Another name");
  auto* removing = named(add(program, *configuration, "delete", "Delete one and erase its secret", remove, options));
  removing->add_flag("--force", options->force, "Although connections use it");
  removing->add_flag("--yes", options->yes, "Do not ask");
}

}  // namespace cli
