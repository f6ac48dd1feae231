#include "catalogue/type_reader.h"

#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace catalogue {
namespace {

const std::map<std::string, Input, std::less<>> kInputs = {
    {"text", Input::kText}, {"password", Input::kPassword}, {"textarea", Input::kTextarea}, {"select", Input::kSelect},
    {"bool", Input::kBool}, {"url", Input::kUrl},           {"int", Input::kInt},
};

std::string item(const std::string& pointer, std::size_t index) { return pointer + "/" + std::to_string(index); }

template <class Read>
auto read_each(const Json& list, const std::string& pointer, Findings& findings, Read read) {
  std::vector<decltype(read(list, pointer, findings))> out;
  for (std::size_t i = 0; i < list.size(); ++i) out.push_back(read(list[i], item(pointer, i), findings));
  return out;
}

// A default is written as what it is; inside it is text.
std::optional<std::string> read_default(Fields& fields, std::string_view key = "default") {
  const Json* found = fields.any(key);
  if (found == nullptr) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (found->is_boolean() || found->is_number_integer()) return found->dump();
  fields.complain(key, "has to be text, a whole number, true or false.");
  return std::nullopt;
}

Choice read_choice(const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  Choice choice{fields.required_text("value"), fields.required_text("label")};
  fields.finish();
  return choice;
}

OptionsFrom read_options_from(const Json* json, const std::string& pointer, Findings& findings) {
  OptionsFrom from;
  if (json == nullptr) return from;
  Fields fields(*json, pointer, findings);
  const auto take = [&](std::string_view key, OptionsFrom::Kind kind) {
    if (std::string of = fields.text(key); !of.empty()) {
      from.kind = kind;
      from.of = std::move(of);
    }
  };
  take("connections", OptionsFrom::Kind::kConnections);
  take("oauth_configurations", OptionsFrom::Kind::kOauthConfigurations);
  take("http", OptionsFrom::Kind::kHttp);
  take("parsed", OptionsFrom::Kind::kParsed);
  from.items = fields.text("items");
  from.value = fields.text("value");
  from.label = fields.text("label");
  fields.ignore("auth");
  if (from.kind == OptionsFrom::Kind::kNone) fields.complain_here("says nothing about where the choices come from.");
  fields.finish();
  return from;
}

// "api_base (or target)" is two places; "target (host)" is a part of the target.
void read_yaml_path(const std::string& text, Parameter& parameter) {
  const std::size_t open = text.find(" (");
  parameter.yaml_paths.push_back(text.substr(0, open));
  if (open == std::string::npos || !text.ends_with(')')) return;
  const std::string inside = text.substr(open + 2, text.size() - open - 3);
  if (inside.starts_with("or ")) {
    parameter.yaml_paths.push_back(inside.substr(3));
  } else {
    parameter.target_part = inside;
  }
}

TargetPart read_part(const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  TargetPart part;
  part.id = fields.required_text("id");
  part.label = fields.text("label");
  part.from = fields.text("from");
  part.rule = fields.text("rule");
  part.required = fields.flag("required");
  part.required_when = read_condition(fields.any("required_when"), fields.at("required_when"), findings);
  part.default_value = read_default(fields);
  fields.finish();
  return part;
}

Target read_target(const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  Target target;
  target.text = fields.required_text("template");
  for (const auto& [scheme, text] : fields.object("template_by_scheme").items()) {
    if (text.is_string()) target.by_scheme.emplace(scheme, text.get<std::string>());
  }
  target.derived = fields.flag("derived");
  target.fixed = fields.flag("fixed");
  target.parts = read_each(fields.list("parts"), fields.at("parts"), findings, read_part);
  target.example = fields.text("example");
  target.yaml_key = fields.text("yaml_key");
  fields.finish();
  return target;
}

VerifyStep read_step(const Json& json, const std::string& pointer, Findings& findings) {
  VerifyStep step;
  Fields fields(json, pointer, findings);  // the rest of the keys is the prober's
  step.id = fields.required_text("id");
  step.action = fields.required_text("do");
  step.when = read_condition(fields.any("when"), fields.at("when"), findings);
  step.optional = fields.flag("optional");
  step.contrast = fields.flag("contrast");
  step.text = json.dump();
  return step;
}

Verify read_verify(const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  Verify verify;
  verify.protocol = fields.required_text("protocol");
  verify.success = fields.required_text("success");
  verify.side_effects = fields.text("side_effects");
  verify.notes = fields.texts("notes");
  verify.steps = read_each(fields.list("steps"), fields.at("steps"), findings, read_step);
  verify.errors = fields.list("errors").dump();
  fields.finish();
  return verify;
}

EnvVariable read_variable(const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  EnvVariable variable;
  variable.name = fields.required_text("name");
  variable.value = fields.required_text("value");
  variable.secret = fields.flag("secret");
  variable.when = read_condition(fields.any("when"), fields.at("when"), findings);
  variable.note = fields.text("note");
  fields.finish();
  return variable;
}

std::uint32_t read_mode(Fields& fields) {
  const std::string mode = fields.required_text("mode");
  if (mode == "0600") return 0600;
  if (mode == "0700") return 0700;
  fields.complain("mode", "has to be \"0600\", or \"0700\" for a script.");
  return 0600;
}

EnvFile read_file(const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  EnvFile file;
  file.id = fields.required_text("id");
  file.path = fields.required_text("path");
  file.mode = read_mode(fields);
  file.content = fields.text("content");
  file.generator = fields.text("generator");
  file.generated = fields.text("generated");
  file.secret = fields.flag("secret");
  file.when = read_condition(fields.any("when"), fields.at("when"), findings);
  if (file.content.empty() == file.generator.empty()) fields.complain_here("needs a \"content\".");
  fields.finish();
  return file;
}

Env read_env(const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  Env env;
  env.variables = read_each(fields.list("variables"), fields.at("variables"), findings, read_variable);
  env.files = read_each(fields.list("files"), fields.at("files"), findings, read_file);
  env.notes = fields.text("notes");
  fields.finish();
  return env;
}

void read_yaml_types(Fields& fields, Scheme& scheme) {
  for (const Json& name : fields.list("yaml_credentials_type")) {
    if (name.is_string()) scheme.yaml_types.push_back(name.get<std::string>());
    scheme.without_credentials = scheme.without_credentials || name.is_null();
  }
}

Scheme read_scheme(const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  Scheme scheme;
  scheme.id = fields.required_text("id");
  scheme.name = fields.required_text("name");
  scheme.creatable_in_ui = fields.flag("creatable_in_ui", true);
  scheme.azure_devops_scheme = fields.text("azure_devops_scheme");
  scheme.azure_devops_scheme_aliases = fields.texts("ado_scheme_aliases");
  for (const auto& [key, value] : fields.object("ado_fixed").items()) {
    if (value.is_string()) scheme.azure_devops_fixed.emplace_back(key, value.get<std::string>());
  }
  read_yaml_types(fields, scheme);
  scheme.needs_oauth_configuration = jsonapi::get_text(fields.object("needs"), "oauth_configuration");
  scheme.prerequisite = fields.text("prerequisite");
  scheme.ui_note = fields.text("ui_note");
  scheme.recommended_scopes = fields.texts("recommended_scopes");
  scheme.on_create = fields.texts("on_create");
  scheme.how_to = fields.texts("how_to");
  scheme.parameters = read_each(fields.list("parameters"), fields.at("parameters"), findings, read_parameter);
  scheme.verify = read_verify(fields.object("verify"), fields.at("verify"), findings);
  scheme.env = read_env(fields.object("env"), fields.at("env"), findings);
  fields.ignore("origin");
  fields.finish();
  return scheme;
}

void read_aliases(const Json& json, const std::string& pointer, Type& type, Findings& findings) {
  Fields fields(json, pointer, findings);
  type.azure_devops_aliases = fields.texts("azure_devops");
  type.yaml_aliases = fields.texts("yaml");
  type.azure_ml_categories = fields.texts("azure_ml_category");
  type.terraform_resources = fields.texts("terraform_resource");
  fields.finish();
}

}  // namespace

Parameter read_parameter(const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  Parameter parameter;
  parameter.id = fields.required_text("id");
  parameter.label = fields.required_text("label");
  parameter.help = fields.text("help");
  parameter.placeholder = fields.text("placeholder");
  const auto kind = kInputs.find(fields.required_text("kind"));
  if (kind == kInputs.end()) {
    fields.complain("kind", "has to be text, password, textarea, select, bool, url or int.");
  } else {
    parameter.input = kind->second;
  }
  parameter.required = fields.flag("required");
  parameter.secret = fields.flag("secret");
  parameter.immutable = fields.flag("immutable");
  parameter.filled_by_flow = fields.flag("filled_by_flow");
  parameter.required_when = read_condition(fields.any("required_when"), fields.at("required_when"), findings);
  parameter.show_when = read_condition(fields.any("show_when"), fields.at("show_when"), findings);
  parameter.default_value = read_default(fields);
  parameter.rule = fields.text("rule");
  parameter.max_length = static_cast<std::size_t>(std::max<std::int64_t>(0, fields.number("max_length")));
  parameter.options = read_each(fields.list("options"), fields.at("options"), findings, read_choice);
  parameter.options_from = read_options_from(fields.any("options_from"), fields.at("options_from"), findings);
  read_yaml_path(fields.required_text("yaml_path"), parameter);
  parameter.azure_devops_path = fields.text("azure_devops_path");
  fields.ignore("origin");
  fields.finish();
  return parameter;
}

Type read_type(const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  Type type;
  type.id = fields.required_text("id");
  type.name = fields.required_text("name");
  type.category = fields.required_text("category");
  type.source = fields.text("source");
  type.summary = fields.required_text("summary");
  read_aliases(fields.object("aliases"), fields.at("aliases"), type, findings);
  type.target = read_target(fields.object("target"), fields.at("target"), findings);
  type.schemes = read_each(fields.list("schemes"), fields.at("schemes"), findings, read_scheme);
  type.see_also = fields.texts("see_also");
  type.same_as = fields.text("same_as");
  type.status_note = fields.text("status_note");
  type.yaml_note = fields.text("yaml_note");
  type.run_note = fields.text("run_note");
  type.preview = fields.flag("preview");
  for (const char* key : {"doc_section", "parameters_origin", "verify_label", "test_label"}) fields.ignore(key);
  if (type.schemes.empty() && type.same_as.empty()) fields.complain_here("needs at least one scheme.");
  fields.finish();
  return type;
}

}  // namespace catalogue
