#include <re2/re2.h>

#include <map>

#include <nlohmann/json.hpp>

#include "catalogue/type_reader.h"

namespace catalogue {
namespace {

const std::map<std::string, Rule::Kind, std::less<>> kKinds = {
    {"regex", Rule::Kind::kRegex},   {"int_range", Rule::Kind::kIntRange}, {"pem", Rule::Kind::kPem},
    {"base64", Rule::Kind::kBase64}, {"yaml", Rule::Kind::kYaml},          {"pem_or_base64", Rule::Kind::kPemOrBase64},
    {"json", Rule::Kind::kJson},
};

std::shared_ptr<const RE2> compile(const std::string& pattern, std::string_view key, Fields& fields) {
  if (pattern.empty()) return nullptr;
  auto compiled = std::make_shared<const RE2>(pattern, RE2::Quiet);
  if (compiled->ok()) return compiled;
  fields.complain(key, "is not a regular expression: " + compiled->error() + ".");
  return nullptr;
}

}  // namespace

Rule read_rule(const std::string& id, const Json& json, const std::string& pointer, Findings& findings) {
  Fields fields(json, pointer, findings);
  Rule rule;
  rule.id = id;
  rule.say = fields.required_text("say");
  const std::string kind = fields.required_text("kind");
  const auto known = kKinds.find(kind);
  if (known == kKinds.end()) {
    fields.complain("kind", "is not a kind of rule.");
  } else {
    rule.kind = known->second;
  }
  rule.pattern = compile(fields.text("pattern"), "pattern", fields);
  rule.refuse_pattern = compile(fields.text("refuse_pattern"), "refuse_pattern", fields);
  if (rule.kind == Rule::Kind::kRegex && rule.pattern == nullptr) fields.complain_here("needs a \"pattern\".");
  rule.min = fields.number("min");
  rule.max = fields.number("max");
  rule.labels = fields.texts("labels");
  rule.needs = fields.texts("needs");
  rule.parse = fields.text("parse");
  if (const std::string then = fields.text("then"); !then.empty()) rule.parse = then;
  rule.must_match = fields.text("must_match");
  rule.key_type = fields.text("key_type");
  rule.password_parameter = fields.text("password_param");
  rule.refuse = fields.texts("refuse");
  rule.refuse_file_refs = fields.texts("refuse_file_refs");
  fields.ignore("also");  // for people
  fields.ignore("ml_portable_pattern");
  fields.finish();
  return rule;
}

}  // namespace catalogue
