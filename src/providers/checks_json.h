#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jsonapi/json.h"
#include "vcs/provider.h"

namespace providers {

const char* check_state_name(vcs::Check::State state);  // "passed", "warning", "failed", "skipped"

// [{"name","state","message","remedy"}, …], as stored and as shown.
jsonapi::Json checks_to_json(const std::vector<vcs::Check>& checks);
std::vector<vcs::Check> checks_from_text(std::string_view text);
std::vector<std::string> texts_from_text(std::string_view text);  // a JSON array of texts

}  // namespace providers
