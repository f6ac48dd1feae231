#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace workspaces {

// Does a segment glob ('*' and '?') match the whole of a name? At most |glob| × |name| steps; '?' takes one UTF-8
// character.
bool segment_matches(std::string_view glob, std::string_view name);

// Many distinct segment globs, asked "which of you match this name?". Globs are found by the text before their first
// or after their last wildcard, so that those which cannot match are not looked at.
class SegmentSet {
 public:
  // The number of the glob, the same for equal ones.
  std::size_t add(const std::string& glob);
  std::size_t size() const { return globs_.size(); }
  // Numbers of all globs that match, ascending.
  std::vector<std::size_t> match(std::string_view name) const;

 private:
  using Bucket = std::vector<std::size_t>;
  std::vector<std::string> globs_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::unordered_map<std::string, Bucket> by_head_;   // literal text before the first wildcard
  std::unordered_map<std::string, Bucket> by_tail_;   // literal text after the last, for globs without a head
  Bucket loose_;                                      // wildcards at both ends
  std::vector<std::size_t> head_sizes_, tail_sizes_;  // lengths that occur
};

}  // namespace workspaces
