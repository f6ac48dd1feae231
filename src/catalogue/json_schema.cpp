#include "catalogue/json_schema.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace catalogue {
namespace {

using Json = nlohmann::json;

constexpr const char* kScalars[] = {"string", "number", "boolean", "null"};

// A name is matched without case and underscores; editors are offered those that are written. Not those that are
// another type's first: "git" is a type of its own, and Azure DevOps' name of external_git.
Json names_of(const Catalogue& catalogue, const Type& type) {
  std::set<std::string> names = {type.id};
  for (const auto list : {&Type::yaml_aliases, &Type::azure_devops_aliases, &Type::azure_ml_categories}) {
    names.insert((type.*list).begin(), (type.*list).end());
  }
  std::erase_if(names, [&](const std::string& name) { return catalogue.find_type(name) != &type; });
  return Json(std::vector<std::string>(names.begin(), names.end()));
}

Json schema_of(const Catalogue& catalogue, const Parameter& parameter, bool credential) {
  Json out = {{"description", parameter.help}, {"title", parameter.label}};
  if (parameter.input == Input::kBool) {
    out["type"] = {"boolean", "string"};
  } else if (parameter.input == Input::kInt) {
    out["type"] = {"integer", "string"};
  } else {
    out["type"] = kScalars;
  }
  if (parameter.default_value) out["default"] = *parameter.default_value;
  for (const Choice& choice : parameter.options) out["examples"].push_back(choice.value);
  const Rule* rule = catalogue.find_rule(parameter.rule);
  // What is a credential may be blank or a placeholder; a part of a target has a rule of its own.
  const bool whole = !credential && parameter.target_part.empty() && rule != nullptr;
  if (whole && rule->kind == Rule::Kind::kRegex && parameter.rule != "non_empty" && parameter.required) {
    out["pattern"] = rule->pattern->pattern();
  }
  return out;
}

struct Sections {
  Json top = Json::object();
  Json properties = Json::object();
  Json credentials = Json::object();
};

void place(const Catalogue& catalogue, const Parameter& parameter, const std::string& path, Sections& out) {
  const std::size_t dot = path.find('.');
  const std::string section = dot == std::string::npos ? "" : path.substr(0, dot);
  Json schema = schema_of(catalogue, parameter, parameter.secret || section == "credentials");
  if (section == "properties") {
    out.properties[path.substr(dot + 1)] = std::move(schema);
  } else if (section == "credentials") {
    out.credentials[path.substr(dot + 1)] = std::move(schema);
  } else {
    out.top[path] = std::move(schema);
  }
}

Json closed(Json properties) {
  return {{"type", {"object", "null"}}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

Json scheme_schema(const Catalogue& catalogue, const Scheme& scheme) {
  Sections sections;
  for (const Parameter& parameter : scheme.parameters) {
    for (const std::string& path : parameter.yaml_paths) place(catalogue, parameter, path, sections);
  }
  sections.properties["allow_all_pipelines"] = {{"type", {"boolean", "string"}},
                                                {"description", "Every workspace of the project may use it."}};
  Json names = scheme.yaml_types;
  if (std::find(names.begin(), names.end(), scheme.id) == names.end()) names.push_back(scheme.id);
  sections.credentials["type"] = {{"type", {"string", "null"}}, {"examples", names}, {"description", scheme.name}};
  Json credentials = closed(sections.credentials);
  if (scheme.without_credentials) credentials = {{"anyOf", {credentials, {{"const", "none"}}}}};
  Json out = std::move(sections.top);
  out["properties"] = closed(sections.properties);
  out["credentials"] = std::move(credentials);
  return {{"title", scheme.name}, {"properties", std::move(out)}};
}

Json branch_of(const Catalogue& catalogue, const Type& type) {
  Json schemes = Json::array();
  for (const Scheme& scheme : type.schemes) schemes.push_back(scheme_schema(catalogue, scheme));
  Json condition = {{"properties", {{"type", {{"enum", names_of(catalogue, type)}}}}}, {"required", {"type"}}};
  return {{"if", std::move(condition)}, {"then", {{"description", type.summary}, {"anyOf", std::move(schemes)}}}};
}

Json top_properties(const Catalogue& catalogue) {
  Json out = {{"$schema", {{"type", "string"}}},
              {"name", {{"type", kScalars}, {"description", "Unique in its project."}}},
              {"description", {{"type", kScalars}}},
              {"tags", {{"type", {"object", "null"}}, {"additionalProperties", {{"type", kScalars}}}}},
              {"properties", {{"type", {"object", "null"}}}},
              {"credentials", Json::object()},
              {"url_encoded", {{"type", {"boolean", "string"}}}},
              {"target", {{"type", kScalars}}}};
  Json names = Json::array();
  for (const Type& type : catalogue.types()) {
    for (const Json& name : names_of(catalogue, type)) names.push_back(name);
    for (const Scheme& scheme : type.schemes) {
      for (const Parameter& parameter : scheme.parameters) {
        for (const std::string& path : parameter.yaml_paths) {
          if (path.find('.') == std::string::npos && !out.contains(path)) out[path] = {{"type", kScalars}};
        }
      }
    }
  }
  out["type"] = {{"type", "string"}, {"examples", std::move(names)}};
  return out;
}

}  // namespace

nlohmann::json json_schema(const Catalogue& catalogue, std::string_view id) {
  Json branches = Json::array();
  for (const Type& type : catalogue.types()) {
    if (!type.schemes.empty()) branches.push_back(branch_of(catalogue, type));
  }
  return {{"$schema", "http://json-schema.org/draft-07/schema#"},
          {"$id", id},
          {"title", "Service connection"},
          {"type", "object"},
          {"properties", top_properties(catalogue)},
          {"additionalProperties", false},
          {"allOf", std::move(branches)}};
}

}  // namespace catalogue
