#include "tests/support/provider_fake.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/process.h"
#include "base/strings.h"
#include "net/outbound_policy.h"
#include "test_paths.h"

extern char** environ;

namespace test_support {
namespace {

using nlohmann::json;

std::string git(const std::filesystem::path& directory, std::vector<std::string> arguments) {
  base::Command command;
  command.arguments = {"git"};
  command.arguments.insert(command.arguments.end(), std::make_move_iterator(arguments.begin()),
                           std::make_move_iterator(arguments.end()));
  command.environment = {{"HOME", directory},
                         {"GIT_CONFIG_NOSYSTEM", "1"},
                         {"GIT_AUTHOR_NAME", "Test"},
                         {"GIT_AUTHOR_EMAIL", "test@example.com"},
                         {"GIT_COMMITTER_NAME", "Test"},
                         {"GIT_COMMITTER_EMAIL", "test@example.com"}};
  command.directory = directory;
  const auto result = base::run_process(command);
  return result && result->exit_code == 0 ? std::string(base::trim(result->output)) : std::string();
}

// The first line of `fd`, waited for at most ten seconds.
std::string first_line(int fd) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string line;
  while (line.find('\n') == std::string::npos) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{fd, POLLIN, 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return {};
    std::array<char, 256> buffer{};
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count <= 0) return {};
    line.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return line;
}

int spawn(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  pid_t process = -1;
  const int failed = posix_spawnp(&process, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? process : -1;
}

void end(int process) {
  kill(process, SIGTERM);
  waitpid(process, nullptr, 0);
}

}  // namespace

base::Result<std::unique_ptr<GitRepository>> GitRepository::create() {
  ASSIGN_OR_RETURN(auto directory,
                   base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "fake-git-"));
  std::unique_ptr<GitRepository> repository(new GitRepository(std::move(directory)));
  git(repository->directory_.path(), {"init", "--quiet", "--bare", "--initial-branch=main", "bare.git"});
  if (repository->commit("main", "first").empty() || repository->commit("feature/x", "second").empty()) {
    return base::unavailable("git is not installed");
  }
  return repository;
}

std::string GitRepository::path() const { return directory_.path() / "bare.git"; }

std::string GitRepository::commit(const std::string& branch, const std::string& message) const {
  const std::string tree = git(path(), {"hash-object", "-w", "-t", "tree", "/dev/null"});
  std::string parent = head(branch);
  if (parent.empty()) parent = head("main");
  std::vector<std::string> arguments = {"commit-tree", tree, "-m", message};
  if (!parent.empty()) arguments.insert(arguments.end(), {"-p", parent});
  std::string id = git(path(), std::move(arguments));
  git(path(), {"update-ref", "refs/heads/" + branch, id});
  return id;
}

std::string GitRepository::head(const std::string& branch) const {
  return git(path(), {"rev-parse", "--verify", "--quiet", "refs/heads/" + branch});
}

base::Result<std::unique_ptr<ProviderFake>> ProviderFake::start(const std::string& program,
                                                                std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"node", RUNBRIDGE_SOURCE_DIR "/tests/fakes/" + program, "--port", "0"});
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return base::unavailable("no pipe");
  base::FileDescriptor output(ends[0]);
  base::FileDescriptor childs(ends[1]);
  const int process = spawn(arguments, childs.get());
  childs.reset();
  if (process < 0) return base::unavailable("Node.js is not installed");
  const json line = json::parse(first_line(output.get()), nullptr, false);
  if (!line.is_object() || !line.contains("port")) {
    end(process);
    return base::unavailable(program + " did not start");
  }
  return std::unique_ptr<ProviderFake>(new ProviderFake(process, output.release(), line.at("port").get<int>()));
}

ProviderFake::ProviderFake(int process, int output, int port)
    : process_(process),
      output_(output),
      port_(port),
      client_(net::make_http_client(*net::OutboundPolicy::parse({"127.0.0.1"}, {"127.0.0.1"}))) {}

ProviderFake::~ProviderFake() { end(process_); }

json ProviderFake::post(const std::string& path, const json& body) const {
  const auto answer = client_->send(
      {}, {"POST", base_url() + path, {{"Content-Type", "application/json"}}, base::Secret(), body.dump()});
  return answer && answer->status < 300 ? json::parse(answer->body, nullptr, false) : json();
}

json ProviderFake::get(const std::string& path) const {
  const auto answer = client_->send({}, {"GET", base_url() + path});
  return answer && answer->status < 300 ? json::parse(answer->body, nullptr, false) : json();
}

}  // namespace test_support
