#include "workspaces/preview.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/strings.h"
#include "workspaces/path_matcher.h"
#include "workspaces/trigger_rules.h"

namespace workspaces {
namespace {

constexpr std::size_t kMostTags = 20;
constexpr std::size_t kMostRules = 50;  // that are compared with the files

FileMatch match_of(const FileFilter& filter, const PathMatcher& matcher, const PushedCommit& commit) {
  FileMatch files;
  if (filter.takes_everything()) return files;
  files.kind = commit.paths_unknown.empty() ? FileMatch::Kind::kIrrelevant : FileMatch::Kind::kUnknown;
  files.reason = commit.paths_unknown;
  files.changed = commit.paths.size();
  if (!commit.paths_unknown.empty()) return files;
  for (const auto& hit : matcher.match(commit.paths)) {
    files.kind = FileMatch::Kind::kRelevant;
    files.rule = hit.rule;
    files.path = base::to_valid_utf8(commit.paths[hit.path]);
  }
  return files;
}

std::vector<Preview::Push> commits_of(const Workspace& workspace, const RepositoryPicture& picture) {
  const FileFilter filter = file_filter(workspace);
  const PathMatcher matcher(std::vector<FileFilter>{filter});
  std::vector<Preview::Push> pushes;
  for (const auto& commit : picture.commits) {
    const FileMatch files = match_of(filter, matcher, commit);
    EventFacts event;
    event.ref = picture.branch;
    event.default_branch = picture.default_branch;
    event.commit = commit.sha;
    pushes.push_back(
        {commit, {}, decide(event, trigger_view(workspace), {.has_runs = true}, files), files.rule, files.path});
  }
  return pushes;
}

std::vector<Preview::Push> tags_of(const Workspace& workspace, const RepositoryPicture& picture) {
  std::vector<Preview::Push> pushes;
  for (auto tag = picture.tags.rbegin(); tag != picture.tags.rend() && pushes.size() < kMostTags; ++tag) {
    EventFacts event;
    event.kind = EventFacts::Kind::kTagPush;
    event.ref = *tag;
    event.default_branch = picture.default_branch;
    pushes.push_back({{}, *tag, decide(event, trigger_view(workspace), {.has_runs = true}, {}), {}, {}});
  }
  return pushes;
}

// --- What may surprise ----------------------------------------------------------------------------------------------

class Surprises {
 public:
  Surprises(const Workspace& workspace, const RepositoryPicture& picture) : workspace_(workspace), picture_(picture) {}

  std::vector<Preview::Warning> find() && {
    const auto& rules = workspace_.triggers;
    if (!rules.tags_regex.empty()) {
      look_at_tags();
    } else if (rules.file_triggers_enabled) {
      for (std::size_t i = 0; i < std::min(kMostRules, rules.patterns.size()); ++i) look_at_pattern(rules.patterns[i]);
      for (std::size_t i = 0; i < std::min(kMostRules, rules.prefixes.size()); ++i) look_at_prefix(rules.prefixes[i]);
    }
    look_at_directory();
    return std::move(found_);
  }

 private:
  void warn(const char* code, const std::string& rule, std::string message) {
    found_.push_back({code, rule, std::move(message)});
  }

  bool knows_files() const { return picture_.files_known && !picture_.files.empty(); }
  bool takes_some(const FileFilter& filter) const {
    return !PathMatcher(std::vector<FileFilter>{filter}).match(picture_.files).empty();
  }
  bool takes_all(const FileFilter& filter) const {
    const PathMatcher matcher(std::vector<FileFilter>{filter});
    return std::all_of(picture_.files.begin(), picture_.files.end(),
                       [&](const std::string& file) { return !matcher.match(std::span(&file, 1)).empty(); });
  }

  void look_at_pattern(const std::string& pattern) {
    const auto surprise = surprise_of_pattern(pattern);
    if (surprise) warn("surprising-pattern", pattern, *surprise);
    if (!knows_files() || surprise) return;
    const FileFilter alone{.enabled = true, .working_directory = {}, .prefixes = {}, .patterns = {pattern}};
    if (!takes_some(alone)) {
      warn("matches-nothing", pattern,
           "'" + pattern + "' matches none of the repository's files" + on_branch() +
               "; patterns start at the repository's root, whatever the working directory is");
    } else if (picture_.files.size() > 1 && takes_all(alone)) {
      warn("matches-everything", pattern,
           "'" + pattern + "' matches every file of the repository: each push makes a run, as without a pattern");
    }
  }

  void look_at_prefix(const std::string& prefix) {
    if (outside(prefix)) {
      return warn(
          "outside-repository", prefix,
          "'" + prefix +
              "' leads out of the repository and matches nothing; a prefix starts at the root and holds no '..'");
    }
    const auto surprise = surprise_of_prefix(prefix);
    if (surprise) warn("surprising-prefix", prefix, *surprise);
    if (!knows_files() || surprise) return;
    if (!takes_some({.enabled = true, .working_directory = {}, .prefixes = {prefix}, .patterns = {}})) {
      warn("matches-nothing", prefix, "there is no file below '" + prefix + "'" + on_branch());
    }
  }

  void look_at_directory() {
    const auto& directory = workspace_.working_directory;
    if (directory.empty() || !knows_files()) return;
    const FileFilter below{.enabled = true, .working_directory = directory, .prefixes = {}, .patterns = {}};
    if (below.takes_everything()) return;
    if (!takes_some(below)) {
      return warn("no-such-directory", directory,
                  "the working directory '" + directory + "' does not exist" + on_branch() + ": runs would fail");
    }
    const auto& rules = workspace_.triggers;
    if (!rules.file_triggers_enabled || rules.patterns.empty()) return;
    const PathMatcher of_directory(std::vector<FileFilter>{below});
    std::vector<std::string> inside;
    for (const auto& file : picture_.files) {
      if (!of_directory.match(std::span(&file, 1)).empty()) inside.push_back(file);
    }
    if (!PathMatcher(std::vector<FileFilter>{file_filter(workspace_)}).match(inside).empty()) return;
    warn("directory-not-covered", directory,
         "no pattern matches a file of the working directory '" + directory +
             "': patterns stand alone, so changes there make no run; add '" + directory + "/**/*'");
  }

  void look_at_tags() {
    const auto& expression = workspace_.triggers.tags_regex;
    if (!picture_.tags_known) return;
    if (picture_.tags.empty()) {
      return warn("no-tags", expression, "the repository has no tag yet: nothing can be compared");
    }
    const auto hits = std::count_if(picture_.tags.begin(), picture_.tags.end(),
                                    [&](const std::string& tag) { return tag_matches(expression, tag); });
    if (hits == 0) {
      warn("matches-nothing", expression,
           "'" + expression + "' matches none of the repository's " + std::to_string(picture_.tags.size()) + " tags");
    } else if (hits > 1 && static_cast<std::size_t>(hits) == picture_.tags.size()) {
      warn("matches-everything", expression,
           "'" + expression + "' matches every tag of the repository; anchor it with ^ and $ if that is not meant");
    }
  }

  static bool outside(const std::string& prefix) {
    const auto parts = base::split(prefix, '/');
    return std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part == ".."; });
  }
  std::string on_branch() const { return picture_.branch.empty() ? "" : " on " + picture_.branch; }

  const Workspace& workspace_;
  const RepositoryPicture& picture_;
  std::vector<Preview::Warning> found_;
};

}  // namespace

Preview preview(const Workspace& workspace, const RepositoryPicture& picture) {
  Preview out;
  out.pushes = workspace.triggers.tags_regex.empty() ? commits_of(workspace, picture) : tags_of(workspace, picture);
  out.warnings = Surprises(workspace, picture).find();
  return out;
}

}  // namespace workspaces
