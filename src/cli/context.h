#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "base/secret.h"
#include "cli/api_client.h"
#include "cli/cli.h"
#include "cli/output.h"

namespace cli {

// What a command works with once the line was read.
class Context {
 public:
  Context(World& world, ApiClient api, std::string organization, bool json)
      : world_(world), api_(std::move(api)), organization_(std::move(organization)), json_(json) {}

  ApiClient& api() { return api_; }
  World& world() { return world_; }
  bool json() const { return json_; }  // print documents, not tables

  // --organization, RUNBRIDGE_ORGANIZATION, or the only one there is; kInvalid names the choices.
  base::Result<std::string> organization();
  // "/organizations/NAME" + `rest`, encoded.
  base::Result<std::string> organization_path(const std::string& rest);

  base::Status show_list(const Json& document, const std::vector<Field>& fields, const std::string& when_empty);
  base::Status show_one(const Json& document, const std::vector<Field>& fields);
  // A sentence for people; with --json the document instead.
  base::Status done(const std::string& sentence, const Json& document);

  // A secret from a file, or from standard input when `path` is "-". One final newline is not part of it.
  base::Result<base::Secret> read_secret(const std::string& path);
  // Asks a person at a terminal; programs need --yes.
  base::Status confirm(const std::string& question, bool yes);

  // A workspace by id ("ws-…") or by name in the organization.
  base::Result<Json> find_workspace(const std::string& name_or_id);
  // An OAuth client by id ("oc-…") or by name.
  base::Result<Json> find_provider(const std::string& name_or_id);
  // The id of that provider's one token ("ot-…"); kConflict, with the command to run, while it has none.
  base::Result<std::string> find_token_id(const std::string& provider_name_or_id);

 private:
  World& world_;
  ApiClient api_;
  std::string organization_;
  bool json_;
};

using Action = std::function<base::Status(Context&)>;

// Commands add themselves below the program; the one that was typed puts its action here.
struct Program {
  CLI::App app{"runbridge: from version control to infrastructure runs", "runbridge"};
  Action action;
};

struct Argument {
  const char* name;
  const char* help;
};
using NamedAction = std::function<base::Status(Context&, const std::string&)>;

// Adds a command to `parent` with one argument that must be there, and hands it to the action. The command, for its
// further options.
CLI::App* add_named(Program& program, CLI::App& parent, const char* command, const char* help, const Argument& argument,
                    NamedAction action);

void add_account_commands(Program& program);  // setup, login, token, organization, team
void add_provider_commands(Program& program);
void add_key_commands(Program& program);  // key, host
void add_connection_commands(Program& program);
void add_workspace_commands(Program& program);  // workspace, variable
void add_run_commands(Program& program);
void add_delivery_commands(Program& program);  // delivery, hook, audit
void add_system_commands(Program& program);

}  // namespace cli
