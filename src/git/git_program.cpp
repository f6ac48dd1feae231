#include "git/git_program.h"

namespace git {
namespace {

// Faults that old, honest histories have and that nobody can use for anything; fsck would refuse them otherwise.
constexpr const char* kForgivenFaults[] = {"badDate",
                                           "badDateOverflow",
                                           "badTimezone",
                                           "missingEmail",
                                           "badEmail",
                                           "badName",
                                           "missingNameBeforeEmail",
                                           "missingSpaceBeforeDate",
                                           "missingSpaceBeforeEmail",
                                           "multipleAuthors",
                                           "zeroPaddedDate",
                                           "zeroPaddedFilemode",
                                           "badFilemode",
                                           "missingAuthor",
                                           "missingTaggerEntry",
                                           "badTagName",
                                           "nulInCommit",
                                           "gitmodulesParse",
                                           "gitmodulesBlob",
                                           "nullSha1"};

Config fixed_config() {
  Config config{{"safe.directory", "*"},
                {"core.hooksPath", "/dev/null"},
                {"core.fsmonitor", "false"},
                {"core.attributesFile", "/dev/null"},
                {"core.excludesFile", "/dev/null"},
                {"core.protectHFS", "true"},
                {"core.protectNTFS", "true"},
                {"core.quotePath", "false"},
                {"core.packedGitLimit", "512m"},
                {"core.alternateRefsCommand", "true"},
                {"transfer.fsckObjects", "true"},
                {"fetch.fsckObjects", "true"},
                // Always a pack, which shows up complete or not at all; loose objects would come one by one.
                {"fetch.unpackLimit", "1"},
                {"transfer.bundleURI", "false"},
                {"fetch.recurseSubmodules", "false"},
                {"submodule.recurse", "false"},
                {"gc.auto", "0"},
                {"maintenance.auto", "false"},
                {"protocol.version", "2"},
                {"pack.threads", "2"},
                {"http.followRedirects", "false"},
                {"http.lowSpeedLimit", "1000"},
                {"diff.renames", "false"},
                {"log.showSignature", "false"},
                {"credential.helper", ""}};
  for (const char* fault : kForgivenFaults) config.emplace_back(std::string("fetch.fsck.") + fault, "warn");
  return config;
}

Environment environment_of(const GitRun& run) {
  Environment environment{{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                          {"HOME", run.home.string()},
                          {"XDG_CONFIG_HOME", run.home.string()},
                          {"LC_ALL", "C"},
                          {"GIT_CONFIG_NOSYSTEM", "1"},
                          {"GIT_ATTR_NOSYSTEM", "1"},
                          {"GIT_TERMINAL_PROMPT", "0"},
                          {"GIT_ASKPASS", "/bin/false"},
                          {"SSH_ASKPASS", "/bin/false"},
                          {"GIT_NO_REPLACE_OBJECTS", "1"},
                          {"GIT_ALLOW_PROTOCOL", "https:ssh"}};
  bool has_global = false;
  for (const auto& [name, value] : run.environment) {
    std::erase_if(environment, [&name = name](const auto& entry) { return entry.first == name; });
    environment.emplace_back(name, value);
    has_global = has_global || name == "GIT_CONFIG_GLOBAL";
  }
  if (!has_global) environment.emplace_back("GIT_CONFIG_GLOBAL", "/dev/null");
  auto config = fixed_config();
  config.insert(config.end(), run.config.begin(), run.config.end());
  environment.emplace_back("GIT_CONFIG_COUNT", std::to_string(config.size()));
  for (std::size_t i = 0; i < config.size(); ++i) {
    environment.emplace_back("GIT_CONFIG_KEY_" + std::to_string(i), config[i].first);
    environment.emplace_back("GIT_CONFIG_VALUE_" + std::to_string(i), config[i].second);
  }
  return environment;
}

}  // namespace

base::Result<base::ProcessResult> run_git(const GitRun& run) {
  base::Command command;
  command.arguments = {"git"};
  if (!run.repository.empty()) command.arguments.push_back("--git-dir=" + run.repository.string());
  command.arguments.insert(command.arguments.end(), run.arguments.begin(), run.arguments.end());
  command.environment = environment_of(run);
  command.directory = run.home;
  command.input = run.input;
  command.descriptors = run.descriptors;
  command.timeout = run.timeout;
  command.stop = run.stop;
  command.output_limit = run.output_limit;
  command.end_at_limit = true;
  command.on_output = run.on_output;
  // Progress and complaints of any length: the first 64 KB are enough, and no reason to end it.
  std::string errors;
  command.on_errors = [&errors](std::string_view piece) {
    errors.append(piece.substr(0, (std::size_t{64} << 10U) - errors.size()));
    return true;
  };
  command.file_size_limit = run.file_size_limit;
  auto result = base::run_process(command);
  if (!result && result.error().code == base::Code::kInvalid) {
    return base::unavailable("git cannot be started; is the package 'git' installed?", result.error().message);
  }
  if (result) result->errors = std::move(errors);
  return result;
}

}  // namespace git
