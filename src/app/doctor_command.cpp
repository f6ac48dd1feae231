#include <unistd.h>

#include <algorithm>
#include <iomanip>
#include <iostream>

#include "app/doctor.h"
#include "app/process_limits.h"
#include "jsonapi/json.h"
#include "logging/log.h"

#include <nlohmann/json.hpp>

namespace app {
namespace {

constexpr int kNameWidth = 16;

const char* word_of(Finding::State state) {
  switch (state) {
    case Finding::State::kGood: return "ok";
    case Finding::State::kWarning: return "warning";
    case Finding::State::kBad: return "wrong";
    case Finding::State::kSkipped: return "skipped";
  }
  return "";
}

void print_table(const std::vector<Finding>& findings) {
  std::size_t widest = kNameWidth;
  for (const Finding& finding : findings) widest = std::max(widest, finding.name.size());
  for (const Finding& finding : findings) {
    std::cout << std::left << std::setw(9) << word_of(finding.state) << std::setw(static_cast<int>(widest) + 2)
              << finding.name << finding.what << '\n';
    if (!finding.remedy.empty()) std::cout << std::string(widest + 11, ' ') << "-> " << finding.remedy << '\n';
  }
}

void print_json(const std::vector<Finding>& findings, bool is_well) {
  jsonapi::Json list = jsonapi::Json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"name", finding.name},
                    {"state", word_of(finding.state)},
                    {"what", finding.what},
                    {"remedy", finding.remedy}});
  }
  std::cout << jsonapi::dump_pretty({{"well", is_well}, {"checks", std::move(list)}}) << '\n';
}

void print_help() {
  std::cout << "Usage: runbridge doctor [--json] [the settings of runbridge server]\n\n"
               "Looks at what the server needs with these settings and changes nothing. Run it as the server's user.\n"
               "Exit status: 0 all is well (or warnings only), 1 something is wrong, 2 the settings cannot be read.\n";
}

}  // namespace

int doctor(const std::vector<std::string>& arguments) {
  prepare_process();
  std::vector<std::string> settings;
  std::copy_if(arguments.begin(), arguments.end(), std::back_inserter(settings),
               [](const std::string& argument) { return argument != "--json"; });
  const bool as_json = settings.size() != arguments.size();
  const auto config = config::load(settings, config::environment_of(environ));
  if (!config) {
    std::cerr << config.error().message << '\n';
    return 2;
  }
  if (config->wants_help) {
    print_help();
    return 0;
  }
  logging::set_level(logging::Level::kOff);
  const auto findings = examine(*config);
  const bool is_well = std::none_of(findings.begin(), findings.end(),
                                    [](const Finding& finding) { return finding.state == Finding::State::kBad; });
  if (as_json) {
    print_json(findings, is_well);
  } else {
    print_table(findings);
  }
  return is_well ? 0 : 1;
}

}  // namespace app
