#include "tests/support/git_repository.h"

#include <sys/stat.h>

#include <fstream>
#include <stdexcept>

#include "base/process.h"
#include "base/random.h"
#include "base/strings.h"

namespace support {
namespace fs = std::filesystem;

GitRepository::GitRepository() {
  directory_ = fs::temp_directory_path() / ("origin-" + base::random_base58(10));
  fs::create_directories(tree());
  git({"init", "--quiet", "--initial-branch=main"});
}

GitRepository::~GitRepository() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void GitRepository::write(const std::string& path, const std::string& text, bool executable) {
  fs::create_directories((tree() / path).parent_path());
  std::ofstream(tree() / path, std::ios::binary) << text;
  if (executable) ::chmod((tree() / path).c_str(), 0755);
}

void GitRepository::link(const std::string& path, const std::string& target) {
  fs::create_directories((tree() / path).parent_path());
  fs::create_symlink(target, tree() / path);
}

void GitRepository::remove(const std::string& path) { fs::remove_all(tree() / path); }

std::string GitRepository::commit(const std::string& message) {
  ++commits_;
  git({"add", "--all", "--force"});
  git({"commit", "--quiet", "--allow-empty", "-F", "-"}, message);
  return head();
}

void GitRepository::branch(const std::string& name, bool fresh) {
  if (fresh) {
    git({"switch", "--quiet", "-c", name});
  } else {
    git({"switch", "--quiet", name});
  }
}

std::string GitRepository::head() { return std::string(base::trim(git({"rev-parse", "HEAD"}))); }

std::string GitRepository::git(const std::vector<std::string>& arguments, const std::string& input) {
  base::Command command{.arguments = {"git"}};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  const std::string date = std::to_string(1'700'000'000 + commits_ * 60) + " +0000";
  command.environment = {{"PATH", "/usr/bin:/bin"},          {"HOME", "/nonexistent"},
                         {"GIT_CONFIG_GLOBAL", "/dev/null"}, {"GIT_CONFIG_NOSYSTEM", "1"},
                         {"GIT_AUTHOR_NAME", "Ann"},         {"GIT_AUTHOR_EMAIL", "ann@example.com"},
                         {"GIT_COMMITTER_NAME", "Ann"},      {"GIT_COMMITTER_EMAIL", "ann@example.com"},
                         {"GIT_AUTHOR_DATE", date},          {"GIT_COMMITTER_DATE", date}};
  command.directory = tree();
  command.input = input;
  const auto result = base::run_process(command);
  if (!result) throw std::runtime_error(result.error().message);
  if (!result->succeeded()) throw std::runtime_error("git " + base::join(arguments, " ") + ": " + result->errors);
  return result->output;
}

}  // namespace support
