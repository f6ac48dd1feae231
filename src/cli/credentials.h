#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace cli {

// Which server and which token: the environment first, then what `login` stored.
struct Credentials {
  std::string address = "http://127.0.0.1:8080";
  base::Secret token;
  std::string organization;
};

base::Result<Credentials> find_credentials(const std::map<std::string, std::string>& environment);

// Writes $XDG_CONFIG_HOME/runbridge/credentials.json (or ~/.config/…), mode 0600. Returns its path.
base::Result<std::string> store_credentials(const std::map<std::string, std::string>& environment,
                                            const Credentials& credentials);

}  // namespace cli
