#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/strings.h"
#include "cli/context.h"
#include "cli/credentials.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

const std::vector<Field> kOrganizationFields{
    {"NAME", "id"}, {"EMAIL", "attributes.email"}, {"CREATED", "attributes.created-at"}};
const std::vector<Field> kTokenFields{{"ID", "id"},
                                      {"DESCRIPTION", "attributes.description"},
                                      {"CREATED", "attributes.created-at"},
                                      {"LAST USED", "attributes.last-used-at"},
                                      {"EXPIRES", "attributes.expired-at"}};
const std::vector<Field> kTeamFields{{"ID", "id"},
                                     {"NAME", "attributes.name"},
                                     {"MEMBERS", "attributes.users-count"},
                                     {"ACCESS", "attributes.organization-access"}};

struct SetupOptions {
  std::string link, username = "admin", email, organization;
};

base::Status finish_setup(Context& context, const SetupOptions& options) {
  const auto at = options.link.find("/setup/");
  if (at == std::string::npos)
    return base::invalid("that is not a set-up link; the server prints one at its first start");
  ASSIGN_OR_RETURN(auto api, ApiClient::connect(options.link.substr(0, at), base::Secret()));
  const Json body{{"username", options.username}, {"email", options.email}, {"organization", options.organization}};
  ASSIGN_OR_RETURN(const Json answer, api.post("/" + options.link.substr(at), body));
  std::string token = jsonapi::get_text(answer, "data.attributes.token", jsonapi::get_text(answer, "token"));
  if (token.empty()) return base::upstream("the server made the administrator but sent no token");
  ASSIGN_OR_RETURN(const auto path, store_credentials(context.world().environment,
                                                      {api.address(), base::Secret(token), options.organization}));
  return context.done("You are the administrator '" + options.username + "' of '" + options.organization +
                          "'. Your token is in " + path + ".\nNext: runbridge provider kinds",
                      Json{{"credentials", path}});
}

base::Status log_in(Context& context, const std::string& address, const std::string& token_file) {
  ASSIGN_OR_RETURN(auto token, context.read_secret(token_file));
  const std::string server = address.empty() ? context.api().address() : address;
  ASSIGN_OR_RETURN(auto api, ApiClient::connect(server, token));
  ASSIGN_OR_RETURN(const Json account, api.get("/account/details"));
  ASSIGN_OR_RETURN(const auto path, store_credentials(context.world().environment, {api.address(), token, ""}));
  return context.done("Signed in to " + api.address() + " as " +
                          jsonapi::get_text(account, "data.attributes.username") + "; the token is in " + path + ".",
                      account);
}

base::Result<std::string> own_user_id(Context& context) {
  ASSIGN_OR_RETURN(const Json account, context.api().get("/account/details"));
  return jsonapi::get_text(account, "data.id");
}

base::Status create_token(Context& context, const std::string& description, const std::string& expires) {
  ASSIGN_OR_RETURN(const auto user, own_user_id(context));
  Json attributes{{"description", description}};
  if (!expires.empty()) attributes["expired-at"] = expires;
  ASSIGN_OR_RETURN(const Json made, context.api().post("/users/" + user + "/authentication-tokens",
                                                       resource("authentication-tokens", attributes)));
  return context.done(jsonapi::get_text(made, "data.attributes.token"), made);
}

void add_setup(Program& program) {
  auto* setup = program.app.add_subcommand("setup", "Become the first administrator, with the link the server printed");
  auto options = std::make_shared<SetupOptions>();
  setup->add_option("link", options->link, "http://…/setup/…")->required();
  setup->add_option("--username", options->username, "Your user name")->capture_default_str();
  setup->add_option("--email", options->email, "Your e-mail address")->required();
  setup->add_option("--new-organization", options->organization, "Name of your first organization")->required();
  setup->callback([&program, options] {
    program.action = [options](Context& context) { return finish_setup(context, *options); };
  });
}

void add_login(Program& program) {
  auto* login =
      program.app.add_subcommand("login", "Store a server's address and your token (read from standard input)");
  auto address = std::make_shared<std::string>();
  auto token_file = std::make_shared<std::string>("-");
  login->add_option("--address", *address, "The server, http://127.0.0.1:8080 if nothing else is set");
  login->add_option("--token-file", *token_file, "File with the token; - is standard input")->capture_default_str();
  login->callback([&program, address, token_file] {
    program.action = [=](Context& context) { return log_in(context, *address, *token_file); };
  });
}

void add_token(Program& program) {
  auto* token = program.app.add_subcommand("token", "Your API tokens")->require_subcommand(1);
  token->add_subcommand("list", "List them")->callback([&program] {
    program.action = [](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const auto user, own_user_id(context));
      ASSIGN_OR_RETURN(const Json all, context.api().get_all("/users/" + user + "/authentication-tokens"));
      return context.show_list(all, kTokenFields,
                               "You have no token. Make one: runbridge token create --description …");
    };
  });
  auto* create = token->add_subcommand("create", "Make one; it is printed once and never shown again");
  auto description = std::make_shared<std::string>();
  auto expires = std::make_shared<std::string>();
  create->add_option("--description", *description, "What it is for")->required();
  create->add_option("--expires", *expires, "When it ends, e.g. 2027-01-31T00:00:00Z");
  create->callback([&program, description, expires] {
    program.action = [=](Context& context) { return create_token(context, *description, *expires); };
  });
  auto* revoke = token->add_subcommand("revoke", "End one at once");
  auto id = std::make_shared<std::string>();
  revoke->add_option("id", *id, "at-…")->required();
  revoke->callback([&program, id] {
    program.action = [id](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const Json gone, context.api().remove("/authentication-tokens/" + base::url_encode(*id)));
      return context.done("Token " + *id + " is revoked.", gone);
    };
  });
}

void add_organization(Program& program) {
  auto* organization = program.app.add_subcommand("organization", "Organizations")->require_subcommand(1);
  organization->add_subcommand("list", "List those you may see")->callback([&program] {
    program.action = [](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const Json all, context.api().get_all("/organizations"));
      return context.show_list(all, kOrganizationFields,
                               "No organization yet. Make one: runbridge organization create NAME --email …");
    };
  });
  auto* create = organization->add_subcommand("create", "Make one; you become its owner");
  auto name = std::make_shared<std::string>();
  auto email = std::make_shared<std::string>();
  create->add_option("name", *name, "Its name")->required();
  create->add_option("--email", *email, "Where its notices go")->required();
  create->callback([&program, name, email] {
    program.action = [=](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(
          const Json made,
          context.api().post("/organizations", resource("organizations", {{"name", *name}, {"email", *email}})));
      return context.done("Organization " + *name + " is made.", made);
    };
  });
}

void add_team(Program& program) {
  auto* team = program.app.add_subcommand("team", "Teams and their tokens")->require_subcommand(1);
  team->add_subcommand("list", "List them")->callback([&program] {
    program.action = [](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const auto path, context.organization_path("/teams"));
      ASSIGN_OR_RETURN(const Json all, context.api().get_all(path));
      return context.show_list(all, kTeamFields, "No team yet.");
    };
  });
  auto* create = team->add_subcommand("create", "Make one");
  auto name = std::make_shared<std::string>();
  auto access = std::make_shared<std::vector<std::string>>();
  create->add_option("name", *name, "Its name")->required();
  create->add_option("--may", *access, "What it may do: manage-workspaces, manage-vcs-settings, read-workspaces, …");
  create->callback([&program, name, access] {
    program.action = [=](Context& context) -> base::Status {
      Json flags = Json::object();
      for (const auto& flag : *access) flags[flag] = true;
      ASSIGN_OR_RETURN(const auto path, context.organization_path("/teams"));
      ASSIGN_OR_RETURN(const Json made,
                       context.api().post(path, resource("teams", {{"name", *name}, {"organization-access", flags}})));
      return context.done("Team " + *name + " is made: " + jsonapi::get_text(made, "data.id"), made);
    };
  });
  auto* token = team->add_subcommand("token", "Make the team's token; it is printed once");
  auto id = std::make_shared<std::string>();
  token->add_option("id", *id, "team-…")->required();
  token->callback([&program, id] {
    program.action = [id](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const Json made, context.api().post("/teams/" + base::url_encode(*id) + "/authentication-token",
                                                           resource("authentication-tokens", Json::object())));
      return context.done(jsonapi::get_text(made, "data.attributes.token"), made);
    };
  });
}

}  // namespace

void add_account_commands(Program& program) {
  add_setup(program);
  add_login(program);
  add_token(program);
  add_organization(program);
  add_team(program);
}

}  // namespace cli
