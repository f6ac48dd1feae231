#pragma once

#include <map>
#include <string>
#include <vector>

// How values that no query asks about are kept in one column: JSON.
namespace connections {

std::string map_to_text(const std::map<std::string, std::string>& map);
std::map<std::string, std::string> map_from_text(const std::string& text);
std::string list_to_text(const std::vector<std::string>& list);
std::vector<std::string> list_from_text(const std::string& text);

}  // namespace connections
