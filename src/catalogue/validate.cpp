#include "catalogue/validate.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "catalogue/keys.h"
#include "catalogue/rule_check.h"

namespace catalogue {
namespace {

// A variable of the environment may have 128 KiB on Linux, and a password may triple when it is percent-encoded.
constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kLongestUrl = 4096;
constexpr std::size_t kLongestPassword = std::size_t{32} << 10U;
constexpr std::size_t kLongestTextarea = 100'000;

std::string in_quotes(std::string_view text) { return "\"" + base::printable(text) + "\""; }

std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates) {
  const auto near = base::nearest(text, candidates);
  return near ? " Did you mean " + in_quotes(*near) + "?" : "";
}

std::size_t longest(const Parameter& parameter) {
  if (parameter.max_length > 0) return parameter.max_length;
  switch (parameter.input) {
    case Input::kPassword: return kLongestPassword;
    case Input::kTextarea: return kLongestTextarea;
    case Input::kUrl: return kLongestUrl;
    default: return kLongestText;
  }
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// A file's last line end comes along with what was read from it.
std::string_view without_last_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool may_be_encoded(const Parameter& parameter) {
  const bool typed = parameter.input == Input::kText || parameter.input == Input::kPassword;
  return typed && !parameter.yaml_paths.empty() && parameter.yaml_paths.front().starts_with("credentials.");
}

std::vector<std::string> ids_of(const Scheme& scheme) {
  std::vector<std::string> ids;
  for (const Parameter& parameter : scheme.parameters) ids.push_back(parameter.id);
  return ids;
}

// "environment is AzureStack": for the person whose value does not apply.
std::string words_of(const Condition& condition) {
  std::vector<std::string> words;
  for (const Condition::Test& test : condition.all) {
    words.push_back(test.name + (test.values.empty() ? "" : " is " + base::join(test.values, " or ")));
  }
  return base::join(words, " and ");
}

class Checker {
 public:
  Checker(const Catalogue& catalogue, const Type& type, const Scheme& scheme, const Given& given, Mode mode,
          const CheckOptions& options)
      : catalogue_(catalogue), type_(type), scheme_(scheme), given_(given), mode_(mode), options_(options) {}

  Checked run() {
    if (mode_ == Mode::kUpdate && options_.stored != nullptr) out_.values = *options_.stored;
    for (const auto& [id, value] : given_.values) refuse_unknown(id);
    for (const std::string& id : given_.cleared) refuse_unknown(id);
    for (const Parameter& parameter : scheme_.parameters) take(parameter);
    if (mode_ == Mode::kCreate) fill_defaults();
    for (const Parameter& parameter : scheme_.parameters) check_presence(parameter);
    for (const Parameter& parameter : scheme_.parameters) check_rule(parameter);
    check_target();
    std::stable_sort(out_.problems.begin(), out_.problems.end(),
                     [&](const Problem& a, const Problem& b) { return place_of(a) < place_of(b); });
    return std::move(out_);
  }

 private:
  void complain(const Parameter& parameter, const std::string& message) {
    if (bad_.contains(parameter.id)) return;  // one at a time for each field
    bad_.insert(parameter.id);
    out_.problems.push_back({parameter.id, parameter.yaml_paths.empty() ? "" : parameter.yaml_paths.front(),
                             options_.pointer_base + "/" + parameter.id, parameter.label + ": " + message});
  }

  std::size_t place_of(const Problem& problem) const {
    const Parameter* parameter = scheme_.find_parameter(problem.parameter);
    return parameter == nullptr ? 0 : static_cast<std::size_t>(parameter - scheme_.parameters.data()) + 1;
  }

  void refuse_unknown(const std::string& id) {
    if (scheme_.find_parameter(id) != nullptr) return;
    const std::string shown = base::printable(id);
    out_.problems.push_back({id, "", options_.pointer_base + "/" + shown,
                             "The scheme " + scheme_.id + " of " + type_.id + " has no field " + in_quotes(id) + "." +
                                 did_you_mean(id, ids_of(scheme_))});
  }

  void take(const Parameter& parameter) {
    if (given_.cleared.contains(parameter.id)) return clear(parameter);
    const auto at = given_.values.find(parameter.id);
    if (at == given_.values.end()) return;
    std::optional<std::string> value = in_stored_form(parameter, at->second.reveal());
    if (!value) return;
    if (value->empty()) {
      if (!parameter.secret) clear(parameter);  // an empty secret means: as it was
    } else {
      put(parameter, *value);
    }
    base::wipe(value->data(), value->size());
  }

  bool frozen(const Parameter& parameter) const { return mode_ == Mode::kUpdate && parameter.immutable; }

  void clear(const Parameter& parameter) {
    if (!out_.values.has(parameter.id)) return;
    if (frozen(parameter)) return complain(parameter, cannot_change(parameter.label).message);
    out_.values.erase(parameter.id);
    out_.changed.insert(parameter.id);
  }

  void put(const Parameter& parameter, const std::string& value) {
    if (!parameter.secret && out_.values.text(parameter.id) == value) return;
    if (frozen(parameter)) return complain(parameter, cannot_change(parameter.label).message);
    out_.changed.insert(parameter.id);
    if (parameter.secret) {
      out_.values.set_secret(parameter.id, base::Secret(value));
    } else {
      out_.values.set(parameter.id, value);
    }
  }

  // Nothing if there is a problem, which was reported.
  std::optional<std::string> in_stored_form(const Parameter& parameter, const std::string& raw) {
    if (!base::is_utf8(raw)) return refuse(parameter, "This is not UTF-8 text.");
    std::string value;
    if (parameter.input == Input::kTextarea) {
      value = base::replace_all(raw, "\r\n", "\n");
      if (base::trim(value).empty()) value.clear();
    } else {
      value = parameter.secret ? without_last_newline(raw) : base::trim(raw);
    }
    if (given_.url_encoded && may_be_encoded(parameter)) {
      auto decoded = base::url_decode(value);
      if (!decoded) return refuse(parameter, "It was said to be percent-encoded, but has a % that begins no escape.");
      value = *std::move(decoded);
    }
    return in_kind(parameter, std::move(value));
  }

  std::optional<std::string> in_kind(const Parameter& parameter, std::string value) {
    if (value.size() > longest(parameter)) {
      return refuse(parameter, "It is too long; at most " + std::to_string(longest(parameter)) + " bytes fit.");
    }
    const bool lines = parameter.input == Input::kTextarea;
    if (lines ? value.find('\0') != std::string::npos : has_control(value)) {
      return refuse(parameter, "It has a line break or another control character in it.");
    }
    if (value.empty()) return value;
    if (parameter.input == Input::kBool) return as_bool(parameter, value);
    if (parameter.input == Input::kInt && !base::to_integer(value)) return refuse(parameter, "Enter a whole number.");
    if (!parameter.options.empty()) return as_choice(parameter, value);
    const Rule* rule = catalogue_.find_rule(parameter.rule);
    if (rule != nullptr && rule->kind == Rule::Kind::kPemOrBase64) return certificate_as_pem(value);
    return value;
  }

  std::optional<std::string> as_bool(const Parameter& parameter, const std::string& value) {
    const std::string lower = base::to_lower(value);
    if (lower == "true" || lower == "false") return lower;
    return refuse(parameter, "Write true or false.");
  }

  std::optional<std::string> as_choice(const Parameter& parameter, const std::string& value) {
    std::vector<std::string> names;
    for (const Choice& choice : parameter.options) {
      if (base::equals_ignoring_case(choice.value, value)) return choice.value;
      names.push_back(choice.value);
    }
    return refuse(parameter, "Choose one of: " + base::join(names, ", ") + ".");
  }

  std::nullopt_t refuse(const Parameter& parameter, const std::string& message) {
    complain(parameter, message);
    return std::nullopt;
  }

  bool meets(const Condition& condition) const { return holds(condition, out_.values, scheme_.id, ""); }

  void fill_defaults() {
    for (const Parameter& parameter : scheme_.parameters) {
      if (!parameter.default_value || out_.values.has(parameter.id) || bad_.contains(parameter.id)) continue;
      if (!meets(parameter.show_when)) continue;
      out_.values.set(parameter.id, *parameter.default_value);
      out_.changed.insert(parameter.id);
    }
  }

  void check_presence(const Parameter& parameter) {
    if (!meets(parameter.show_when)) return drop_hidden(parameter);
    if (out_.values.has(parameter.id)) return;
    const bool needed = parameter.required || (!parameter.required_when.empty() && meets(parameter.required_when));
    if (!needed) return;
    const std::string place = parameter.yaml_paths.empty() ? parameter.id : parameter.yaml_paths.front();
    complain(parameter, parameter.filled_by_flow
                            ? "It is needed, and comes from a sign-in at the service (" + place + ")."
                            : "It is needed (" + place + ").");
  }

  // A field that its condition hides has no value; giving it one is a mistake.
  void drop_hidden(const Parameter& parameter) {
    if (!out_.values.has(parameter.id)) return;
    if (out_.changed.contains(parameter.id)) {
      complain(parameter, "It only applies when " + words_of(parameter.show_when) + ".");
    }
    out_.values.erase(parameter.id);
    out_.changed.insert(parameter.id);
  }

  // Also for those that did not change: a new password has to open the old certificate.
  void check_rule(const Parameter& parameter) {
    const Rule* rule = catalogue_.find_rule(parameter.rule);
    if (rule == nullptr) return;
    const base::Secret* secret = out_.values.secret(parameter.id);
    const std::string_view value = secret == nullptr ? out_.values.text(parameter.id) : secret->reveal();
    if (value.empty()) return;
    if (const std::string problem = problem_of_value(*rule, value, out_.values); !problem.empty()) {
      complain(parameter, problem);
    }
  }

  const Parameter* target_parameter() const {
    const auto is = [](const Parameter& parameter) {
      const auto& paths = parameter.yaml_paths;
      return parameter.target_part.empty() && std::find(paths.begin(), paths.end(), "target") != paths.end();
    };
    const auto at = std::find_if(scheme_.parameters.begin(), scheme_.parameters.end(), is);
    return at == scheme_.parameters.end() ? nullptr : &*at;
  }

  void check_target() {
    if (!out_.problems.empty() && mode_ == Mode::kCreate && target_parameter() == nullptr) return;
    out_.target = assemble_target(catalogue_, type_, scheme_, out_.values);
    const Parameter* whole = target_parameter();
    if (whole == nullptr || !out_.values.has(whole->id)) return;
    for (const TargetPart& part : type_.target.parts) check_part(*whole, part);
  }

  void check_part(const Parameter& whole, const TargetPart& part) {
    const std::string& value = out_.target.parts[part.id];
    const bool needed = part.required || (!part.required_when.empty() && meets(part.required_when));
    const std::string label = part.label.empty() ? part.id : part.label;
    if (value.empty()) {
      if (needed) complain(whole, label + " is missing in it (" + part.from + ").");
      return;
    }
    const Rule* rule = catalogue_.find_rule(part.rule);
    if (rule == nullptr) return;
    if (const std::string problem = problem_of_value(*rule, value, out_.values); !problem.empty()) {
      complain(whole, label + ": " + problem);
    }
  }

  const Catalogue& catalogue_;
  const Type& type_;
  const Scheme& scheme_;
  const Given& given_;
  Mode mode_;
  const CheckOptions& options_;
  std::set<std::string, std::less<>> bad_;
  Checked out_;
};

}  // namespace

Checked validate(const Catalogue& catalogue, const Type& type, const Scheme& scheme, const Given& given, Mode mode,
                 const CheckOptions& options) {
  return Checker(catalogue, type, scheme, given, mode, options).run();
}

Given given_from_json(const nlohmann::json& object, std::string_view pointer_base, std::vector<Problem>& problems) {
  Given given;
  if (!object.is_object()) {
    problems.push_back({"", "", std::string(pointer_base), "The fields have to be an object."});
    return given;
  }
  for (const auto& [id, value] : object.items()) {
    if (value.is_null()) {
      given.cleared.insert(id);
    } else if (value.is_string()) {
      given.values.emplace(id, base::Secret(value.get<std::string>()));
    } else if (value.is_boolean() || value.is_number_integer()) {
      given.values.emplace(id, base::Secret(value.dump()));
    } else {
      const std::string shown = base::printable(id);
      problems.push_back({id, "", std::string(pointer_base) + "/" + shown,
                          "The field " + in_quotes(id) + " has to be text, a whole number, true, false or null."});
    }
  }
  return given;
}

std::string problem_of_name(const Catalogue& catalogue, std::string_view name) {
  const Rule* rule = catalogue.find_rule("connection_name");
  return rule == nullptr ? std::string{} : problem_of_value(*rule, name, {});
}

std::vector<base::Error> as_errors(const std::vector<Problem>& problems) {
  std::vector<base::Error> errors;
  for (const Problem& problem : problems) errors.push_back(base::invalid(problem.message, problem.pointer));
  return errors;
}

base::Error unknown_type(const Catalogue& catalogue, std::string_view name) {
  const std::string advice = did_you_mean(name, catalogue.type_names());
  return base::invalid("There is no type of connection " + in_quotes(name) + "." + advice +
                       " \"runbridge connection types\" lists them.");
}

base::Error unknown_scheme(const Type& type, std::string_view name) {
  std::vector<std::string> names;
  for (const Scheme& scheme : type.schemes) names.push_back(scheme.id);
  if (name.empty()) {
    return base::invalid("The type " + type.id + " needs credentials. Its schemes are: " + base::join(names, ", ") +
                         ".");
  }
  return base::invalid("The type " + type.id + " has no scheme " + in_quotes(name) + "." + did_you_mean(name, names) +
                       " Its schemes are: " + base::join(names, ", ") + ".");
}

base::Error cannot_change(std::string_view field) {
  return base::conflict(std::string(field) +
                        " cannot be changed after creation. Delete the connection and create it anew.");
}

}  // namespace catalogue
