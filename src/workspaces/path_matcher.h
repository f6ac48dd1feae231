#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Which workspaces do these changed files concern? All rules of all workspaces of a repository are one index: the
// cost grows with the changed paths, not with the workspaces that none of them touches, and is linear in the length
// of a path whatever the rules are.
namespace workspaces {

// The file filter of one workspace, as configured.
struct FileFilter {
  bool enabled = true;            // file-triggers-enabled
  std::string working_directory;  // empty: the root
  std::vector<std::string> prefixes;
  std::vector<std::string> patterns;

  // A filter that leaves nothing out: off, or neither directory nor lists.
  bool takes_everything() const;
};

// Globs are anchored at the repository's root, a leading '/' may be left out, names beginning with '.' are like any
// other. '*' is zero or more characters inside a segment, '?' exactly one, '**' as a whole segment any number of
// directories; at the end, or beside other characters, '**' is '*'. Nothing else is special.
// A prefix or the working directory matches files below it, at a segment border; never a file of its own name.
// Patterns stand alone; prefixes are joined with the working directory; without lists the working directory decides.
//
// Immutable; safe to share between threads.
class PathMatcher {
 public:
  explicit PathMatcher(std::span<const FileFilter> filters);
  ~PathMatcher();
  PathMatcher(PathMatcher&&) noexcept;
  PathMatcher& operator=(PathMatcher&&) noexcept;

  struct Hit {
    std::size_t filter = 0;  // index into the constructor's list
    std::size_t path = 0;    // index into the changed paths: the first that hit
    std::string rule;        // "pattern '/a/*'", "prefix 'modules'", "working directory 'prod'"
  };
  // One hit for each filter that at least one path concerns, in the order of the filters. Filters that take
  // everything are not among them. Paths are relative to the root, without a leading '/'.
  std::vector<Hit> match(std::span<const std::string> paths) const;

 private:
  struct Index;
  std::unique_ptr<const Index> index_;
};

// The rule of one filter that one path hits; for explanations and tests.
std::optional<std::string> matching_rule(const FileFilter& filter, const std::string& path);

}  // namespace workspaces
