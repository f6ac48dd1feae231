#include "catalogue/kubeconfig.h"

#include <algorithm>
#include <vector>

#include "base/strings.h"
#include "catalogue/filters.h"
#include "catalogue/yaml_tree.h"

namespace catalogue {
namespace {

// Every node that "clusters[].cluster.server" names.
void follow(const YamlNode& node, std::string_view path, std::vector<const YamlNode*>& out) {
  if (path.empty()) {
    out.push_back(&node);
    return;
  }
  const std::size_t end = std::min(path.find('.'), path.size());
  std::string_view step = path.substr(0, end);
  const bool each = step.ends_with("[]");
  if (each) step.remove_suffix(2);
  const YamlNode* found = node.find(step);
  if (found == nullptr) return;
  path.remove_prefix(std::min(path.size(), end + 1));
  if (!each) return follow(*found, path, out);
  for (const YamlNode& item : found->items) follow(item, path, out);
}

std::vector<const YamlNode*> all_of(const YamlNode& root, std::string_view path) {
  std::vector<const YamlNode*> found;
  follow(root, path, found);
  return found;
}

std::string at_line(const YamlNode& node) { return " (line " + std::to_string(node.mark.line) + ")"; }

const YamlNode* file_reference(const YamlNode& node, const std::vector<std::string>& keys, std::string& key) {
  for (const auto& member : node.members) {
    if (std::find(keys.begin(), keys.end(), member.key) != keys.end()) {
      key = member.key;
      return &member.value;
    }
    if (const YamlNode* inside = file_reference(member.value, keys, key)) return inside;
  }
  for (const YamlNode& item : node.items) {
    if (const YamlNode* inside = file_reference(item, keys, key)) return inside;
  }
  return nullptr;
}

std::string in_quotes(std::string_view text) { return apply_filter("yaml_quote", text, {}).value_or(""); }

// As JSON, which every reader of YAML reads.
void write(const YamlNode& node, std::string& out) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: out += "null"; return;
    case YamlNode::Kind::kScalar: {
      const bool plain = !node.quoted && (node.text == "true" || node.text == "false" || base::to_integer(node.text));
      out += plain ? node.text : in_quotes(node.text);
      return;
    }
    case YamlNode::Kind::kList:
      out += '[';
      for (const YamlNode& item : node.items) {
        if (&item != &node.items.front()) out += ", ";
        write(item, out);
      }
      out += ']';
      return;
    case YamlNode::Kind::kMap:
      out += '{';
      for (const YamlNode::Member& member : node.members) {
        if (&member != &node.members.front()) out += ", ";
        out += in_quotes(member.key) + ": ";
        write(member.value, out);
      }
      out += '}';
  }
}

}  // namespace

std::string problem_of_kubeconfig(const Rule& rule, std::string_view text, std::string_view context) {
  const YamlRead read = read_yaml(text);
  if (!read.root) {
    const YamlProblem& problem = read.problems.front();
    return rule.say + " Line " + std::to_string(problem.mark.line) + ": " + problem.message;
  }
  for (const std::string& path : rule.needs) {
    if (all_of(*read.root, path).empty()) return rule.say + " It lacks " + path + ".";
  }
  for (const std::string& path : rule.refuse) {
    const auto found = all_of(*read.root, path);
    if (!found.empty()) return rule.say + " It has " + path + at_line(*found.front()) + ".";
  }
  std::string key;
  if (const YamlNode* found = file_reference(*read.root, rule.refuse_file_refs, key)) {
    return rule.say + " It has " + key + at_line(*found) + "; use " + key + "-data, or the token itself.";
  }
  if (context.empty()) return {};
  const auto names = all_of(*read.root, "contexts[].name");
  if (std::any_of(names.begin(), names.end(), [&](const YamlNode* name) { return name->text == context; })) return {};
  return "The kubeconfig has no context of the name that was chosen.";
}

std::string server_of_context(std::string_view text, std::string_view context) {
  const YamlRead read = read_yaml(text);
  if (!read.root) return {};
  const auto text_at = [](const YamlNode& node, std::string_view path) {
    const auto found = all_of(node, path);
    return found.empty() ? std::string{} : found.front()->text;
  };
  const std::string wanted = context.empty() ? text_at(*read.root, "current-context") : std::string(context);
  std::string cluster;
  for (const YamlNode* one : all_of(*read.root, "contexts[]")) {
    if (text_at(*one, "name") == wanted) cluster = text_at(*one, "context.cluster");
  }
  for (const YamlNode* one : all_of(*read.root, "clusters[]")) {
    if (!cluster.empty() && text_at(*one, "name") == cluster) return text_at(*one, "cluster.server");
  }
  return {};
}

base::Result<std::string> with_current_context(std::string_view text, std::string_view context) {
  if (context.empty()) return std::string(text);
  YamlRead read = read_yaml(text);
  if (!read.root || read.root->kind != YamlNode::Kind::kMap) return base::invalid("The kubeconfig cannot be read.");
  YamlNode chosen;
  chosen.kind = YamlNode::Kind::kScalar;
  chosen.text = context;
  chosen.quoted = true;
  auto& members = read.root->members;
  std::erase_if(members, [](const YamlNode::Member& member) { return member.key == "current-context"; });
  members.push_back({"current-context", {}, std::move(chosen)});
  std::string out;
  write(*read.root, out);
  return out + "\n";
}

}  // namespace catalogue
