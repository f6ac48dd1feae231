#include "runs/process_tree.h"

#include <signal.h>

#include <fstream>
#include <string>
#include <vector>

namespace runs {
namespace {

std::vector<pid_t> children_of(pid_t process) {
  const std::string id = std::to_string(process);
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

}  // namespace

void signal_tree(pid_t root, int signal) {
  if (root <= 1) return;
  std::vector<pid_t> found{root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const pid_t child : children_of(found[i])) found.push_back(child);
  }
  // Leaves first, so that no parent starts a new one in answer to a child's end.
  for (auto process = found.rbegin(); process != found.rend(); ++process) ::kill(*process, signal);
}

}  // namespace runs
