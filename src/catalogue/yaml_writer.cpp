#include <re2/re2.h>

#include "base/strings.h"
#include "catalogue/filters.h"
#include "catalogue/identity.h"
#include "catalogue/yaml_form.h"

namespace catalogue {
namespace {

// Plain where every reader of YAML takes it for the same text; in quotes otherwise.
std::string scalar(const std::string& text) {
  static const RE2 kPlain("[A-Za-z/][A-Za-z0-9_./@-]*(:[A-Za-z0-9_./@-]+)*( [A-Za-z0-9_./@-]+)*");
  static const RE2 kWord("(?i)true|false|yes|no|on|off|null|y|n");
  if (RE2::FullMatch(text, kPlain) && !RE2::FullMatch(text, kWord)) return text;
  return apply_filter("yaml_quote", text, {}).value_or("\"\"");
}

void line(std::string& out, std::size_t indent, const std::string& key, const std::string& value) {
  out += std::string(indent, ' ') + key + ":" + (value.empty() ? "" : " " + value) + "\n";
}

// What the scheme has below "properties" or "credentials".
std::string section(const FormSource& source, const std::string& name) {
  std::string out;
  for (const Parameter& parameter : source.scheme->parameters) {
    if (parameter.yaml_paths.empty() || !parameter.yaml_paths.front().starts_with(name + ".")) continue;
    const std::string key = parameter.yaml_paths.front().substr(name.size() + 1);
    if (parameter.secret) {
      line(out, 2, key, "");
      continue;
    }
    if (is_identity(*source.scheme, parameter.id)) continue;  // the reader's own server sets it
    const auto at = source.parameters.find(parameter.id);
    if (at == source.parameters.end() || at->second.empty()) continue;
    const bool bare = parameter.input == Input::kBool || parameter.input == Input::kInt;
    line(out, 2, key, bare ? at->second : scalar(at->second));
  }
  return out;
}

// Those at the top: target, and what a type has instead of it.
std::string top(const FormSource& source) {
  std::string out;
  bool parts = false;
  for (const Parameter& parameter : source.scheme->parameters) {
    if (parameter.yaml_paths.empty() || parameter.yaml_paths.front().find('.') != std::string::npos) continue;
    if (!parameter.target_part.empty()) {
      parts = true;
      continue;
    }
    const auto at = source.parameters.find(parameter.id);
    if (parameter.secret) line(out, 0, parameter.yaml_paths.front(), "");
    if (!parameter.secret && at != source.parameters.end()) {
      line(out, 0, parameter.yaml_paths.front(), scalar(at->second));
    }
  }
  if (parts) line(out, 0, "target", scalar(source.target));
  return out;
}

}  // namespace

std::string write_form(const FormSource& source) {
  std::string out;
  line(out, 0, "name", scalar(source.name));
  line(out, 0, "type", source.type->id);
  if (!source.description.empty()) line(out, 0, "description", scalar(source.description));
  out += top(source);
  if (!source.tags.empty()) out += "tags:\n";
  for (const auto& [key, value] : source.tags) line(out, 2, scalar(key), scalar(value));
  std::string properties = section(source, "properties");
  if (source.allow_all_workspaces) line(properties, 2, "allow_all_pipelines", "true");
  if (!properties.empty()) out += "properties:\n" + properties;
  const std::string credentials = section(source, "credentials");
  if (!credentials.empty() || !source.scheme->without_credentials) {
    out += "credentials:\n";
    line(out, 2, "type", source.scheme->id);
    out += credentials;
  }
  return out;
}

}  // namespace catalogue
