#include "vcs/ref_name.h"

#include <algorithm>

#include "base/strings.h"

namespace vcs {
namespace {

constexpr std::size_t kLongestName = 250;  // with refs/heads/ and .lock it still is one file name component

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

bool has_commit_length(std::string_view text) { return text.size() == 40 || text.size() == 64; }

base::Error refused(std::string_view name, std::string_view rule) {
  return base::invalid("The ref name \"" + base::printable(name, 80) + "\" " + std::string(rule) + ".");
}

// One part between slashes.
const char* broken_rule_of_part(std::string_view part) {
  if (part.empty()) return "has an empty part";
  if (part.front() == '.') return "has a part that starts with a dot";
  if (part.ends_with(".lock")) return "has a part that ends in .lock";
  return nullptr;
}

}  // namespace

base::Status check_ref_name(std::string_view name) {
  if (name.empty()) return refused(name, "is empty");
  if (name.size() > kLongestName) return refused(name, "is longer than 250 bytes");
  if (name.front() == '-') return refused(name, "starts with a dash");
  if (name == "@") return refused(name, "is a lone @");
  if (name.back() == '.') return refused(name, "ends in a dot");
  if (!base::is_utf8(name)) return refused(name, "is not UTF-8");
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return refused(name, "holds a space or control character");
    if (std::string_view("~^:?*[\\").find(c) != std::string_view::npos) {
      return refused(name, "holds one of ~ ^ : ? * [ \\");
    }
  }
  if (name.find("..") != std::string_view::npos) return refused(name, "holds two dots in a row");
  if (name.find("@{") != std::string_view::npos) return refused(name, "holds @{");
  for (const std::string& part : base::split(name, '/')) {
    if (const char* rule = broken_rule_of_part(part)) return refused(name, rule);
  }
  return {};
}

bool is_commit_id(std::string_view text) { return has_commit_length(text) && is_hex(text) && !is_zero_commit(text); }

bool is_zero_commit(std::string_view text) {
  return has_commit_length(text) && text.find_first_not_of('0') == std::string_view::npos;
}

bool is_abbreviated_commit(std::string_view text) { return text.size() >= 7 && text.size() <= 64 && is_hex(text); }

std::optional<Ref> split_ref(std::string_view full) {
  constexpr std::string_view kHeads = "refs/heads/";
  constexpr std::string_view kTags = "refs/tags/";
  if (full.starts_with(kHeads)) return Ref{RefKind::kBranch, std::string(full.substr(kHeads.size()))};
  if (full.starts_with(kTags)) return Ref{RefKind::kTag, std::string(full.substr(kTags.size()))};
  return std::nullopt;
}

std::string short_branch(std::string_view ref) {
  const std::optional<Ref> parts = split_ref(ref);
  return parts && parts->kind == RefKind::kBranch ? parts->name : std::string(ref);
}

base::Result<std::string> commit_or_nothing(std::string_view text) {
  if (text.empty() || is_zero_commit(text)) return std::string();
  return required_commit(text, "A commit");
}

base::Result<std::string> required_commit(std::string_view text, std::string_view what) {
  if (is_commit_id(text)) return base::to_lower(text);
  return base::invalid(std::string(what) + " is \"" + base::printable(text, 80) +
                       "\", which is not a commit id of 40 or 64 hex characters.");
}

}  // namespace vcs
