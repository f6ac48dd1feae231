#include "cli/cli.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/context.h"
#include "cli/credentials.h"

namespace cli {
namespace {

constexpr int kRefused = 1;
constexpr int kUsage = 2;

struct CommonOptions {
  std::string organization;
  bool json = false;
};

void add_common_options(CLI::App& app, CommonOptions& common) {
  app.add_option("-o,--organization", common.organization, "Organization to work in (RUNBRIDGE_ORGANIZATION)");
  app.add_flag("--json", common.json, "Print the API's JSON instead of a table");
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(
      "Talks to RUNBRIDGE_ADDRESS (http://127.0.0.1:8080) with RUNBRIDGE_TOKEN, or with what `runbridge login` "
      "stored.\n"
      "Exit status: 0 done, 1 refused or failed, 2 wrong usage.");
}

void add_all_commands(Program& program) {
  add_account_commands(program);
  add_provider_commands(program);
  add_key_commands(program);
  add_connection_commands(program);
  add_workspace_commands(program);
  add_run_commands(program);
  add_delivery_commands(program);
  add_system_commands(program);
}

base::Status perform(const Program& program, const CommonOptions& common, World& world) {
  ASSIGN_OR_RETURN(auto credentials, find_credentials(world.environment));
  ASSIGN_OR_RETURN(auto api, ApiClient::connect(credentials.address, credentials.token));
  const std::string& organization = common.organization.empty() ? credentials.organization : common.organization;
  Context context(world, std::move(api), organization, common.json);
  return program.action(context);
}

}  // namespace

int run(const std::vector<std::string>& arguments, World& world) {
  Program program;
  CommonOptions common;
  add_common_options(program.app, common);
  add_all_commands(program);
  try {
    program.app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& problem) {
    const bool asked = problem.get_exit_code() == 0;  // --help
    program.app.exit(problem, world.out, world.err);
    return asked ? 0 : kUsage;
  }
  const auto status = perform(program, common, world);
  if (status) return 0;
  world.err << "runbridge: " << status.error().message << '\n';
  return kRefused;
}

std::vector<std::string> command_names() {
  Program program;
  add_all_commands(program);
  std::vector<std::string> names;
  for (const CLI::App* command : program.app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

}  // namespace cli
