#include "catalogue/yaml_form.h"

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "catalogue/target.h"

namespace catalogue {
namespace {

constexpr std::string_view kOwnSchema = "/schemas/connection.json";
constexpr std::string_view kKnownSchema = "http://azureml/sdk-2-0/Connection.json";
const std::vector<std::string> kTopKeys = {"$schema", "name",       "type",        "description", "tags",
                                           "target",  "properties", "credentials", "url_encoded"};

std::string in_quotes(std::string_view text) { return "\"" + base::printable(text) + "\""; }

std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates) {
  const auto near = base::nearest(text, candidates);
  return near ? " Did you mean " + in_quotes(*near) + "?" : "";
}

// "<password>": left for whoever creates the connection.
bool is_placeholder(std::string_view text) {
  text = base::trim(text);
  return text.size() > 2 && text.starts_with('<') && text.ends_with('>') &&
         text.find_first_of("<>\n", 1) == text.size() - 1;
}

// One value by its path, from the file or from --set.
struct Entry {
  Mark mark;
  base::Secret text;
  bool plain = true;  // not in quotes
  bool set = false;   // by --set
};

class FormReader {
 public:
  FormReader(const Catalogue& catalogue, std::span<const Setting> settings, bool url_encoded)
      : catalogue_(catalogue), settings_(settings) {
    form_.given.url_encoded = url_encoded;
  }

  FormRead read(std::string_view text) {
    FormRead out;
    YamlRead yaml = read_yaml(text);
    for (const YamlProblem& problem : yaml.problems) add(problem.mark, "", problem.message);
    if (yaml.root) read_root(*yaml.root);
    out.problems = std::move(problems_);
    if (out.problems.empty()) out.form = std::move(form_);
    return out;
  }

 private:
  void add(Mark mark, std::string path, std::string message) {
    problems_.push_back({mark, std::move(path), std::move(message)});
  }

  void read_root(const YamlNode& root) {
    if (root.kind != YamlNode::Kind::kMap && root.kind != YamlNode::Kind::kNull) {
      return add(
          root.mark, "",
          std::string("The file has to be a map of keys such as name: and type:, not ") + root.kind_name() + ".");
    }
    flatten(root);
    for (const Setting& setting : settings_) {
      blank_.erase(setting.path);
      entries_.insert_or_assign(setting.path, Entry{{}, setting.value, true, true});
    }
    read_own_keys();
    if (!find_type()) return;
    if (!find_scheme()) return check_top_keys();
    check_top_keys();
    take_values();
    check_nested_keys();
  }

  // "credentials" and "properties" and "tags" are maps, all else single values.
  void flatten(const YamlNode& root) {
    for (const YamlNode::Member& member : root.members) {
      const bool map = member.key == "properties" || member.key == "credentials" || member.key == "tags";
      places_.emplace(member.key, member.mark);
      if (!map) {
        take_entry(member.key, member.value, member.mark);
        continue;
      }
      if (member.value.kind == YamlNode::Kind::kNull || is_none(member)) continue;
      if (member.value.kind != YamlNode::Kind::kMap) {
        add(member.value.mark, member.key, std::string("It has to be a map, not ") + member.value.kind_name() + ".");
        continue;
      }
      for (const YamlNode::Member& inner : member.value.members) {
        take_entry(member.key + "." + inner.key, inner.value, inner.mark);
      }
    }
  }

  // "credentials: none".
  static bool is_none(const YamlNode::Member& member) {
    return member.key == "credentials" && member.value.kind == YamlNode::Kind::kScalar &&
           base::equals_ignoring_case(member.value.text, "none");
  }

  void take_entry(const std::string& path, const YamlNode& node, Mark key) {
    if (node.kind == YamlNode::Kind::kNull) {
      blank_.emplace(path, key);
    } else if (node.kind != YamlNode::Kind::kScalar) {
      add(node.mark, path,
          std::string("It has to be a single value, not ") + node.kind_name() +
              ". For a text of several lines write | after the colon and indent the text.");
    } else {
      entries_.emplace(path, Entry{node.mark, base::Secret(node.text), !node.quoted, false});
    }
  }

  std::string text_of(const std::string& path) const {
    const auto at = entries_.find(path);
    return at == entries_.end() ? std::string{} : at->second.text.reveal();
  }

  Mark mark_of(const std::string& path) const {
    const auto at = entries_.find(path);
    if (at != entries_.end()) return at->second.mark;
    const auto blank = blank_.find(path);
    return blank == blank_.end() ? Mark{} : blank->second;
  }

  std::optional<bool> bool_of(const std::string& path) {
    const auto at = entries_.find(path);
    if (at == entries_.end()) return std::nullopt;
    const std::string value = base::to_lower(at->second.text.reveal());
    if (value == "true" || value == "false") return value == "true";
    add(at->second.mark, path, "Write true or false.");
    return std::nullopt;
  }

  void read_own_keys() {
    form_.name = text_of("name");
    form_.description = text_of("description");
    form_.schema = text_of("$schema");
    if (form_.name.empty()) {
      add(mark_of("name"), "name", "A name is needed (name, or --set name=…).");
    } else if (const std::string problem = problem_of_name(catalogue_, form_.name); !problem.empty()) {
      add(mark_of("name"), "name", problem);
    }
    if (!form_.schema.empty() && form_.schema != kKnownSchema && !form_.schema.ends_with(kOwnSchema)) {
      form_.warnings.emplace_back("$schema names another schema; it is kept and not looked at.");
    }
    if (bool_of("url_encoded").value_or(false)) form_.given.url_encoded = true;
    form_.allow_all_workspaces = bool_of("properties.allow_all_pipelines");
    for (const auto& [path, entry] : entries_) {
      if (path.starts_with("tags.")) form_.tags.emplace(path.substr(5), entry.text.reveal());
    }
  }

  bool find_type() {
    const std::string name = text_of("type");
    if (name.empty()) {
      add(mark_of("type"), "type", "A type is needed. \"runbridge connection types\" lists them.");
      return false;
    }
    form_.type = catalogue_.find_type(name);
    if (form_.type != nullptr && !form_.type->same_as.empty()) form_.type = catalogue_.find_type(form_.type->same_as);
    if (form_.type == nullptr) {
      add(mark_of("type"), "type", unknown_type(catalogue_, name).message);
      return false;
    }
    if (form_.type->id == "container_registry" && has_credentials() && !is_azure_registry()) {
      form_.type = catalogue_.find_type("generic_container_registry");
      form_.warnings.emplace_back(
          "The host is not one of Azure's registries, so this is stored as generic_container_registry.");
    }
    return true;
  }

  bool has_credentials() const {
    return std::any_of(entries_.begin(), entries_.end(), [](const auto& entry) {
      return entry.first.starts_with("credentials.") && !base::equals_ignoring_case(entry.second.text.reveal(), "none");
    });
  }

  bool is_azure_registry() const {
    const std::string host = split_target(*form_.type, text_of("target")).host;
    for (const char* id : {"AzureCloud", "AzureUSGovernment", "AzureChinaCloud"}) {
      const AzureEnvironment* environment = catalogue_.find_azure_environment(id);
      const auto suffix = environment == nullptr ? std::string{} : environment->values.at("acr_suffix");
      if (!suffix.empty() && base::to_lower(host).ends_with("." + suffix)) return true;
    }
    return host.empty();
  }

  bool find_scheme() {
    const std::string name = text_of("credentials.type");
    const auto& schemes = form_.type->schemes;
    form_.scheme = form_.type->find_scheme(name);
    if (name.empty() && schemes.size() == 1) form_.scheme = &schemes.front();
    if (name.empty() && form_.scheme != nullptr && form_.scheme->without_credentials && has_credentials()) {
      form_.scheme = nullptr;
    }
    if (form_.scheme != nullptr) return true;
    const Mark without = places_.contains("credentials") ? places_["credentials"] : mark_of("type");
    add(name.empty() ? without : mark_of("credentials.type"), "credentials.type",
        has_credentials() && name.empty() ? missing_scheme() : unknown_scheme(*form_.type, name).message);
    return false;
  }

  std::string missing_scheme() const {
    std::vector<std::string> names;
    for (const Scheme& scheme : form_.type->schemes) names.push_back(scheme.id);
    return "The credentials need a type, one of: " + base::join(names, ", ") + ".";
  }

  void take_values() {
    for (const Parameter& parameter : form_.scheme->parameters) {
      for (const std::string& path : parameter.yaml_paths) take_value(parameter, path);
    }
  }

  void take_value(const Parameter& parameter, const std::string& path) {
    used_.insert(path);
    const auto at = entries_.find(path);
    if (at == entries_.end()) return;
    const Entry& entry = at->second;
    const bool credential = parameter.secret || path.starts_with("credentials.");
    const std::string value = parameter.target_part.empty() ? entry.text.reveal() : part_of_target(parameter, entry);
    if (credential && is_placeholder(value)) return;
    if (value.empty()) return;
    if (!is_of_kind(parameter, path, entry, value)) return;
    form_.given.values.insert_or_assign(parameter.id, base::Secret(value));
    if (entry.set) {
      form_.places.erase(parameter.id);
    } else {
      form_.places.insert_or_assign(parameter.id, entry.mark);
      form_.has_secrets = form_.has_secrets || parameter.secret;
    }
  }

  std::string part_of_target(const Parameter& parameter, const Entry& entry) const {
    const TargetText target = split_target(*form_.type, entry.text.reveal());
    const auto part = target.parts.find(parameter.target_part);
    return part == target.parts.end() ? std::string{} : part->second;
  }

  bool is_of_kind(const Parameter& parameter, const std::string& path, const Entry& entry, const std::string& value) {
    if (parameter.input == Input::kBool) return bool_of(path).has_value();
    if (parameter.input != Input::kInt || base::to_integer(value)) return true;
    add(entry.mark, path, "It has to be a whole number.");
    return false;
  }

  std::vector<std::string> top_keys() const {
    std::vector<std::string> keys = kTopKeys;
    for (const Parameter& parameter : form_.scheme == nullptr ? std::vector<Parameter>{} : form_.scheme->parameters) {
      for (const std::string& path : parameter.yaml_paths) {
        if (path.find('.') == std::string::npos) keys.push_back(path);
      }
    }
    return keys;
  }

  void unknown(const std::string& path, Mark mark, const std::vector<std::string>& known) {
    const bool set =
        std::any_of(settings_.begin(), settings_.end(), [&](const Setting& one) { return one.path == path; });
    add(mark, set ? "--set " + base::printable(path) : base::printable(path),
        "There is no such key here." + did_you_mean(path, known));
  }

  void check_top_keys() {
    const auto keys = top_keys();
    const auto check = [&](const std::string& path, Mark mark) {
      if (path.find('.') == std::string::npos && std::find(keys.begin(), keys.end(), path) == keys.end()) {
        unknown(path, mark, keys);
      }
    };
    for (const auto& [path, entry] : entries_) check(path, entry.set ? Mark{} : places_[path]);
    for (const auto& [path, mark] : blank_) check(path, mark);
  }

  void check_nested_keys() {
    std::vector<std::string> known(used_.begin(), used_.end());
    for (const char* more : {"credentials.type", "properties.allow_all_pipelines"}) known.emplace_back(more);
    const auto check = [&](const std::string& path, Mark mark) {
      const std::size_t dot = path.find('.');
      if (dot == std::string::npos) return check_target(path, mark);
      const std::string first = path.substr(0, dot);
      if (first == "tags" || std::find(known.begin(), known.end(), path) != known.end()) return;
      unknown(path, mark, known);
    };
    for (const auto& [path, entry] : entries_) check(path, entry.mark);
    for (const auto& [path, mark] : blank_) check(path, mark);
  }

  // Some types make their target from other values; then a file must not have one.
  void check_target(const std::string& path, Mark mark) {
    if (path != "target" || used_.contains("target")) return;
    if (text_of("target") == form_.type->target.text) return;  // fixed, and the same
    if (blank_.contains("target")) return;
    add(mark, "target",
        "The type " + form_.type->id + " takes no target: it comes from its other fields. Remove the line.");
  }

  const Catalogue& catalogue_;
  std::span<const Setting> settings_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, Mark> blank_;
  std::map<std::string, Mark> places_;
  std::set<std::string> used_;
  std::vector<FormProblem> problems_;
  Form form_;
};

}  // namespace

std::string FormProblem::text(std::string_view file) const {
  std::string out(file);
  if (mark.line > 0) out += ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
  return out + ": " + (path.empty() ? "" : path + ": ") + message;
}

FormRead read_form(const Catalogue& catalogue, std::string_view text, std::span<const Setting> settings,
                   bool url_encoded) {
  return FormReader(catalogue, settings, url_encoded).read(text);
}

std::string type_named_in(std::string_view text, std::span<const Setting> settings) {
  for (const Setting& setting : settings) {
    if (setting.path == "type") return setting.value.reveal();
  }
  const YamlRead yaml = read_yaml(text);
  const YamlNode* type = yaml.root ? yaml.root->find("type") : nullptr;
  return type == nullptr ? std::string{} : type->text;
}

std::vector<FormProblem> with_places(const Form& form, const std::vector<Problem>& problems) {
  std::vector<FormProblem> out;
  for (const Problem& problem : problems) {
    const auto at = form.places.find(problem.parameter);
    out.push_back({at == form.places.end() ? Mark{} : at->second, problem.yaml_path, problem.message});
    const Parameter* parameter = form.scheme->find_parameter(problem.parameter);
    if (parameter != nullptr && !form.given.values.contains(problem.parameter)) {
      out.back().message += " Give it in the file or as --set " + problem.yaml_path +
                            (parameter->secret ? "=@FILE or --set-env " + problem.yaml_path + "=VARIABLE." : "=VALUE.");
    }
  }
  return out;
}

}  // namespace catalogue
