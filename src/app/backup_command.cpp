#include "app/backup_command.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "app/process_limits.h"
#include "app/schema.h"
#include "backup/backup.h"
#include "config/config.h"
#include "jsonapi/json.h"
#include "logging/log.h"

#include <nlohmann/json.hpp>

namespace app {
namespace {

constexpr const char* kHelp =
    "Usage: runbridge backup create DIRECTORY [--no-logs] [--json] [the settings of runbridge server]\n"
    "       runbridge backup check DIRECTORY [--json] [the settings…]\n"
    "       runbridge backup restore DIRECTORY [--replace] [--json] [the settings…]\n\n"
    "create   copies the database and the runs' logs into a new directory; the server may be at work\n"
    "check    whether that directory can be restored with these settings: whole, not newer than this program, and "
    "sealed\n"
    "         by this master key\n"
    "restore  checks it and puts it in place of a server that is stopped. SQLite: a database that is there stops it, "
    "or is\n"
    "         kept under another name with --replace. PostgreSQL: the database must be empty\n\n"
    "The master key is not in a backup: keep it apart. Run this as the server's user.\n"
    "Exit status: 0 done, 1 refused, 2 the arguments cannot be read.\n";

struct Wish {
  std::string action;
  std::filesystem::path directory;
  bool logs = true, replace = false, json = false;
  std::vector<std::string> settings;
};

bool take(std::vector<std::string>& arguments, std::string_view flag) { return std::erase(arguments, flag) > 0; }

bool read_wish(std::vector<std::string> arguments, Wish& wish) {
  wish.json = take(arguments, "--json");
  if (arguments.size() < 2 || arguments[1].starts_with('-')) return false;
  wish.action = arguments[0];
  wish.directory = arguments[1];
  wish.settings.assign(arguments.begin() + 2, arguments.end());
  if (wish.action == "create") wish.logs = !take(wish.settings, "--no-logs");
  if (wish.action == "restore") wish.replace = take(wish.settings, "--replace");
  return wish.action == "create" || wish.action == "check" || wish.action == "restore";
}

std::string size_of(const backup::Manifest& manifest) { return std::to_string((manifest.bytes + 1023) / 1024) + " KB"; }

std::string say(const Wish& wish, const backup::Manifest& manifest, const config::Config& config) {
  const std::string what = backup::database_name(manifest.database) + ", " + size_of(manifest) + ", of " +
                           base::format_time(manifest.made_at) + ", made by runbridge " + manifest.program;
  if (wish.action == "check") return "The backup can be restored: " + what + ".";
  if (wish.action == "restore") return "Restored: " + what + ". Start the server.";
  return "The backup is in " + wish.directory.string() + ": " + what + ". Without the master key (" +
         config.master_key_file.string() + ") it cannot be used: keep that one apart.";
}

base::Result<backup::Restored> perform(const Wish& wish, const config::Config& config) {
  const backup::Place place{config.database, config.data_dir, config.master_key_file};
  if (wish.action == "restore") return backup::restore(place, wish.directory, schema(), wish.replace);
  backup::Restored done;
  if (wish.action == "check") {
    ASSIGN_OR_RETURN(done.manifest, backup::check(place, wish.directory, schema()));
  } else {
    ASSIGN_OR_RETURN(done.manifest, backup::create(place, wish.directory, {RUNBRIDGE_VERSION, wish.logs}));
  }
  return done;
}

void print(const Wish& wish, const config::Config& config, const backup::Restored& done) {
  if (!wish.json) {
    std::cout << say(wish, done.manifest, config) << '\n';
    if (!done.before.empty()) std::cout << "What was there before is kept: " << done.before.string() << '\n';
    return;
  }
  jsonapi::Json out{{"directory", wish.directory.string()}, {"database", backup::database_name(done.manifest.database)},
                    {"bytes", done.manifest.bytes},         {"made-at", base::format_time(done.manifest.made_at)},
                    {"program", done.manifest.program},     {"master-key-file", config.master_key_file.string()}};
  if (!done.before.empty()) out["kept"] = done.before.string();
  std::cout << jsonapi::dump_pretty(out) << '\n';
}

}  // namespace

int backup(const std::vector<std::string>& arguments) {
  prepare_process();
  const bool wants_help = std::any_of(arguments.begin(), arguments.end(),
                                      [](const std::string& one) { return one == "--help" || one == "-h"; });
  Wish wish;
  if (wants_help || !read_wish(arguments, wish)) {
    (wants_help ? std::cout : std::cerr) << kHelp;
    return wants_help ? 0 : 2;
  }
  const auto config = config::load(wish.settings, config::environment_of(environ));
  if (!config) {
    std::cerr << config.error().message << '\n';
    return 2;
  }
  logging::set_level(logging::Level::kOff);
  const auto done = perform(wish, *config);
  if (!done) {
    std::cerr << "runbridge: " << done.error().message << '\n';
    return 1;
  }
  print(wish, *config, *done);
  return 0;
}

}  // namespace app
