#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace catalogue {

// A place in a text, both from 1; 0: not known.
struct Mark {
  int line = 0;
  int column = 0;
};

// A YAML document as a tree that knows where everything stood. Aliases are not followed: they are refused.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  struct Member;

  Kind kind = Kind::kNull;
  std::string text;     // of a scalar
  bool quoted = false;  // a scalar in quotes or as a block: text, whatever it looks like
  Mark mark;
  std::vector<YamlNode> items;
  std::vector<Member> members;

  const YamlNode* find(std::string_view key) const;  // of a map; null if absent
  const char* kind_name() const;                     // "a list", "text", …
};

struct YamlNode::Member {
  std::string key;
  Mark mark;  // of the key
  YamlNode value;
};

struct YamlProblem {
  Mark mark;
  std::string message;
};

struct YamlLimits {
  std::size_t bytes = std::size_t{1} << 20U;
  std::size_t depth = 32;
  std::size_t nodes = 50'000;
};

struct YamlRead {
  std::optional<YamlNode> root;  // nothing if there is a problem
  std::vector<YamlProblem> problems;
};

// Reads one document. Total: any text gives a tree or a problem with its place, in time linear in the text. No value
// is in a message.
YamlRead read_yaml(std::string_view text, const YamlLimits& limits = {});

}  // namespace catalogue
