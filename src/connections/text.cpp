#include "connections/text.h"

#include <nlohmann/json.hpp>

#include "jsonapi/json.h"

namespace connections {
namespace {

using jsonapi::Json;

// What was written by us; one connection's values may be long (a kubeconfig, several certificates).
constexpr jsonapi::Limits kLimits{std::size_t{8} << 20U, 8, false};

Json read(const std::string& text) {
  auto json = jsonapi::parse(text, kLimits);
  return json ? *std::move(json) : Json();
}

}  // namespace

std::string map_to_text(const std::map<std::string, std::string>& map) { return jsonapi::dump(Json(map)); }

std::map<std::string, std::string> map_from_text(const std::string& text) {
  std::map<std::string, std::string> map;
  const Json json = read(text);
  if (!json.is_object()) return map;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) map[name] = value.get<std::string>();
  }
  return map;
}

std::string list_to_text(const std::vector<std::string>& list) { return jsonapi::dump(Json(list)); }

std::vector<std::string> list_from_text(const std::string& text) {
  std::vector<std::string> list;
  const Json json = read(text);
  if (!json.is_array()) return list;
  for (const auto& item : json) {
    if (item.is_string()) list.push_back(item.get<std::string>());
  }
  return list;
}

}  // namespace connections
