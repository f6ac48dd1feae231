#include "catalogue/materials.h"

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/strings.h"
#include "catalogue/askpass.h"
#include "catalogue/endpoint_variables.h"
#include "catalogue/file_merge.h"
#include "catalogue/generators.h"
#include "catalogue/masking.h"
#include "catalogue/template.h"
#include "catalogue/yaml_tree.h"

namespace catalogue {
namespace {

constexpr std::string_view kAskpassFile = "git-askpass.sh";
constexpr std::string_view kKubeconfigFile = "kube/config";

std::string in_quotes(std::string_view text) { return "\"" + base::printable(text) + "\""; }

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// "$NAME" and "${NAME}" in a script become "$PREFIXNAME": with a prefix the variables have other names.
std::string with_prefixed_variables(const std::string& content, const std::set<std::string>& names,
                                    const std::string& prefix) {
  std::string out;
  for (std::size_t at = 0; at < content.size();) {
    out += content[at++];
    if (out.back() != '$') continue;
    if (at < content.size() && content[at] == '{') out += content[at++];
    std::size_t end = at;
    while (end < content.size() && is_word(content[end])) ++end;
    if (names.contains(content.substr(at, end - at))) out += prefix;
    out += content.substr(at, end - at);
    at = end;
  }
  return out;
}

// What one connection brings, before it is put together with the others.
struct Part {
  const Use* use = nullptr;
  TargetText target;
  std::string directory;  // where files of its own go, below the run's: "" or "NAME/"
  std::vector<MaterialVariable> variables;
  std::vector<std::string> templates;  // of the variables' values, beside them
  std::vector<MaterialFile> files;
};

class Renderer {
 public:
  Renderer(const Catalogue& catalogue, std::string_view dir, Part& part) : dir_(dir), part_(part), use_(*part.use) {
    part_.target = assemble_target(catalogue, *use_.type, *use_.scheme, *use_.values);
    own_dir_ = dir_ + (part_.directory.empty() ? "" : "/" + part_.directory.substr(0, part_.directory.size() - 1));
    context_.values = use_.values;
    context_.name = use_.name;
    context_.target = &part_.target;
    context_.azure = catalogue.find_azure_environment(use_.values->text("environment"));
    context_.dir = own_dir_;
    context_.files = &paths_;
    context_.steps = &use_.steps;
    context_.references = &use_.references;
    context_.known_host_line = use_.known_host_line;
  }

  base::Status run() {
    for (const EnvFile& file : use_.scheme->env.files) {
      if (applies(file.when)) paths_.insert_or_assign(file.id, dir_ + "/" + path_of(file));
    }
    for (const EnvVariable& variable : use_.scheme->env.variables) RETURN_IF_ERROR(add(variable));
    for (const EnvFile& file : use_.scheme->env.files) {
      if (applies(file.when)) RETURN_IF_ERROR(add(file));
    }
    return {};
  }

 private:
  bool applies(const Condition& when) const {
    return holds(when, *use_.values, use_.scheme->id, part_.target.text, &use_.steps);
  }

  std::string path_of(const EnvFile& file) const {
    const std::string path =
        base::replace_all(file.path, "MD5_OF_REALMSTRING", subversion_record_name(*use_.values, part_.target));
    return is_shared_file(path) ? path : part_.directory + path;
  }

  base::Error explained(base::Error error) const {
    error.message = "The connection " + in_quotes(use_.name) + ": " + error.message;
    return error;
  }

  base::Status add(const EnvVariable& variable) {
    if (!applies(variable.when)) return {};
    const auto name = render(variable.name, context_);
    if (!name) return explained(name.error());
    const auto value = render(variable.value, context_);
    if (!value) return explained(value.error());
    names_.insert(variable.name);
    if (value->text.empty()) return {};
    part_.variables.push_back(
        {use_.prefix + name->text.reveal(), value->text, variable.secret || value->secret, use_.name});
    part_.templates.push_back(variable.value);
    return {};
  }

  base::Status add(const EnvFile& file) {
    MaterialFile made{path_of(file), file.mode, {}, file.secret};
    if (!file.generator.empty()) {
      auto content = generate(file.generator, *use_.values, part_.target);
      if (!content) return explained(content.error());
      made.content = base::Secret(*std::move(content));
    } else {
      const std::string text =
          use_.prefix.empty() ? file.content : with_prefixed_variables(file.content, names_, use_.prefix);
      auto content = render(text, context_);
      if (!content) return explained(content.error());
      made.secret = made.secret || content->secret;
      made.content = content->text;
    }
    part_.files.push_back(std::move(made));
    return {};
  }

  std::string dir_;
  std::string own_dir_;
  Part& part_;
  const Use& use_;
  Context context_;
  std::map<std::string, std::string, std::less<>> paths_;
  std::set<std::string> names_;
};

// Puts the parts together.
class Merger {
 public:
  Merger(std::string dir, std::vector<Part> parts) : dir_(std::move(dir)), parts_(std::move(parts)) {}

  base::Result<Materials> run() {
    RETURN_IF_ERROR(merge_git());
    RETURN_IF_ERROR(check_kubeconfigs());
    merge_kubeconfig_variables();
    merge_first_wins("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL");
    merge_first_wins("UV_DEFAULT_INDEX", "UV_INDEX");
    merge_first_wins("NPM_CONFIG_REGISTRY", "");
    for (const Part& part : parts_) {
      for (const MaterialFile& file : part.files) RETURN_IF_ERROR(put(file, part.use->name));
    }
    drop_ambiguous();
    for (const Part& part : parts_) {
      for (const MaterialVariable& variable : part.variables) RETURN_IF_ERROR(put(variable));
    }
    return std::move(out_);
  }

 private:
  using Found = std::pair<Part*, std::size_t>;

  std::vector<Found> all_of(std::string_view name) {
    std::vector<Found> found;
    for (Part& part : parts_) {
      for (std::size_t i = 0; i < part.variables.size(); ++i) {
        if (part.variables[i].name == name) found.emplace_back(&part, i);
      }
    }
    return found;
  }

  static void erase(Part& part, std::string_view name) {
    for (std::size_t i = part.variables.size(); i-- > 0;) {
      if (part.variables[i].name != name) continue;
      part.variables.erase(part.variables.begin() + static_cast<std::ptrdiff_t>(i));
      part.templates.erase(part.templates.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  static void append(Part& part, MaterialVariable variable) {
    part.variables.push_back(std::move(variable));
    part.templates.emplace_back();
  }

  static base::Secret value_of(const Part& part, std::string_view name) {
    for (const MaterialVariable& variable : part.variables) {
      if (variable.name == name) return variable.value;
    }
    return {};
  }

  // Those without a prefix: with one, a connection keeps a script of its own.
  base::Status merge_git() {
    std::vector<Part*> with_git;
    for (Part& part : parts_) {
      if (!value_of(part, "GIT_ASKPASS").empty()) with_git.push_back(&part);
    }
    if (with_git.size() < 2) return {};
    std::vector<GitAccess> all;
    for (Part* part : with_git) {
      const std::string origin = value_of(*part, "GIT_ASKPASS_ORIGIN").reveal();
      all.push_back({origin, origin == part->target.origin ? part->target.path : "",
                     value_of(*part, "GIT_ASKPASS_USERNAME"), value_of(*part, "GIT_ASKPASS_PASSWORD"),
                     part->use->name});
      for (const char* name : {"GIT_ASKPASS", "GIT_ASKPASS_ORIGIN", "GIT_ASKPASS_USERNAME", "GIT_ASKPASS_PASSWORD"}) {
        erase(*part, name);
      }
      std::erase_if(part->files, [](const MaterialFile& file) { return file.path.ends_with(kAskpassFile); });
    }
    Part& first = *with_git.front();
    ASSIGN_OR_RETURN(auto variables, askpass_variables(all));
    for (MaterialVariable& variable : variables) append(first, std::move(variable));
    append(first, {"GIT_ASKPASS", base::Secret(dir_ + "/" + std::string(kAskpassFile)), false, first.use->name});
    first.files.push_back({std::string(kAskpassFile), 0700, base::Secret(askpass_script(all.size())), false});
    return {};
  }

  void merge_kubeconfig_variables() {
    join("KUBECONFIG", "KUBECONFIG");
    join("KUBE_CONFIG_PATH", "KUBE_CONFIG_PATHS");
  }

  void join(std::string_view name, std::string_view joined) {
    const auto found = all_of(name);
    if (found.size() < 2) return;
    std::string value;
    Part& first = *found.front().first;
    for (const auto& [part, at] : found) value += (value.empty() ? "" : ":") + part->variables[at].value.reveal();
    for (Part& part : parts_) erase(part, name);
    append(first, {std::string(joined), base::Secret(value), false, first.use->name});
  }

  // kubectl takes the first of two entries of one name, and would send one cluster's token to the other.
  base::Status check_kubeconfigs() {
    std::map<std::string, std::string> seen;
    for (const Part& part : parts_) {
      if (!part.use->prefix.empty()) continue;
      for (const MaterialFile& file : part.files) {
        if (!file.path.ends_with(kKubeconfigFile)) continue;
        const YamlRead read = read_yaml(file.content.reveal());
        for (const char* list : {"clusters", "users", "contexts"}) {
          RETURN_IF_ERROR(note_names(read, list, part.use->name, seen));
        }
      }
    }
    return {};
  }

  static base::Status note_names(const YamlRead& read, const std::string& list, const std::string& connection,
                                 std::map<std::string, std::string>& seen) {
    const YamlNode* entries = read.root ? read.root->find(list) : nullptr;
    if (entries == nullptr) return {};
    for (const YamlNode& entry : entries->items) {
      const YamlNode* name = entry.find("name");
      if (name == nullptr) continue;
      const auto [at, fresh] = seen.emplace(list + " " + name->text, connection);
      if (fresh || at->second == connection) continue;
      return base::conflict("The kubeconfigs of " + in_quotes(at->second) + " and " + in_quotes(connection) +
                            " both have " + in_quotes(name->text) + " among their " + list +
                            ". Rename it in one of them, or give one connection a prefix in this run.");
    }
    return {};
  }

  // The first keeps the name; the others' values go to `others`, separated by spaces, or nowhere.
  void merge_first_wins(std::string_view name, const std::string& others) {
    const auto found = all_of(name);
    if (found.size() < 2) return;
    std::string value;
    bool secret = false;
    for (std::size_t i = 1; i < found.size(); ++i) {
      const MaterialVariable& variable = found[i].first->variables[found[i].second];
      value += (value.empty() ? "" : " ") + variable.value.reveal();
      secret = secret || variable.secret;
    }
    for (std::size_t i = 1; i < found.size(); ++i) erase(*found[i].first, name);
    Part& second = *found[1].first;
    if (!others.empty()) append(second, {others, base::Secret(value), secret, second.use->name});
  }

  // API_KEY beside NAME_API_KEY: with two such connections only the names that tell them apart stay.
  void drop_ambiguous() {
    std::map<std::string, std::size_t> count;
    for (const Part& part : parts_) {
      for (const MaterialVariable& variable : part.variables) ++count[variable.name];
    }
    std::set<std::string> dropped;
    for (Part& part : parts_) {
      std::vector<std::string> twins;
      for (std::size_t i = 0; i < part.variables.size(); ++i) {
        const bool twice = count[part.variables[i].name] > 1;
        if (twice && has_named_twin(*part.use, part.templates[i])) twins.push_back(part.variables[i].name);
      }
      for (const std::string& name : twins) {
        erase(part, name);
        dropped.insert(name);
      }
    }
    for (const std::string& name : dropped) {
      out_.warnings.push_back("The variable " + name +
                              " is not set: several connections have one. Use those that begin "
                              "with a connection's name.");
    }
  }

  static bool has_named_twin(const Use& use, const std::string& value) {
    const auto& variables = use.scheme->env.variables;
    return std::any_of(variables.begin(), variables.end(), [&](const EnvVariable& variable) {
      return variable.value == value && variable.name.find("{{name_env") != std::string::npos;
    });
  }

  base::Status put(const MaterialFile& file, const std::string& connection) {
    const auto same = std::find_if(out_.files.begin(), out_.files.end(),
                                   [&](const MaterialFile& other) { return other.path == file.path; });
    if (same == out_.files.end()) {
      owners_.emplace(file.path, connection);
      out_.files.push_back(file);
      return {};
    }
    auto merged = merge_files(file.path, same->content.reveal(), file.content.reveal());
    if (!merged) {
      return base::conflict("The connections " + in_quotes(owners_[file.path]) + " and " + in_quotes(connection) +
                            " cannot be used in one run. " + merged.error().message + " in " + file.path + ".");
    }
    same->content = base::Secret(*std::move(merged));
    same->secret = same->secret || file.secret;
    return {};
  }

  base::Status put(const MaterialVariable& variable) {
    const auto same = std::find_if(out_.variables.begin(), out_.variables.end(),
                                   [&](const MaterialVariable& other) { return other.name == variable.name; });
    if (same == out_.variables.end()) {
      out_.variables.push_back(variable);
    } else if (same->value.reveal() != variable.value.reveal()) {
      return base::conflict("The connections " + in_quotes(same->connection) + " and " +
                            in_quotes(variable.connection) + " both set the variable " + variable.name +
                            ". Give one of them a prefix in this run, or use one only.");
    }
    return {};
  }

  std::string dir_;
  std::vector<Part> parts_;
  std::map<std::string, std::string> owners_;
  Materials out_;
};

// Files that several connections cannot share go to a directory for each after the first.
std::vector<Part> parts_of(std::span<const Use> uses) {
  std::vector<Part> parts;
  std::set<std::string> taken;
  for (const Use& use : uses) {
    Part part;
    part.use = &use;
    bool clashes = false;
    for (const EnvFile& file : use.scheme->env.files)
      clashes = clashes || (!is_shared_file(file.path) && taken.contains(file.path));
    if (clashes) {
      part.directory = std::to_string(parts.size() + 1) + "-" + base::to_lower(name_for_environment(use.name)) + "/";
    }
    for (const EnvFile& file : use.scheme->env.files) taken.insert(file.path);
    parts.push_back(std::move(part));
  }
  return parts;
}

void warn(const Use& use, Materials& out) {
  const auto& files = use.scheme->env.files;
  const bool wants_host_key = std::any_of(files.begin(), files.end(), [](const EnvFile& file) {
    return file.content.find("{{known_host_line}}") != std::string::npos;
  });
  if (wants_host_key && use.known_host_line.empty()) {
    out.warnings.push_back("The connection " + in_quotes(use.name) +
                           " has no remembered host key, so ssh will refuse the host. Verify the connection once.");
  }
  for (const auto& [id, secret] : use.values->secrets()) {
    if (secret.empty() || secret.size() >= 4) continue;
    out.warnings.push_back("The " + id + " of the connection " + in_quotes(use.name) +
                           " is too short to be masked in the log. Use a longer one.");
  }
}

// "token.access_token" in "{{token.access_token|json}}"; what the language itself has is not captured.
void note_captures(const Scheme& scheme, std::string_view text, std::vector<std::string>& out) {
  for (std::size_t open = text.find("{{"); open != std::string_view::npos; open = text.find("{{", open + 2)) {
    std::string_view name = text.substr(open + 2, text.find("}}", open) - open - 2);
    name = name.substr(0, name.find('|'));
    const std::string_view first = name.substr(0, name.find('.'));
    const auto& steps = scheme.verify.steps;
    const bool captured =
        first.size() < name.size() &&
        std::any_of(steps.begin(), steps.end(), [&](const VerifyStep& step) { return step.id == first; });
    if (captured && std::find(out.begin(), out.end(), name) == out.end()) out.emplace_back(name);
  }
}

}  // namespace

base::Result<Materials> materialize(const Catalogue& catalogue, std::span<const Use> uses, std::string_view dir,
                                    bool endpoint_variables) {
  for (const Use& use : uses) {
    if (!use.prefix.empty() && !RE2::FullMatch(use.prefix, "[A-Za-z_][A-Za-z0-9_]{0,63}")) {
      return base::invalid("The prefix " + in_quotes(use.prefix) + " of the connection " + in_quotes(use.name) +
                           " has to be letters, digits and _, not beginning with a digit.");
    }
  }
  std::vector<Part> parts = parts_of(uses);
  for (Part& part : parts) {
    RETURN_IF_ERROR(Renderer(catalogue, dir, part).run());
    if (!endpoint_variables) continue;
    for (MaterialVariable& variable : endpoint_variables_of(*part.use, part.target)) {
      part.variables.push_back(std::move(variable));
      part.templates.emplace_back();
    }
  }
  ASSIGN_OR_RETURN(Materials out, Merger(std::string(dir), std::move(parts)).run());
  for (const Use& use : uses) warn(use, out);
  out.masked = texts_to_mask(uses, out.files);
  return out;
}

std::vector<std::string> needed_captures(const Scheme& scheme) {
  std::vector<std::string> out;
  for (const EnvVariable& variable : scheme.env.variables) note_captures(scheme, variable.value, out);
  for (const EnvFile& file : scheme.env.files) note_captures(scheme, file.content, out);
  return out;
}

}  // namespace catalogue
