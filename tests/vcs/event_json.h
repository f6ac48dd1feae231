#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "vcs/event.h"

namespace vcs_test {

// A parsed delivery as JSON, every member written out; {"error": …} for one that cannot be understood.
nlohmann::ordered_json to_json(const base::Result<vcs::Parsed>& parsed);

}  // namespace vcs_test
