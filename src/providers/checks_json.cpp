#include "providers/checks_json.h"

#include <nlohmann/json.hpp>

namespace providers {

const char* check_state_name(vcs::Check::State state) {
  switch (state) {
    case vcs::Check::State::kPassed: return "passed";
    case vcs::Check::State::kWarning: return "warning";
    case vcs::Check::State::kFailed: return "failed";
    case vcs::Check::State::kSkipped: return "skipped";
  }
  return "skipped";
}

namespace {

vcs::Check::State state_from(const std::string& name) {
  for (const auto state : {vcs::Check::State::kPassed, vcs::Check::State::kWarning, vcs::Check::State::kFailed}) {
    if (name == check_state_name(state)) return state;
  }
  return vcs::Check::State::kSkipped;
}

jsonapi::Json array_of(std::string_view text) {
  auto parsed = jsonapi::parse(text);
  return parsed && parsed->is_array() ? *std::move(parsed) : jsonapi::Json::array();
}

}  // namespace

jsonapi::Json checks_to_json(const std::vector<vcs::Check>& checks) {
  jsonapi::Json out = jsonapi::Json::array();
  for (const auto& check : checks) {
    out.push_back({{"name", check.name},
                   {"state", check_state_name(check.state)},
                   {"message", check.message},
                   {"remedy", check.remedy}});
  }
  return out;
}

std::vector<vcs::Check> checks_from_text(std::string_view text) {
  std::vector<vcs::Check> out;
  for (const auto& item : array_of(text)) {
    out.push_back({jsonapi::get_text(item, "name"), state_from(jsonapi::get_text(item, "state")),
                   jsonapi::get_text(item, "message"), jsonapi::get_text(item, "remedy")});
  }
  return out;
}

std::vector<std::string> texts_from_text(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& item : array_of(text)) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

}  // namespace providers
