#include "catalogue/masking.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "catalogue/filters.h"
#include "catalogue/yaml_tree.h"

namespace catalogue {
namespace {

constexpr std::size_t kShortest = 4;
constexpr std::size_t kShortestLine = 16;  // of a text of several lines

class Collector {
 public:
  void add(std::string_view text) {
    text = base::trim(text);
    if (text.size() >= kShortest) texts_.emplace(text);
  }

  // As it is, in each form that templates write it in, and its secret parts.
  void add_forms(const std::string& text) {
    add(text);
    for (const char* filter : {"base64", "urlencode", "json", "xml", "connection_value"}) {
      add(apply_filter(filter, text, {}).value_or(""));
    }
    add(base::to_base64url(text));
    if (text.find('\n') != std::string::npos) add_lines(text);
    if (text.find(';') != std::string::npos) add_keys_of(text);
  }

  // A log may cut a text at its line ends. What frames a PEM block is no secret.
  void add_lines(std::string_view text) {
    for (const std::string& line : base::split(text, '\n')) {
      const std::string_view bare = base::trim(line);
      if (bare.size() >= kShortestLine && !bare.starts_with("-----")) add(bare);
    }
  }

  void add_kubeconfig(std::string_view text) {
    const YamlRead read = read_yaml(text);
    if (read.root) add_credentials(*read.root);
  }

  // Longest first, so that a part never hides that the whole was there.
  std::vector<base::Secret> take() const {
    std::vector<std::string_view> ordered(texts_.begin(), texts_.end());
    std::stable_sort(ordered.begin(), ordered.end(), [](auto a, auto b) { return a.size() > b.size(); });
    std::vector<base::Secret> out;
    for (const std::string_view text : ordered) out.emplace_back(std::string(text));
    return out;
  }

 private:
  // "…;SharedAccessKey=VALUE": the value alone.
  void add_keys_of(std::string_view text) {
    for (const std::string& pair : base::split(text, ';')) {
      const std::size_t equals = pair.find('=');
      if (equals == std::string::npos) continue;
      const std::string key = base::to_lower(base::trim(pair.substr(0, equals)));
      const bool secret = key.ends_with("key") || key == "password" || key == "pwd" || key.ends_with("signature");
      if (secret) add(std::string_view(pair).substr(equals + 1));
    }
  }

  void add_credentials(const YamlNode& node) {
    for (const YamlNode::Member& member : node.members) {
      const bool secret = member.key == "token" || member.key == "password" || member.key == "client-key-data";
      if (secret) add(member.value.text);
      add_credentials(member.value);
    }
    for (const YamlNode& item : node.items) add_credentials(item);
  }

  std::set<std::string> texts_;
};

std::string_view text_of(const Values& values, std::string_view id) {
  const base::Secret* secret = values.secret(id);
  return secret == nullptr ? values.text(id) : std::string_view(secret->reveal());
}

}  // namespace

std::vector<base::Secret> texts_to_mask(std::span<const Use> uses, const std::vector<MaterialFile>& files) {
  Collector collector;
  for (const Use& use : uses) {
    for (const auto& [id, secret] : use.values->secrets()) {
      collector.add_forms(secret.reveal());
      const Parameter* parameter = use.scheme->find_parameter(id);
      if (parameter != nullptr && parameter->rule == "kubeconfig_yaml") collector.add_kubeconfig(secret.reveal());
      for (const char* user : {"username", "email"}) {
        collector.add(base::to_base64(std::string(text_of(*use.values, user)) + ":" + secret.reveal()));
      }
    }
    for (const auto& [name, captured] : use.steps.captures) collector.add_forms(captured.reveal());
  }
  // What a conversion brought to light: the key inside a PFX.
  for (const MaterialFile& file : files) {
    if (file.secret && file.content.reveal().find("PRIVATE KEY-----") != std::string::npos) {
      collector.add_lines(file.content.reveal());
    }
  }
  return collector.take();
}

}  // namespace catalogue
