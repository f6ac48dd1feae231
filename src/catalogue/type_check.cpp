#include "catalogue/type_check.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "catalogue/template.h"

namespace catalogue {
namespace {

std::string in_quotes(std::string_view text) { return "\"" + base::printable(text) + "\""; }
std::string item(const std::string& pointer, std::string_view list, std::size_t index) {
  return pointer + "/" + std::string(list) + "/" + std::to_string(index);
}

bool matches(std::string_view text, const char* pattern) { return RE2::FullMatch(text, RE2(pattern, RE2::Quiet)); }

class Checker {
 public:
  Checker(const Catalogue& catalogue, const Type& type, std::string pointer, Findings& findings)
      : catalogue_(catalogue), type_(type), pointer_(std::move(pointer)), findings_(findings) {}

  void check() {
    const auto& categories = catalogue_.categories();
    if (std::none_of(categories.begin(), categories.end(), [&](const auto& one) { return one.id == type_.category; })) {
      add(pointer_ + "/category", in_quotes(type_.category) + " is not a category.");
    }
    std::set<std::string> ids;
    for (std::size_t i = 0; i < type_.schemes.size(); ++i) {
      const std::string here = item(pointer_, "schemes", i);
      if (!ids.insert(folded(type_.schemes[i].id)).second) add(here + "/id", "There are two schemes of this id.");
      check_scheme(type_.schemes[i], here);
    }
  }

 private:
  void add(std::string pointer, std::string reason) { findings_.push_back({std::move(pointer), std::move(reason)}); }

  void check_scheme(const Scheme& scheme, const std::string& here) {
    std::set<std::string> ids;
    std::set<std::string> paths;
    for (std::size_t i = 0; i < scheme.parameters.size(); ++i) {
      const Parameter& parameter = scheme.parameters[i];
      const std::string at = item(here, "parameters", i);
      if (!ids.insert(parameter.id).second) add(at + "/id", "There are two parameters of this id.");
      const std::string path = parameter.yaml_paths.front() + "#" + parameter.target_part;
      if (!paths.insert(path).second) add(at + "/yaml_path", "Two parameters have this yaml_path.");
      check_parameter(parameter, at);
    }
    for (std::size_t i = 0; i < type_.target.parts.size(); ++i) {
      if (!known_rule(type_.target.parts[i].rule)) add(item(pointer_ + "/target", "parts", i), "No such rule.");
    }
    check_env(scheme, here + "/env");
  }

  bool known_rule(const std::string& rule) const { return rule.empty() || catalogue_.find_rule(rule) != nullptr; }

  void check_parameter(const Parameter& parameter, const std::string& here) {
    if (!matches(parameter.id, "[a-z][a-z0-9_]{0,63}")) {
      add(here + "/id", in_quotes(parameter.id) + " has to be lower-case letters, digits and _.");
    }
    if (!known_rule(parameter.rule)) add(here + "/rule", in_quotes(parameter.rule) + " is not a rule.");
    for (const std::string& path : parameter.yaml_paths) {
      if (!matches(path, "(target|[a-z][a-z0-9_]*|(properties|credentials)\\.[a-z][a-z0-9_]*)")) {
        add(here + "/yaml_path", in_quotes(path) + " has to be target, properties.NAME or credentials.NAME.");
      }
    }
    if (parameter.secret && parameter.default_value) add(here + "/default", "A secret cannot have a default.");
    const bool choices = !parameter.options.empty() || parameter.options_from.kind != OptionsFrom::Kind::kNone;
    if (parameter.input == Input::kSelect && !choices) {
      add(here, "A select needs \"options\" or \"options_from\".");
    }
  }

  void check_text(const Scheme& scheme, const std::string& text, const std::string& here) {
    const auto knows = [&](std::string_view name) { return is_known(scheme, name); };
    if (const auto status = check_template(text, knows); !status) add(here, status.error().message);
  }

  void check_env(const Scheme& scheme, const std::string& here) {
    for (std::size_t i = 0; i < scheme.env.variables.size(); ++i) {
      const EnvVariable& variable = scheme.env.variables[i];
      const std::string at = item(here, "variables", i);
      check_text(scheme, variable.name, at + "/name");
      check_text(scheme, variable.value, at + "/value");
      if (!matches(variable.name,
                   "(\\{\\{name_env(\\|lower)?\\}\\}|[A-Za-z_])(\\{\\{name_env(\\|lower)?\\}\\}|[A-Za-z0-9_])*")) {
        add(at + "/name", in_quotes(variable.name) + " has to be letters, digits, _ and {{name_env}}.");
      }
    }
    for (std::size_t i = 0; i < scheme.env.files.size(); ++i) {
      const EnvFile& file = scheme.env.files[i];
      const std::string at = item(here, "files", i);
      check_text(scheme, file.content, at + "/content");
      if (!matches(file.path, "[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*") ||
          (file.path + "/").find("../") != std::string::npos) {
        add(at + "/path", in_quotes(file.path) + " has to be a path below the run's directory.");
      }
    }
  }

  // A first word with a dot is a captured value, whose step is checked.
  bool is_known(const Scheme& scheme, std::string_view name) const {
    if (name.starts_with("file:")) {
      const auto& files = scheme.env.files;
      return std::any_of(files.begin(), files.end(), [&](const EnvFile& file) { return file.id == name.substr(5); });
    }
    const std::string_view first = name.substr(0, name.find('.'));
    const auto& steps = scheme.verify.steps;
    const auto& parts = type_.target.parts;
    return scheme.find_parameter(name) != nullptr ||
           std::any_of(parts.begin(), parts.end(), [&](const TargetPart& part) { return part.id == name; }) ||
           (first.size() < name.size() &&
            std::any_of(steps.begin(), steps.end(), [&](const VerifyStep& step) { return step.id == first; }));
  }

  const Catalogue& catalogue_;
  const Type& type_;
  std::string pointer_;
  Findings& findings_;
};

const std::set<std::string, std::less<>> kCustomSteps = {"http",          "tcp_connect",    "tls_handshake",
                                                         "require_value", "expect_capture", "conclude"};
const std::set<std::string, std::less<>> kCustomAuth = {"none", "basic", "bearer", "header", "api_key", "mtls"};

std::string listed(const std::set<std::string, std::less<>>& names) {
  return base::join({names.begin(), names.end()}, ", ");
}

void check_custom_step(const VerifyStep& step, const std::string& here, Findings& findings) {
  if (!kCustomSteps.contains(step.action)) {
    findings.push_back(
        {here + "/do", in_quotes(step.action) +
                           " is not a step that an added type may have. Use one of: " + listed(kCustomSteps) + "."});
  }
  const Json json = step.json();
  const auto auth = json.find("auth");
  if (auth == json.end()) return;
  const std::string kind = auth->is_string() ? auth->get<std::string>() : jsonapi::get_text(*auth, "kind");
  if (!kCustomAuth.contains(kind)) {
    findings.push_back({here + "/auth", in_quotes(kind) +
                                            " is not a way to sign in that an added type may use. Use one of: " +
                                            listed(kCustomAuth) + "."});
  }
}

void check_names(const Catalogue& catalogue, const Type& type, Findings& findings) {
  if (!matches(type.id, "[a-z][a-z0-9_]{0,63}")) {
    findings.push_back({"/id", in_quotes(type.id) + " has to be lower-case letters, digits and _, at most 64."});
  }
  std::vector<std::string> names = {type.id};
  for (const auto* more : {&type.yaml_aliases, &type.azure_devops_aliases}) {
    names.insert(names.end(), more->begin(), more->end());
  }
  for (const std::string& name : names) {
    const Type* other = catalogue.find_type(name);
    if (other == nullptr) continue;
    const std::string kind = other->custom ? "" : "built-in ";
    findings.push_back({name == type.id ? "/id" : "/aliases", in_quotes(name) + " is taken by the " + kind + "type " +
                                                                  in_quotes(other->id) + ". Choose another name."});
  }
}

}  // namespace

void check_type(const Catalogue& catalogue, const Type& type, const std::string& pointer, Findings& findings) {
  Checker(catalogue, type, pointer, findings).check();
}

void check_custom_type(const Catalogue& catalogue, const Type& type, Findings& findings) {
  check_names(catalogue, type, findings);
  if (!type.same_as.empty()) findings.push_back({"/same_as", "An added type has schemes of its own."});
  for (std::size_t i = 0; i < type.schemes.size(); ++i) {
    const Scheme& scheme = type.schemes[i];
    const std::string here = item("", "schemes", i);
    for (std::size_t j = 0; j < scheme.verify.steps.size(); ++j) {
      check_custom_step(scheme.verify.steps[j], item(here + "/verify", "steps", j), findings);
    }
    for (std::size_t j = 0; j < scheme.env.files.size(); ++j) {
      if (scheme.env.files[j].generator.empty()) continue;
      findings.push_back({item(here + "/env", "files", j) + "/generator", "Only built-in types have a generator."});
    }
  }
}

}  // namespace catalogue
