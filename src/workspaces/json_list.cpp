#include "workspaces/json_list.h"

#include <nlohmann/json.hpp>

#include "jsonapi/json.h"

namespace workspaces {

std::string json_list(const std::vector<std::string>& texts) {
  return texts.empty() ? "[]" : jsonapi::dump(jsonapi::Json(texts));
}

std::vector<std::string> list_from_json(std::string_view text) {
  std::vector<std::string> out;
  if (text.size() <= 2) return out;
  const auto parsed = jsonapi::parse(text);
  if (!parsed || !parsed->is_array()) return out;
  for (const auto& item : *parsed) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

}  // namespace workspaces
