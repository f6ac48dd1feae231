#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace workspaces {

// A list of texts as a JSON array, the form in which one column holds it.
std::string json_list(const std::vector<std::string>& texts);
std::vector<std::string> list_from_json(std::string_view text);

}  // namespace workspaces
