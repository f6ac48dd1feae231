#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace cli {

// What the command line sees of the world; a test hands in its own.
struct World {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  std::map<std::string, std::string> environment;
  bool interactive = false;  // a person at a terminal: ask before destroying
};

// Every command but `server`: talks to the API at RUNBRIDGE_ADDRESS with RUNBRIDGE_TOKEN (or what `login` stored).
// Returns 0, 1 (refused or failed; the reason is on `err`) or 2 (usage).
int run(const std::vector<std::string>& arguments, World& world);

// The commands' names, for the program's own --help.
std::vector<std::string> command_names();

}  // namespace cli
