#include "app/server_command.h"

#include <signal.h>
#include <unistd.h>

#include <iostream>

#include "app/app.h"
#include "app/process_limits.h"
#include "logging/log.h"

namespace app {
namespace {

constexpr int kCannotStart = 1;
constexpr int kBadConfiguration = 2;

// Blocked in every thread (they inherit it), taken by the main one with sigwait.
sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

void print_next_steps(const App& app, const std::string& program) {
  const std::string address =
      app.address() == "http://127.0.0.1:8080" ? "" : "RUNBRIDGE_ADDRESS=" + app.address() + " ";
  std::cout << "runbridge is ready at " << app.address() << "\n\n";
  if (const auto link = app.setup_link()) {
    std::cout << "There is no administrator yet. Open this link within 30 minutes (it works once):\n  " << *link
              << "\nor stay here and type:\n  " << program << " setup " << *link
              << " --email you@example.com --new-organization acme\n";
  } else {
    std::cout << "Next, in another terminal:\n  " << address << program << " provider list\n";
  }
  std::cout << "  " << address << program << " provider kinds\n  " << address << program
            << " provider add --kind ado_server --name ado --http-url https://ado.example.com/DefaultCollection "
               "--token-file -\n"
            << std::flush;
}

}  // namespace

int serve(const std::string& program, const std::vector<std::string>& arguments) {
  prepare_process();
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto config = config::load(arguments, config::environment_of(environ));
  if (!config) {
    std::cerr << config.error().message << '\n';
    return kBadConfiguration;
  }
  if (config->wants_help) {
    std::cout << config::help();
    return 0;
  }
  logging::set_level(logging::level_from(config->log_level).value_or(logging::Level::kInfo));
  for (const auto& warning : config->warnings) logging::warning(warning);
  auto app = App::start(*config);
  if (!app) {
    if (!app.error().detail.empty()) logging::error("could not start", {{"detail", app.error().detail}});
    std::cerr << "runbridge: " << app.error().message << '\n';
    return kCannotStart;
  }
  print_next_steps(**app, program);
  int signal = 0;
  sigwait(&signals, &signal);
  logging::info("stopping", {{"signal", signal}});
  (*app)->stop();
  return 0;
}

}  // namespace app
