#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "catalogue/rule.h"

namespace catalogue {

// What is wrong with a kubeconfig under the rule: what it needs, entries that would run a program, references to
// files. `context` (may be empty) has to be one of its contexts. Empty if nothing.
std::string problem_of_kubeconfig(const Rule& rule, std::string_view text, std::string_view context);

// The server of a context, or of the current one if `context` is empty; empty if there is none.
std::string server_of_context(std::string_view text, std::string_view context);

// The same file with current-context set to `context` (unchanged if empty). kInvalid if it cannot be read.
base::Result<std::string> with_current_context(std::string_view text, std::string_view context);

}  // namespace catalogue
