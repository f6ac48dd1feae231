#include "git/submodules.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "git/tree_names.h"

namespace git {
namespace {

constexpr std::size_t kListingLimit = std::size_t{256} << 20U;
constexpr std::size_t kLargestFile = std::size_t{1} << 20U;
constexpr std::size_t kLongestName = 1'000;

base::Error refused(std::string_view what, const std::string& why) {
  return base::invalid("the submodule '" + base::printable(what, 200) + "' is not accepted: " + why);
}

struct Tree {
  std::map<std::string, std::string> links;  // path → commit
  bool has_file = false;                     // .gitmodules, as a file
};

// "<mode> <type> <id>\t<path>"
base::Result<Tree> read_tree(const GitRun& base_run, const std::string& sha) {
  GitRun run = base_run;
  run.arguments = {"ls-tree", "-r", "-z", "--full-tree", sha};
  run.output_limit = kListingLimit;
  ASSIGN_OR_RETURN(const base::ProcessResult result, run_git(run));
  if (!result.succeeded()) return make_error(Problem::kDamaged, "the commit's tree cannot be read", result.errors);
  Tree tree;
  for (std::string_view rest = result.output; !rest.empty();) {
    const auto end = rest.find('\0');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto tab = line.find('\t');
    if (tab == std::string_view::npos) continue;
    const auto path = line.substr(tab + 1);
    if (line.starts_with("160000 ")) {
      const auto id = line.substr(0, tab).substr(line.substr(0, tab).rfind(' ') + 1);
      tree.links.emplace(path, id);
    } else if (path == ".gitmodules") {
      if (!line.starts_with("100")) return base::invalid(".gitmodules is not a file");
      tree.has_file = true;
    }
  }
  return tree;
}

struct Section {
  std::string path, url, update;
};

bool has_parent_part(std::string_view text) {
  const auto parts = base::split(base::replace_all(text, "\\", "/"), '/');
  return std::find(parts.begin(), parts.end(), "..") != parts.end();
}

base::Status check_text(const std::string& name, std::string_view text) {
  const bool control = std::any_of(text.begin(), text.end(), [](char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
  });
  if (control) return refused(name, "control characters");
  if (text.empty() || text.size() > kLongestName) return refused(name, "empty or longer than 1000 bytes");
  if (text.front() == '-') return refused(name, "it begins with '-'");
  return {};
}

// "submodule.<name>.<key>\n<value>" each ended by NUL; a key without a value has no line feed.
base::Result<std::map<std::string, Section>> read_file(const GitRun& base_run, const std::string& sha) {
  GitRun run = base_run;
  run.arguments = {"config", "--blob", sha + ":.gitmodules", "--list", "-z"};
  run.output_limit = kLargestFile;
  ASSIGN_OR_RETURN(const base::ProcessResult result, run_git(run));
  if (!result.succeeded()) return base::invalid(".gitmodules cannot be read: it is not a file of git's configuration");
  std::map<std::string, Section> sections;
  for (std::string_view rest = result.output; !rest.empty();) {
    const auto end = rest.find('\0');
    const auto entry = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto line = entry.find('\n');
    const auto key = entry.substr(0, line);
    const auto dot = key.rfind('.');
    if (!key.starts_with("submodule.") || dot < 10) continue;
    const std::string name(key.substr(10, dot - 10));
    const std::string value(line == std::string_view::npos ? std::string_view() : entry.substr(line + 1));
    auto& section = sections[name];
    if (key.substr(dot) == ".path") section.path = value;
    if (key.substr(dot) == ".url") section.url = value;
    if (key.substr(dot) == ".update") section.update = value;
  }
  return sections;
}

// Where the part that "../" may take away begins: behind the authority, or behind the colon of "user@host:path".
std::size_t start_of_path(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return url.find(':') + 1;
  const auto slash = url.find('/', scheme + 3);
  return slash == std::string_view::npos ? url.size() : slash;
}

}  // namespace

base::Result<std::vector<Submodule>> list_submodules(const GitRun& run, const std::string& sha) {
  ASSIGN_OR_RETURN(const Tree tree, read_tree(run, sha));
  std::vector<Submodule> found;
  if (tree.links.empty()) return found;
  std::map<std::string, Section> sections;
  if (tree.has_file) {
    ASSIGN_OR_RETURN(sections, read_file(run, sha));
  }
  for (const auto& [path, commit] : tree.links) {
    const auto section = std::find_if(sections.begin(), sections.end(),
                                      [&path = path](const auto& one) { return one.second.path == path; });
    if (section == sections.end()) return refused(path, "no section of .gitmodules has this path");
    RETURN_IF_ERROR(check_text(path, section->first));
    if (has_parent_part(section->first)) return refused(path, "its name holds '..'");
    RETURN_IF_ERROR(check_text(path, path));
    if (is_never_packed(path)) return refused(path, "a path of that name is never packed");
    if (const auto why = problem_of_name(path)) return refused(path, *why);
    if (section->second.update == "none") continue;
    RETURN_IF_ERROR(check_text(path, section->second.url));
    if (!is_commit_id(commit)) return refused(path, "it names no commit");
    found.push_back({path, commit, section->second.url});
  }
  return found;
}

base::Result<RemoteUrl> submodule_url(const RemoteUrl& parent, std::string_view url) {
  if (!url.starts_with("./") && !url.starts_with("../")) return parse_remote_url(url);
  std::string base = parent.text;
  const std::size_t root = start_of_path(base);
  while (base.size() > root && base.back() == '/') base.pop_back();
  for (;;) {
    if (url.starts_with("./")) {
      url.remove_prefix(2);
    } else if (url.starts_with("../")) {
      url.remove_prefix(3);
      if (base.size() <= root) return base::invalid("'../' leads out of the server");
      const auto slash = base.rfind('/');
      base.resize(slash == std::string::npos || slash < root ? root : slash);
    } else {
      break;
    }
  }
  if (url.empty()) return base::invalid("it names no repository");
  const bool joined = base.ends_with('/') || base.ends_with(':');
  return parse_remote_url(base + (joined ? "" : "/") + std::string(url));
}

}  // namespace git
