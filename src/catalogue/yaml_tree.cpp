#include "catalogue/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <set>
#include <streambuf>

#include "base/strings.h"

namespace catalogue {
namespace {

Mark mark_of(const YAML::Mark& mark) { return mark.line < 0 ? Mark{} : Mark{mark.line + 1, mark.column + 1}; }

struct Refused {
  YamlProblem problem;
};

// Builds the tree from the parser's events. What the tree cannot have is thrown, since the parser knows no other way
// to be stopped; read_yaml catches it.
class Builder final : public YAML::EventHandler {
 public:
  Builder(const YamlLimits& limits, std::vector<YamlProblem>& problems) : limits_(limits), problems_(problems) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override { refuse_alias(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { refuse_alias(mark); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (anchor != YAML::NullAnchor) refuse_alias(mark);
    add(mark, YamlNode::Kind::kNull);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (anchor != YAML::NullAnchor) refuse_alias(mark);
    if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:str") refuse_tag(mark);
    if (wants_key()) return take_key(mark, value);
    YamlNode& node = add(mark, YamlNode::Kind::kScalar);
    node.text = value;
    node.quoted = tag != "?";
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Open {
    YamlNode* node;
    bool has_key = false;
    std::set<std::string> keys = {};
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string message) {
    throw Refused{{mark_of(mark), std::move(message)}};
  }
  [[noreturn]] static void refuse_alias(const YAML::Mark& mark) {
    refuse(mark,
           "Anchors (&name) and aliases (*name) cannot be used here. Write the value out, or put it in quotes if "
           "it begins with & or *.");
  }
  [[noreturn]] static void refuse_tag(const YAML::Mark& mark) {
    refuse(mark, "Tags (!name) cannot be used here. Put the value in quotes if it begins with !.");
  }

  bool wants_key() const {
    return !open_.empty() && open_.back().node->kind == YamlNode::Kind::kMap && !open_.back().has_key;
  }

  void take_key(const YAML::Mark& mark, const std::string& key) {
    if (!open_.back().keys.insert(key).second) {
      problems_.push_back(
          {mark_of(mark), "The key \"" + base::printable(key) + "\" is there twice. Remove one of them."});
    }
    open_.back().node->members.push_back({key, mark_of(mark), {}});
    open_.back().has_key = true;
  }

  // Pointers to open nodes stay good: only the innermost one grows.
  YamlNode& add(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (++count_ > limits_.nodes) {
      refuse(mark, "The document is too large: it has more than " + std::to_string(limits_.nodes) + " values.");
    }
    if (wants_key()) refuse(mark, "A key has to be text.");
    YamlNode* node = &root_;
    if (!open_.empty()) {
      Open& parent = open_.back();
      if (parent.node->kind == YamlNode::Kind::kMap) {
        node = &parent.node->members.back().value;
        parent.has_key = false;
      } else {
        node = &parent.node->items.emplace_back();
      }
    }
    node->kind = kind;
    node->mark = mark_of(mark);
    return *node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (anchor != YAML::NullAnchor) refuse_alias(mark);
    if (tag != "?" && tag != "!" && !tag.empty() && !tag.starts_with("tag:yaml.org,2002:")) refuse_tag(mark);
    if (open_.size() >= limits_.depth) {
      refuse(mark, "The document is too deep: more than " + std::to_string(limits_.depth) + " levels.");
    }
    open_.push_back({&add(mark, kind)});
  }

  const YamlLimits& limits_;
  std::vector<YamlProblem>& problems_;
  YamlNode root_;
  std::vector<Open> open_;
  std::size_t count_ = 0;
};

// Reads from a view without copying it.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* start = const_cast<char*>(text.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast): only read from
    setg(start, start, start + text.size());
  }
};

Mark place_of(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')), 1 + static_cast<int>(at - line_start)};
}

// A tab among the blanks that begin a line, at `last` line or before: what people get wrong most often.
std::optional<Mark> tab_in_indentation(std::string_view text, int last) {
  int line = 1;
  std::optional<Mark> found;
  for (std::size_t at = 0; at < text.size() && line <= last; ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view row = text.substr(at, end - at);
    const std::string_view blanks = row.substr(0, std::min(row.find_first_not_of(" \t"), row.size()));
    if (blanks.size() < row.size() && blanks.find('\t') != std::string_view::npos) {
      found = Mark{line, 1 + static_cast<int>(blanks.find('\t'))};
    }
    at = end + 1;
  }
  return found;
}

YamlProblem not_yaml(std::string_view text, const YAML::Exception& error) {
  const Mark mark = mark_of(error.mark);
  if (const auto tab = tab_in_indentation(text, mark.line == 0 ? 1 << 30 : mark.line)) {
    return {*tab, "There is a tab where YAML wants spaces. Indent with spaces only."};
  }
  return {mark, "This is not YAML: " + error.msg + "."};
}

std::optional<YamlProblem> problem_of_bytes(std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    return YamlProblem{place_of(text, limits.bytes),
                       "The file is larger than " + std::to_string(limits.bytes >> 10U) +
                           " KiB: here is as much as is read. Give a large value as --set PATH=@FILE."};
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return YamlProblem{place_of(text, nul), "There is a zero byte: this is not a text file."};
  }
  if (base::is_utf8(text)) return std::nullopt;
  std::size_t line_start = 0;
  while (true) {
    const std::size_t end = std::min(text.find('\n', line_start), text.size());
    if (!base::is_utf8(text.substr(line_start, end - line_start)) || end == text.size()) {
      return YamlProblem{place_of(text, line_start), "This line is not UTF-8 text."};
    }
    line_start = end + 1;
  }
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto at = std::find_if(members.begin(), members.end(), [&](const Member& member) { return member.key == key; });
  return at == members.end() ? nullptr : &at->value;
}

const char* YamlNode::kind_name() const {
  switch (kind) {
    case Kind::kNull: return "nothing";
    case Kind::kScalar: return "a single value";
    case Kind::kList: return "a list";
    case Kind::kMap: return "a map";
  }
  return "nothing";
}

YamlRead read_yaml(std::string_view text, const YamlLimits& limits) {
  YamlRead out;
  if (auto problem = problem_of_bytes(text, limits)) {
    out.problems.push_back(*std::move(problem));
    return out;
  }
  try {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    Builder builder(limits, out.problems);
    const bool any = parser.HandleNextDocument(builder);
    YamlNode root = any ? builder.take() : YamlNode{};
    std::vector<YamlProblem> ignored;
    Builder rest(limits, ignored);
    if (any && parser.HandleNextDocument(rest)) {
      out.problems.push_back({rest.take().mark, "The file has a second document (after ---). Use one file for each."});
    }
    if (out.problems.empty()) out.root = std::move(root);
  } catch (const Refused& refused) {
    out.problems.push_back(refused.problem);
  } catch (const YAML::Exception& error) {
    out.problems.push_back(not_yaml(text, error));
  }
  return out;
}

}  // namespace catalogue
