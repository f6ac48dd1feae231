#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace support {

// A real repository to fetch from, with a working tree. Link bridge_test_git.
// Every method throws std::runtime_error with git's own words if git refuses.
class GitRepository {
 public:
  GitRepository();
  ~GitRepository();
  GitRepository(const GitRepository&) = delete;
  GitRepository& operator=(const GitRepository&) = delete;

  std::filesystem::path tree() const { return directory_ / "tree"; }
  std::filesystem::path path() const { return directory_ / "tree" / ".git"; }  // what servers serve

  void write(const std::string& path, const std::string& text, bool executable = false);
  void link(const std::string& path, const std::string& target);
  void remove(const std::string& path);
  // Everything in the tree; the commit's id.
  std::string commit(const std::string& message);
  void branch(const std::string& name, bool fresh);  // switches to it
  std::string head();
  // Runs git in the tree.
  std::string git(const std::vector<std::string>& arguments, const std::string& input = {});

 private:
  std::filesystem::path directory_;
  int commits_ = 0;
};

}  // namespace support
