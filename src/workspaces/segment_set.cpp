#include "workspaces/segment_set.h"

#include <algorithm>

namespace workspaces {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::size_t after_character(std::string_view name, std::size_t at) {
  ++at;
  while (at < name.size() && is_continuation(name[at])) ++at;
  return at;
}

void note_size(std::vector<std::size_t>& sizes, std::size_t size) {
  if (std::find(sizes.begin(), sizes.end(), size) == sizes.end()) sizes.push_back(size);
}

}  // namespace

bool segment_matches(std::string_view glob, std::string_view name) {
  std::size_t g = 0, n = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = n;
    } else if (g < glob.size() && glob[g] == '?') {
      ++g;
      n = after_character(name, n);
    } else if (g < glob.size() && glob[g] == name[n]) {
      ++g;
      ++n;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      n = resume = after_character(name, resume);
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

std::size_t SegmentSet::add(const std::string& glob) {
  const auto [found, added] = numbers_.emplace(glob, globs_.size());
  if (!added) return found->second;
  const std::size_t number = globs_.size();
  globs_.push_back(glob);
  const auto head = glob.find_first_of("*?");
  const auto tail = glob.size() - 1 - glob.find_last_of("*?");
  if (head > 0) {
    by_head_[glob.substr(0, head)].push_back(number);
    note_size(head_sizes_, head);
  } else if (tail > 0) {
    by_tail_[glob.substr(glob.size() - tail)].push_back(number);
    note_size(tail_sizes_, tail);
  } else {
    loose_.push_back(number);
  }
  return number;
}

std::vector<std::size_t> SegmentSet::match(std::string_view name) const {
  std::vector<std::size_t> hits;
  const auto take = [&](const Bucket& bucket) {
    for (const auto number : bucket) {
      if (segment_matches(globs_[number], name)) hits.push_back(number);
    }
  };
  for (const auto size : head_sizes_) {
    if (size > name.size()) continue;
    if (const auto found = by_head_.find(std::string(name.substr(0, size))); found != by_head_.end())
      take(found->second);
  }
  for (const auto size : tail_sizes_) {
    if (size > name.size()) continue;
    const auto found = by_tail_.find(std::string(name.substr(name.size() - size)));
    if (found != by_tail_.end()) take(found->second);
  }
  take(loose_);
  std::sort(hits.begin(), hits.end());
  return hits;
}

}  // namespace workspaces
