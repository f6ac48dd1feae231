#include "workspaces/path_matcher.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "workspaces/segment_set.h"

namespace workspaces {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// Segments of a rule or path; empty ones (leading, trailing, doubled '/') are left out.
std::vector<std::string_view> segments_of(std::string_view text) {
  std::vector<std::string_view> segments;
  while (!text.empty()) {
    const auto end = std::min(text.find('/'), text.size());
    if (end > 0) segments.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return segments;
}

bool is_wild(std::string_view segment) { return segment.find_first_of("*?") != std::string_view::npos; }

// "a**b" means "a*b".
std::string squeezed(std::string_view segment) {
  std::string out;
  for (const char c : segment) {
    if (c != '*' || out.empty() || out.back() != '*') out.push_back(c);
  }
  return out;
}

// A node of the trie over rule segments. Nodes are numbered; 0 is the root.
struct Node {
  std::unordered_map<std::string, std::size_t> literal;
  std::unordered_map<std::size_t, std::size_t> wild;  // number of the segment glob → node
  std::size_t deep = kNone;                           // behind '**': this node again after any number of segments
  bool is_deep = false;
  std::size_t file_rule = kNone;   // a path that ends here
  std::size_t below_rule = kNone;  // a path that goes on from here
};

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace

struct PathMatcher::Index {
  std::vector<Node> nodes = std::vector<Node>(1);
  SegmentSet globs;
  std::vector<std::vector<std::pair<std::size_t, std::string>>> rules;  // rule → filters and how each calls it

  std::size_t deeper(std::size_t at) {
    if (nodes[at].is_deep) return at;
    if (nodes[at].deep == kNone) {
      nodes.emplace_back().is_deep = true;
      nodes[at].deep = nodes.size() - 1;
    }
    return nodes[at].deep;
  }

  template <class Map, class Key>
  std::size_t child(Map Node::*map, std::size_t at, const Key& key) {
    if (const auto found = (nodes[at].*map).find(key); found != (nodes[at].*map).end()) return found->second;
    nodes.emplace_back();
    (nodes[at].*map).emplace(key, nodes.size() - 1);
    return nodes.size() - 1;
  }

  void note(std::size_t Node::*slot, std::size_t at, std::size_t filter, std::string name) {
    if (nodes[at].*slot == kNone) {
      nodes[at].*slot = rules.size();
      rules.emplace_back();
    }
    rules[nodes[at].*slot].emplace_back(filter, std::move(name));
  }

  void add_directory(std::string_view directory, std::size_t filter, const std::string& name) {
    std::size_t at = 0;
    for (const auto segment : segments_of(directory)) {
      if (segment != ".") at = child(&Node::literal, at, std::string(segment));
    }
    note(&Node::below_rule, at, filter, name);
  }

  void add_pattern(std::string_view pattern, std::size_t filter, const std::string& name) {
    if (pattern.ends_with('/')) return;  // names a directory: no file is called so
    const auto segments = segments_of(pattern);
    if (segments.empty()) return;
    std::size_t at = 0;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (segments[i] == "**" && i + 1 < segments.size()) {
        at = deeper(at);
      } else if (is_wild(segments[i])) {
        at = child(&Node::wild, at, globs.add(squeezed(segments[i])));
      } else {
        at = child(&Node::literal, at, std::string(segments[i]));
      }
    }
    note(&Node::file_rule, at, filter, name);
  }

  void add(const FileFilter& filter, std::size_t number) {
    if (filter.takes_everything()) return;
    for (const auto& pattern : filter.patterns) add_pattern(pattern, number, "pattern '" + pattern + "'");
    if (!filter.patterns.empty()) return;
    for (const auto& prefix : filter.prefixes) add_directory(prefix, number, "prefix '" + prefix + "'");
    if (!filter.working_directory.empty()) {
      add_directory(filter.working_directory, number, "working directory '" + filter.working_directory + "'");
    }
  }
};

namespace {

// Walks the trie with the set of nodes a path can be at.
class Walk {
 public:
  Walk(const std::vector<Node>& nodes, const SegmentSet& globs, std::size_t rules)
      : nodes_(nodes), globs_(globs), first_path_(rules, kNone), seen_(nodes.size(), 0) {}

  void path(std::string_view path, std::size_t number) {
    const auto segments = segments_of(path);
    if (segments.empty()) return;
    ++stamp_;
    active_.clear();
    enter(0);
    for (const auto segment : segments) {
      for (const auto at : active_) hit(nodes_[at].below_rule, number);
      step(segment);
      if (active_.empty()) return;
    }
    for (const auto at : active_) hit(nodes_[at].file_rule, number);
  }

  const std::vector<std::size_t>& first_path() const { return first_path_; }

 private:
  void hit(std::size_t rule, std::size_t number) {
    if (rule != kNone && first_path_[rule] == kNone) first_path_[rule] = number;
  }

  void enter(std::size_t node) {
    for (; node != kNone && seen_[node] != stamp_; node = nodes_[node].deep) {
      seen_[node] = stamp_;
      active_.push_back(node);
    }
  }

  void step(std::string_view segment) {
    std::vector<std::size_t> before;
    before.swap(active_);
    ++stamp_;
    const auto& wild = wild_of(segment);
    text_.assign(segment);
    for (const auto at : before) {
      const Node& node = nodes_[at];
      if (node.is_deep) enter(at);
      if (!node.literal.empty()) {
        if (const auto found = node.literal.find(text_); found != node.literal.end()) enter(found->second);
      }
      enter_wild(node, wild);
    }
  }

  void enter_wild(const Node& node, const std::vector<std::size_t>& wild) {
    if (node.wild.size() < wild.size()) {
      for (const auto& [glob, child] : node.wild) {
        if (std::binary_search(wild.begin(), wild.end(), glob)) enter(child);
      }
    } else {
      for (const auto glob : wild) {
        if (const auto found = node.wild.find(glob); found != node.wild.end()) enter(found->second);
      }
    }
  }

  const std::vector<std::size_t>& wild_of(std::string_view segment) {
    if (const auto found = wild_.find(segment); found != wild_.end()) return found->second;
    return wild_.emplace(std::string(segment), globs_.match(segment)).first->second;
  }

  const std::vector<Node>& nodes_;
  const SegmentSet& globs_;
  std::vector<std::size_t> first_path_;  // by rule
  std::vector<std::size_t> seen_;        // by node: stamp of the step that entered it
  std::size_t stamp_ = 0;
  std::vector<std::size_t> active_;
  std::string text_;
  std::unordered_map<std::string, std::vector<std::size_t>, StringHash, std::equal_to<>> wild_;
};

}  // namespace

bool FileFilter::takes_everything() const {
  return !enabled || (patterns.empty() && prefixes.empty() && segments_of(working_directory).empty());
}

PathMatcher::PathMatcher(std::span<const FileFilter> filters) {
  auto index = std::make_unique<Index>();
  for (std::size_t i = 0; i < filters.size(); ++i) index->add(filters[i], i);
  index_ = std::move(index);
}

PathMatcher::~PathMatcher() = default;
PathMatcher::PathMatcher(PathMatcher&&) noexcept = default;
PathMatcher& PathMatcher::operator=(PathMatcher&&) noexcept = default;

std::vector<PathMatcher::Hit> PathMatcher::match(std::span<const std::string> paths) const {
  Walk walk(index_->nodes, index_->globs, index_->rules.size());
  for (std::size_t i = 0; i < paths.size(); ++i) walk.path(paths[i], i);
  std::vector<Hit> hits;
  for (std::size_t rule = 0; rule < index_->rules.size(); ++rule) {
    if (walk.first_path()[rule] == kNone) continue;
    for (const auto& [filter, name] : index_->rules[rule]) hits.push_back({filter, walk.first_path()[rule], name});
  }
  std::sort(hits.begin(), hits.end(),
            [](const Hit& a, const Hit& b) { return a.filter != b.filter ? a.filter < b.filter : a.path < b.path; });
  const auto same = [](const Hit& a, const Hit& b) { return a.filter == b.filter; };
  hits.erase(std::unique(hits.begin(), hits.end(), same), hits.end());
  return hits;
}

std::optional<std::string> matching_rule(const FileFilter& filter, const std::string& path) {
  const PathMatcher matcher(std::span(&filter, 1));
  auto hits = matcher.match(std::span(&path, 1));
  if (hits.empty()) return std::nullopt;
  return std::move(hits.front().rule);
}

}  // namespace workspaces
