#include "catalogue/endpoint_variables.h"

#include <map>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "catalogue/template.h"
#include "jsonapi/json.h"

namespace catalogue {
namespace {

constexpr std::string_view kAuthorization = "authorization.parameters.";
constexpr std::string_view kData = "data.";
constexpr std::string_view kInverted = " (inverted)";

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return base::replace_all(base::replace_all(out, ".", "_"), "-", "_");
}

struct Entry {
  std::string value;
  bool secret = false;
};

// By Azure DevOps' path: "authorization.parameters.username".
std::map<std::string, Entry> entries_of(const Use& use) {
  std::map<std::string, Entry> out;
  for (const auto& [path, value] : use.scheme->azure_devops_fixed) out.emplace(path, Entry{value});
  for (const Parameter& parameter : use.scheme->parameters) {
    std::string path = parameter.azure_devops_path;
    const base::Secret* secret = use.values->secret(parameter.id);
    std::string value = secret == nullptr ? std::string(use.values->text(parameter.id)) : secret->reveal();
    if (path.empty() || value.empty()) continue;
    if (path.ends_with(kInverted)) {
      path.resize(path.size() - kInverted.size());
      value = value == "true" ? "false" : "true";
    }
    out.insert_or_assign(path, Entry{std::move(value), secret != nullptr});
  }
  return out;
}

}  // namespace

std::vector<MaterialVariable> endpoint_variables_of(const Use& use, const TargetText& target) {
  const std::string id = name_for_environment(use.name);
  std::vector<MaterialVariable> out;
  const auto add = [&](const std::string& name, const std::string& value, bool secret) {
    if (!value.empty()) out.push_back({name, base::Secret(value), secret, use.name});
  };
  nlohmann::json parameters = nlohmann::json::object();
  bool secret_parameters = false;
  add("ENDPOINT_URL_" + id, target.text, false);
  add("ENDPOINT_AUTH_SCHEME_" + id, use.scheme->azure_devops_scheme, false);
  for (const auto& [path, entry] : entries_of(use)) {
    if (path.starts_with(kAuthorization)) {
      const std::string key = path.substr(kAuthorization.size());
      parameters[key] = entry.value;
      secret_parameters = secret_parameters || entry.secret;
      add("ENDPOINT_AUTH_PARAMETER_" + id + "_" + upper(key), entry.value, entry.secret);
    } else if (path.starts_with(kData)) {
      add("ENDPOINT_DATA_" + id + "_" + upper(path.substr(kData.size())), entry.value, entry.secret);
    }
  }
  const nlohmann::json whole = {{"scheme", use.scheme->azure_devops_scheme}, {"parameters", parameters}};
  add("ENDPOINT_AUTH_" + id, jsonapi::dump(whole), secret_parameters);
  return out;
}

}  // namespace catalogue
