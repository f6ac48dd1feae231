#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace app {

// One thing that was looked at, and what to do if it is not well.
struct Finding {
  enum class State { kGood, kWarning, kBad, kSkipped };
  std::string name;
  State state = State::kGood;
  std::string what;
  std::string remedy = {};
};

// Looks at everything the server needs with these settings and changes nothing: settings, data directory and disk, key,
// database, programs, sandbox, the providers in the database and the clock. May run beside the server.
std::vector<Finding> examine(const config::Config& config);

// `runbridge doctor [--json] [the server's settings]`. Exit status: 0 (well, or warnings only), 1 (something is wrong),
// 2 (the settings cannot be read).
int doctor(const std::vector<std::string>& arguments);

}  // namespace app
