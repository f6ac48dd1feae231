#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "app/backup_command.h"
#include "app/doctor.h"
#include "app/server_command.h"
#include "cli/cli.h"
#include "config/config.h"

namespace {

int print_help() {
  std::cout << "runbridge: from version control to infrastructure runs\n\n"
               "  runbridge server [--help]   serve the API and receive webhooks\n"
               "  runbridge doctor [--help]   look whether a server has what it needs\n"
               "  runbridge backup [--help]   copy a server's database and logs, check a copy, restore it\n"
               "  runbridge COMMAND [--help]  use a server; COMMAND is one of:\n   ";
  for (const auto& name : cli::command_names()) std::cout << ' ' << name;
  std::cout << "\n  runbridge --version\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string program = argv[0];
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    print_help();
    return 2;
  }
  if (arguments.front() == "--help" || arguments.front() == "-h" || arguments.front() == "help") return print_help();
  if (arguments.front() == "--version") {
    std::cout << "runbridge " RUNBRIDGE_VERSION "\n";
    return 0;
  }
  if (arguments.front() == "server") return app::serve(program, {arguments.begin() + 1, arguments.end()});
  if (arguments.front() == "doctor") return app::doctor({arguments.begin() + 1, arguments.end()});
  if (arguments.front() == "backup") return app::backup({arguments.begin() + 1, arguments.end()});
  cli::World world{std::cin, std::cout, std::cerr, config::environment_of(environ), ::isatty(STDIN_FILENO) == 1};
  return cli::run(arguments, world);
}
