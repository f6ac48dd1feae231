#include "catalogue/type.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "catalogue/catalogue.h"

namespace catalogue {
namespace {

bool named(const Scheme& scheme, const std::string& name) {
  const auto is = [&](const std::string& other) { return folded(other) == name; };
  return is(scheme.id) || std::any_of(scheme.yaml_types.begin(), scheme.yaml_types.end(), is);
}

bool named_in_azure_devops(const Scheme& scheme, const std::string& name) {
  const auto& aliases = scheme.azure_devops_scheme_aliases;
  return folded(scheme.azure_devops_scheme) == name ||
         std::any_of(aliases.begin(), aliases.end(), [&](const std::string& other) { return folded(other) == name; });
}

}  // namespace

const char* input_name(Input input) {
  switch (input) {
    case Input::kText: return "text";
    case Input::kPassword: return "password";
    case Input::kTextarea: return "textarea";
    case Input::kSelect: return "select";
    case Input::kBool: return "bool";
    case Input::kUrl: return "url";
    case Input::kInt: return "int";
  }
  return "text";
}

nlohmann::json VerifyStep::json() const { return nlohmann::json::parse(text, nullptr, false); }

const Parameter* Scheme::find_parameter(std::string_view parameter) const {
  const auto at =
      std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& other) { return other.id == parameter; });
  return at == parameters.end() ? nullptr : &*at;
}

// The ids come first: "username_password" is one scheme's id and another's alias.
const Scheme* Type::find_scheme(std::string_view wanted) const {
  const std::string folded_name = folded(wanted);
  const auto first = [&](const auto& is) -> const Scheme* {
    const auto at = std::find_if(schemes.begin(), schemes.end(), is);
    return at == schemes.end() ? nullptr : &*at;
  };
  if (folded_name.empty()) {
    return first([](const Scheme& one) { return one.without_credentials; });
  }
  if (const Scheme* found = first([&](const Scheme& one) { return folded(one.id) == folded_name; })) return found;
  if (const Scheme* found = first([&](const Scheme& one) { return named(one, folded_name); })) return found;
  return first([&](const Scheme& one) { return named_in_azure_devops(one, folded_name); });
}

}  // namespace catalogue
