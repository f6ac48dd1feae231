#pragma once

#include <string>
#include <vector>

namespace app {

// `runbridge backup …` on the machine of the server, as its user: arguments after "backup". The process's exit status:
// 0 done, 1 refused (the reason is on standard error), 2 the arguments cannot be read.
int backup(const std::vector<std::string>& arguments);

}  // namespace app
