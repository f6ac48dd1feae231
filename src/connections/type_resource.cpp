#include "catalogue/live_options.h"
#include "catalogue/type.h"

#include "connections/resource.h"

// Types of the catalogue in the form of its file.
namespace connections {
namespace {

using catalogue::Condition;
using jsonapi::Json;
using jsonapi::Resource;

// Leaves out what is empty, as the file does.
void put(Json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}
void put(Json& out, const char* key, bool flag) {
  if (flag) out[key] = true;
}
void put(Json& out, const char* key, const std::vector<std::string>& texts) {
  if (!texts.empty()) out[key] = texts;
}

void add_test(Json& out, const Condition::Test& test) {
  const auto named = [&](const char* key) { out[key].push_back(test.name); };
  switch (test.kind) {
    case Condition::Kind::kEquals:
      out[test.name] = test.values.size() == 1 ? Json(test.values.front()) : Json(test.values);
      break;
    case Condition::Kind::kPresent: named("present"); break;
    case Condition::Kind::kEmpty: named("empty"); break;
    case Condition::Kind::kIsTrue: out["is_true"] = test.name; break;
    case Condition::Kind::kTargetMatches: out["target_matches"] = test.values.empty() ? "" : test.values.front(); break;
    case Condition::Kind::kTargetLacks: out["target_lacks"] = test.values.empty() ? "" : test.values.front(); break;
    case Condition::Kind::kTargetScheme: out["target_scheme"] = test.values; break;
    case Condition::Kind::kTargetSchemeNot: out["target_scheme_not"] = test.values; break;
    // Conditions about steps are for the prober alone.
    default: break;
  }
}

void put(Json& out, const char* key, const Condition& condition) {
  if (condition.empty()) return;
  Json tests = Json::object();
  for (const auto& test : condition.all) add_test(tests, test);
  if (!tests.empty()) out[key] = std::move(tests);
}

Json options_from(const catalogue::Scheme& scheme, const catalogue::Parameter& parameter) {
  const catalogue::OptionsFrom& from = parameter.options_from;
  using Kind = catalogue::OptionsFrom::Kind;
  switch (from.kind) {
    case Kind::kNone: break;
    case Kind::kConnections: return {{"connections", from.of}};
    case Kind::kOauthConfigurations: return {{"oauth_configurations", from.of}};
    case Kind::kParsed: return {{"parsed", from.of}};
    case Kind::kHttp: {
      Json out = {{"http", from.of}, {"items", from.items}, {"value", from.value}, {"label", from.label}};
      if (const auto live = catalogue::live_options(scheme, parameter)) out["needs"] = live->needs;
      return out;
    }
  }
  return nullptr;
}

Json parameter_json(const catalogue::Scheme& scheme, const catalogue::Parameter& parameter) {
  Json out = {{"id", parameter.id},
              {"label", parameter.label},
              {"kind", catalogue::input_name(parameter.input)},
              {"required", parameter.required}};
  put(out, "help", parameter.help);
  put(out, "placeholder", parameter.placeholder);
  put(out, "secret", parameter.secret);
  put(out, "immutable", parameter.immutable);
  put(out, "filled_by_flow", parameter.filled_by_flow);
  put(out, "required_when", parameter.required_when);
  put(out, "show_when", parameter.show_when);
  if (parameter.default_value) out["default"] = *parameter.default_value;
  put(out, "rule", parameter.rule);
  if (parameter.max_length > 0) out["max_length"] = parameter.max_length;
  for (const auto& choice : parameter.options) {
    out["options"].push_back({{"value", choice.value}, {"label", choice.label}});
  }
  if (auto from = options_from(scheme, parameter); !from.is_null()) out["options_from"] = std::move(from);
  if (!parameter.yaml_paths.empty()) out["yaml_path"] = parameter.yaml_paths.front();
  put(out, "azure_devops_path", parameter.azure_devops_path);
  return out;
}

Json scheme_json(const catalogue::Scheme& scheme) {
  Json out = {{"id", scheme.id}, {"name", scheme.name}, {"creatable_in_ui", scheme.creatable_in_ui}};
  put(out, "azure_devops_scheme", scheme.azure_devops_scheme);
  put(out, "yaml_credentials_type", scheme.yaml_types);
  put(out, "prerequisite", scheme.prerequisite);
  put(out, "ui_note", scheme.ui_note);
  put(out, "needs_oauth_configuration", scheme.needs_oauth_configuration);
  put(out, "recommended_scopes", scheme.recommended_scopes);
  put(out, "on_create", scheme.on_create);
  put(out, "how_to", scheme.how_to);
  out["parameters"] = Json::array();
  for (const auto& parameter : scheme.parameters) out["parameters"].push_back(parameter_json(scheme, parameter));
  out["verify"] = {{"protocol", scheme.verify.protocol}, {"success", scheme.verify.success}};
  put(out["verify"], "notes", scheme.verify.notes);
  put(out["verify"], "side_effects", scheme.verify.side_effects);
  Json variables = Json::array();
  for (const auto& variable : scheme.env.variables) {
    Json one = {{"name", variable.name}, {"secret", variable.secret}};
    put(one, "note", variable.note);
    variables.push_back(std::move(one));
  }
  Json files = Json::array();
  for (const auto& file : scheme.env.files) {
    Json one = {{"id", file.id}, {"path", file.path}, {"secret", file.secret}};
    files.push_back(std::move(one));
  }
  out["env"] = {{"variables", variables}, {"files", files}};
  put(out["env"], "notes", scheme.env.notes);
  return out;
}

Json target_json(const catalogue::Target& target) {
  Json out = {{"template", target.text}, {"derived", target.derived}, {"fixed", target.fixed}};
  put(out, "example", target.example);
  out["parts"] = Json::array();
  for (const auto& part : target.parts) {
    Json one = {{"id", part.id}, {"required", part.required}};
    put(one, "label", part.label);
    put(one, "from", part.from);
    if (part.default_value) one["default"] = *part.default_value;
    out["parts"].push_back(std::move(one));
  }
  return out;
}

}  // namespace

Resource type_resource(const catalogue::Type& type) {
  Resource out{"connection-types", type.id};
  out.attributes = {{"name", type.name},
                    {"category", type.category},
                    {"source", type.source},
                    {"summary", type.summary},
                    {"custom", type.custom},
                    {"preview", type.preview},
                    {"aliases",
                     {{"azure_devops", type.azure_devops_aliases},
                      {"yaml", type.yaml_aliases},
                      {"azure_ml_category", type.azure_ml_categories},
                      {"terraform_resource", type.terraform_resources}}},
                    {"target", target_json(type.target)},
                    {"schemes", Json::array()}};
  put(out.attributes, "see_also", type.see_also);
  put(out.attributes, "same_as", type.same_as);
  put(out.attributes, "status_note", type.status_note);
  put(out.attributes, "yaml_note", type.yaml_note);
  put(out.attributes, "run_note", type.run_note);
  for (const auto& scheme : type.schemes) out.attributes["schemes"].push_back(scheme_json(scheme));
  out.links["self"] = "/api/v2/connection-types/" + type.id;
  return out;
}

Resource load_problem_resource(const catalogue::LoadProblem& problem) {
  Resource out{"connection-type-problems", problem.file};
  out.attributes = {{"file", problem.file},
                    {"line", problem.line == 0 ? Json(nullptr) : Json(problem.line)},
                    {"reason", problem.reason}};
  return out;
}

}  // namespace connections
