#include "catalogue/openapi_schema.h"

#include <re2/re2.h>

#include <nlohmann/json.hpp>

#include "catalogue/identity.h"

namespace catalogue {
namespace {

using Json = nlohmann::json;

std::string reference(const std::string& schema) { return "#/components/schemas/" + schema; }

Json value_schema(const Parameter& parameter) {
  if (parameter.input == Input::kBool) return {{"type", "boolean"}};
  if (parameter.input == Input::kInt) return {{"type", "integer"}};
  Json out{{"type", "string"}};
  for (const Choice& choice : parameter.options) out["enum"].push_back(choice.value);
  return out;
}

Json parameter_schema(const Catalogue& catalogue, const Scheme& scheme, const Parameter& parameter) {
  Json out = value_schema(parameter);
  out["title"] = parameter.label;
  out["description"] = parameter.help + (parameter.immutable ? " Cannot be changed after creation." : "");
  if (parameter.secret) {
    out["writeOnly"] = true;
    out["format"] = "password";
  }
  if (is_identity(scheme, parameter.id)) out["readOnly"] = true;
  if (parameter.default_value && !out.contains("enum") && out["type"] == "string") {
    out["default"] = *parameter.default_value;
  }
  const Rule* rule = catalogue.find_rule(parameter.rule);
  const bool plain = !parameter.secret && rule != nullptr && rule->kind == Rule::Kind::kRegex;
  if (plain && parameter.rule != "non_empty" && out["type"] == "string") out["pattern"] = rule->pattern->pattern();
  return out;
}

// Needed whatever else is given.
bool is_always_needed(const Parameter& parameter) {
  return parameter.required && !parameter.default_value && parameter.show_when.empty();
}

Json scheme_schema(const Catalogue& catalogue, const Type& type, const Scheme& scheme) {
  Json properties = Json::object();
  Json needed = Json::array();
  for (const Parameter& parameter : scheme.parameters) {
    properties[parameter.id] = parameter_schema(catalogue, scheme, parameter);
    if (is_always_needed(parameter)) needed.push_back(parameter.id);
  }
  Json parameters{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  Json required = Json::array({"connection-type"});
  if (type.schemes.size() > 1) required.push_back("scheme");
  if (!needed.empty()) {
    parameters["required"] = std::move(needed);
    required.push_back("parameters");
  }
  Json own{{"type", "object"},
           {"required", std::move(required)},
           {"properties",
            {{"connection-type", {{"type", "string"}, {"enum", {type.id}}}},
             {"scheme", {{"type", "string"}, {"enum", {scheme.id}}}},
             {"parameters", std::move(parameters)}}}};
  return {{"title", type.name + ": " + scheme.name},
          {"allOf", {{{"$ref", reference("ConnectionAttributes")}}, std::move(own)}}};
}

Json one_of(const std::string& property, const std::vector<std::pair<std::string, std::string>>& schemas) {
  Json out{{"oneOf", Json::array()}, {"discriminator", {{"propertyName", property}}}};
  for (const auto& [value, schema] : schemas) {
    out["oneOf"].push_back({{"$ref", reference(schema)}});
    out["discriminator"]["mapping"][value] = reference(schema);
  }
  return out;
}

Json common_attributes() {
  const Json text{{"type", "string"}}, flag{{"type", "boolean"}};
  return {{"type", "object"},
          {"required", {"name"}},
          {"properties",
           {{"name", text},
            {"description", text},
            {"owner", text},
            {"tags", {{"type", "object"}, {"additionalProperties", text}}},
            {"url-encoded", flag},
            {"allow-all-workspaces", flag},
            {"inherits-roles", flag},
            {"verify", {{"type", "boolean"}, {"default", true}}}}}};
}

Json creation() {
  const Json attributes{{"type", "object"},
                        {"required", {"attributes"}},
                        {"properties",
                         {{"type", {{"type", "string"}, {"enum", {"service-connections"}}}},
                          {"attributes", {{"$ref", reference("ServiceConnection")}}}}}};
  const Json body{{"type", "object"}, {"required", {"data"}}, {"properties", {{"data", attributes}}}};
  return {{"operationId", "createServiceConnection"},
          {"summary", "Verify a service connection and save it"},
          {"requestBody", {{"required", true}, {"content", {{"application/vnd.api+json", {{"schema", body}}}}}}},
          {"responses", {{"201", {{"description", "Made"}}}, {"422", {{"description", "A value is not acceptable"}}}}}};
}

}  // namespace

Json openapi_description(const Catalogue& catalogue) {
  Json schemas{{"ConnectionAttributes", common_attributes()}};
  std::vector<std::pair<std::string, std::string>> types;
  for (const Type& type : catalogue.types()) {
    std::vector<std::pair<std::string, std::string>> schemes;
    for (const Scheme& scheme : type.schemes) {
      const std::string name = type.id + "." + scheme.id;
      schemas[name] = scheme_schema(catalogue, type, scheme);
      schemes.emplace_back(scheme.id, name);
    }
    if (schemes.empty()) continue;
    schemas[type.id] = one_of("scheme", schemes);
    schemas[type.id]["description"] = type.summary;
    types.emplace_back(type.id, type.id);
  }
  schemas["ServiceConnection"] = one_of("connection-type", types);
  const Json project{{"name", "project_id"}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}};
  return {{"openapi", "3.0.3"},
          {"info", {{"title", "runbridge: types of service connections"}, {"version", "1"}}},
          {"paths",
           {{"/api/v2/projects/{project_id}/service-connections",
             {{"parameters", Json::array({project})}, {"post", creation()}}}}},
          {"components", {{"schemas", std::move(schemas)}}}};
}

}  // namespace catalogue
