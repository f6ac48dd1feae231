#include "git/tree_names.h"

#include <algorithm>

#include "base/strings.h"

namespace git {
namespace {

constexpr std::size_t kLongestPath = 4'096;
constexpr std::size_t kLongestPart = 255;

}  // namespace

std::optional<std::string> problem_of_name(std::string_view path) {
  if (path.empty()) return "the name is empty";
  if (path.size() > kLongestPath) return "the name is longer than 4096 bytes";
  if (path.front() == '/') return "the name is absolute";
  for (const char letter : path) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) return "the name holds a control character";
    if (letter == '\\') return "the name holds a backslash";
  }
  for (const auto& part : base::split(path, '/')) {
    if (part.empty() || part == ".") return "the name has an empty part";
    if (part == "..") return "the name leaves the directory";
    if (part.size() > kLongestPart) return "a part of the name is longer than 255 bytes";
  }
  return std::nullopt;
}

std::optional<std::string> problem_of_link(std::string_view path, std::string_view target) {
  if (target.empty() || target.size() > kLongestPath) return "the link's target is empty or too long";
  if (target.front() == '/') return "the link's target is absolute";
  if (target.find('\0') != std::string_view::npos || target.find('\\') != std::string_view::npos) {
    return "the link's target holds NUL or a backslash";
  }
  const auto depth = std::count(path.begin(), path.end(), '/');
  std::ptrdiff_t up = 0;
  bool down = false;
  for (const auto& part : base::split(target, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      down = true;
    } else if (down) {
      return "the link's target has '..' after a name";
    } else if (++up > depth) {
      return "the link leaves the directory";
    }
  }
  return std::nullopt;
}

bool is_never_packed(std::string_view path) {
  const auto parts = base::split(path, '/');
  return std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
    return base::equals_ignoring_case(part, ".git") || part == ".terraform" || part == "terraform.tfstate" ||
           part == "terraform.tfstate.backup" || part == "terraform.tfstate.d";
  });
}

}  // namespace git
