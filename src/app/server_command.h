#pragma once

#include <string>
#include <vector>

namespace app {

// `runbridge server …`: starts, prints where it is served and what to type next, and runs until SIGTERM or SIGINT.
// `program` is how this program was called, for the commands it prints. Returns the exit status: 0, 1 (could not
// start) or 2 (configuration).
int serve(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace app
