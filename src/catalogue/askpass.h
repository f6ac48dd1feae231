#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "catalogue/materials.h"

namespace catalogue {

// What git gets for the repositories of several connections: one script, and numbered variables.
struct GitAccess {
  std::string origin;  // "https://git.example.com"
  std::string path;    // "/team/repo", may be empty
  base::Secret username, password;
  std::string connection;
};

// The script that answers git's questions for all of them, by the longest address that fits. It reads
// GIT_ASKPASS_URL_1, GIT_ASKPASS_USERNAME_1, GIT_ASKPASS_PASSWORD_1 and so on.
std::string askpass_script(std::size_t count);
// The variables it reads, and those that make git ask with the whole address. kConflict if two have the same address.
base::Result<std::vector<MaterialVariable>> askpass_variables(std::span<const GitAccess> all);

}  // namespace catalogue
