#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace config {

// One setting: the flag --<name>, the variable RUNBRIDGE_<NAME> and the line "<name>: …" of the file.
struct Option {
  std::string_view name;
  std::string_view value;  // for help: "HOST:PORT"
  std::string_view help;
  bool is_list = false;  // repeatable, values also joined by commas
  bool has_flag = true;  // no flag for secrets: other users of the machine see a program's arguments
};

std::span<const Option> options();
const Option* find_option(std::string_view name);
std::string variable_name(std::string_view option);  // "RUNBRIDGE_DATA_DIR"

// A value and where it stands.
struct Given {
  std::vector<std::string> values;  // one, unless the option is a list
  std::string source;               // "flag --listen", "environment variable RUNBRIDGE_LISTEN", "file.yml:3, listen"
};

}  // namespace config
