#include "cli/context.h"

#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/strings.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

constexpr std::size_t kSecretLimit = 64U * 1024U;

}  // namespace

base::Result<std::string> Context::organization() {
  if (!organization_.empty()) return organization_;
  ASSIGN_OR_RETURN(const Json all, api_.get_all("/organizations"));
  std::vector<std::string> names;
  for (const Json& one : jsonapi::get_array(all, "data")) names.push_back(jsonapi::get_text(one, "id"));
  if (names.size() == 1) return organization_ = names.front();
  if (names.empty()) {
    return base::invalid("There is no organization yet. Make one: runbridge organization create NAME --email ADDRESS");
  }
  return base::invalid("Which organization? Add --organization NAME or set RUNBRIDGE_ORGANIZATION. There are: " +
                       base::join(names, ", "));
}

base::Result<std::string> Context::organization_path(const std::string& rest) {
  ASSIGN_OR_RETURN(const std::string name, organization());
  return "/organizations/" + base::url_encode(name) + rest;
}

base::Status Context::show_list(const Json& document, const std::vector<Field>& fields, const std::string& when_empty) {
  if (json_) {
    world_.out << jsonapi::dump_pretty(document) << '\n';
  } else if (jsonapi::get_array(document, "data").empty()) {
    world_.out << when_empty << '\n';
  } else {
    print_table(world_.out, fields, jsonapi::get_array(document, "data"));
  }
  return {};
}

base::Status Context::show_one(const Json& document, const std::vector<Field>& fields) {
  if (json_) {
    world_.out << jsonapi::dump_pretty(document) << '\n';
  } else if (const Json* data = jsonapi::find(document, "data")) {
    print_details(world_.out, fields, *data);
  }
  return {};
}

base::Status Context::done(const std::string& sentence, const Json& document) {
  world_.out << (json_ ? jsonapi::dump_pretty(document) : sentence) << '\n';
  return {};
}

base::Result<base::Secret> Context::read_secret(const std::string& path) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(world_.in), {});
  } else {
    ASSIGN_OR_RETURN(text, base::read_file(path, kSecretLimit));
  }
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
  if (text.empty())
    return base::invalid((path == "-" ? "standard input" : path) + " holds nothing; a secret is expected");
  base::Secret secret(text);
  base::wipe(text.data(), text.size());
  return secret;
}

base::Status Context::confirm(const std::string& question, bool yes) {
  if (yes) return {};
  if (!world_.interactive) return base::invalid(question + " Nobody is here to ask: add --yes.");
  world_.err << question << " Type yes: " << std::flush;
  std::string answer;
  std::getline(world_.in, answer);
  if (base::trim(answer) == "yes") return {};
  return base::invalid("Nothing was changed.");
}

base::Result<Json> Context::find_workspace(const std::string& name_or_id) {
  if (name_or_id.rfind("ws-", 0) == 0) return api_.get("/workspaces/" + base::url_encode(name_or_id));
  ASSIGN_OR_RETURN(const auto path, organization_path("/workspaces/" + base::url_encode(name_or_id)));
  return api_.get(path);
}

base::Result<Json> Context::find_provider(const std::string& name_or_id) {
  if (name_or_id.rfind("oc-", 0) == 0) return api_.get("/oauth-clients/" + base::url_encode(name_or_id));
  ASSIGN_OR_RETURN(const auto path, organization_path("/oauth-clients"));
  ASSIGN_OR_RETURN(const Json all, api_.get_all(path));
  std::vector<std::string> names;
  for (const Json& one : jsonapi::get_array(all, "data")) {
    const std::string name = jsonapi::get_text(one, "attributes.name");
    if (name == name_or_id) return Json{{"data", one}};
    if (!name.empty()) names.push_back(name);
  }
  std::string message = "There is no provider named '" + name_or_id + "'.";
  if (const auto near = base::nearest(name_or_id, names)) message += " Did you mean '" + *near + "'?";
  return base::not_found(message);
}

base::Result<std::string> Context::find_token_id(const std::string& provider_name_or_id) {
  ASSIGN_OR_RETURN(const Json provider, find_provider(provider_name_or_id));
  const Json& tokens = jsonapi::get_array(provider, "data.relationships.oauth-tokens.data");
  if (tokens.empty()) {
    return base::conflict("The provider '" + provider_name_or_id + "' has no token yet: runbridge provider rotate " +
                          provider_name_or_id);
  }
  return jsonapi::get_text(tokens[0], "id");
}

CLI::App* add_named(Program& program, CLI::App& parent, const char* command, const char* help, const Argument& argument,
                    NamedAction action) {
  auto* added = parent.add_subcommand(command, help);
  auto name = std::make_shared<std::string>();
  added->add_option(argument.name, *name, argument.help)->required();
  added->callback([&program, name, action = std::move(action)] {
    program.action = [name, action](Context& context) { return action(context, *name); };
  });
  return added;
}

}  // namespace cli
