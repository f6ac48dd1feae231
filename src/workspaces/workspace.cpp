#include "workspaces/workspace.h"

#include <algorithm>

#include "base/strings.h"

namespace workspaces {
namespace {

constexpr std::size_t kMaxName = 90;
constexpr std::size_t kMaxText = 1'024;

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// git-check-ref-format(1), for a short branch name.
bool is_branch(const std::string& branch) {
  if (branch.size() > kMaxText || branch.starts_with('-') || has_control(branch) || !base::is_utf8(branch))
    return false;
  if (branch.find_first_of(" ~^:?*[\\") != std::string::npos) return false;
  if (branch.find("..") != std::string::npos || branch.find("@{") != std::string::npos || branch == "@") return false;
  for (const auto& part : base::split(branch, '/')) {
    if (part.empty() || part.starts_with('.') || part.ends_with('.') || part.ends_with(".lock")) return false;
  }
  return true;
}

}  // namespace

std::string version_of(const Workspace& workspace) {
  return "\"" + std::to_string(base::to_millis(workspace.updated_at)) + "\"";
}

FileFilter file_filter(const Workspace& workspace) {
  return {workspace.triggers.file_triggers_enabled, workspace.working_directory, workspace.triggers.prefixes,
          workspace.triggers.patterns};
}

TriggerView trigger_view(const Workspace& workspace) {
  TriggerView view;
  view.branch = workspace.vcs ? workspace.vcs->branch : "";
  view.tags_regex = workspace.triggers.tags_regex;
  view.speculative_enabled = workspace.speculative_enabled;
  view.queue_all_runs = workspace.queue_all_runs;
  view.file_triggers_enabled = workspace.triggers.file_triggers_enabled;
  view.locked = workspace.lock.has_value();
  return view;
}

base::Status check_name(const std::string& name) {
  const bool good =
      !name.empty() && name.size() <= kMaxName && std::all_of(name.begin(), name.end(), is_name_character);
  if (good) return {};
  return base::invalid("Name can only include letters, numbers, - and _, and must be 1 to 90 characters long.",
                       "/data/attributes/name");
}

base::Status check_working_directory(const std::string& directory) {
  const auto parts = base::split(directory, '/');
  const bool escapes = std::find(parts.begin(), parts.end(), "..") != parts.end();
  const bool odd = directory.size() > kMaxText || has_control(directory) || !base::is_utf8(directory) ||
                   directory.find('\\') != std::string::npos;
  if (!escapes && !odd && !directory.starts_with('/')) return {};
  return base::invalid("Working directory must be a path inside the repository, like 'environments/prod': not '" +
                           base::printable(directory) + "' (no '..', no leading '/', no backslash).",
                       "/data/attributes/working-directory");
}

base::Status check_branch(const std::string& branch) {
  if (branch.empty() || is_branch(branch)) return {};
  return base::invalid("Branch isn't ingressable. '" + base::printable(branch) + "' is not a branch name git accepts.",
                       "/data/attributes/vcs-repo/branch");
}

base::Result<std::vector<std::string>> split_command(const std::string& line, const std::string& pointer) {
  std::vector<std::string> arguments;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      word.push_back(line[++i]);
      in_word = true;
    } else if (quote != 0) {
      c == quote ? void(quote = 0) : word.push_back(c);
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t') {
      if (in_word) arguments.push_back(std::exchange(word, {}));
      in_word = false;
    } else if (std::string_view("|&;<>$`\n(){}").find(c) != std::string_view::npos) {
      return base::invalid(std::string("'") + c + "' means something to a shell only, and no shell runs the command: " +
                               "quote it, or put the commands into a script in the repository.",
                           pointer);
    } else {
      word.push_back(c);
      in_word = true;
    }
  }
  if (quote != 0) return base::invalid("a quote is not closed", pointer);
  if (in_word) arguments.push_back(word);
  return arguments;
}

base::Status check_command(const std::vector<std::string>& arguments, const std::string& pointer) {
  if (arguments.empty()) return {};
  std::size_t bytes = 0;
  for (const auto& argument : arguments) {
    bytes += argument.size();
    if (argument.find('\0') != std::string::npos) return base::invalid("a command cannot hold NUL", pointer);
  }
  if (arguments.size() > 256 || bytes > 16'384) return base::invalid("the command is too long", pointer);
  if (arguments.front().empty() || arguments.front().starts_with('-')) {
    return base::invalid("a command begins with the name of a program", pointer);
  }
  return {};
}

}  // namespace workspaces
