#include "config/sources.h"

#include <yaml-cpp/yaml.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/strings.h"

namespace config {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20U;
// Variables of other programs of ours, and of tests.
constexpr std::string_view kOtherVariables[] = {"RUNBRIDGE_ADDRESS", "RUNBRIDGE_TOKEN"};

std::vector<std::string> names_of_options(const std::string& before, bool flags_only) {
  std::vector<std::string> names;
  for (const Option& option : options()) {
    if (option.has_flag || !flags_only) names.push_back(before + std::string(option.name));
  }
  return names;
}

std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates) {
  const auto near = base::nearest(text, candidates);
  return near ? " Did you mean " + *near + "?" : "";
}

// "a, b" and repetitions become one list; empty items are dropped.
std::vector<std::string> split_list(const std::vector<std::string>& values) {
  std::vector<std::string> items;
  for (const std::string& value : values) {
    for (const std::string& part : base::split(value, ',')) {
      if (!base::trim(part).empty()) items.emplace_back(base::trim(part));
    }
  }
  return items;
}

std::string unknown_argument(const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));  // what follows may be a secret
  if (name == "--admin-token") {
    return "flag --admin-token: there is no such flag, since other users of this machine could read it; set "
           "RUNBRIDGE_ADMIN_TOKEN instead.";
  }
  if (!name.starts_with("-")) return "argument \"" + base::printable(name) + "\": nothing is expected here.";
  return "flag " + base::printable(name) + ": there is no such flag." +
         did_you_mean(name, names_of_options("--", true)) + " See runbridge server --help.";
}

class YamlReader {
 public:
  YamlReader(std::string file, std::vector<std::string>& problems) : file_(std::move(file)), problems_(problems) {}

  Settings read(const std::string& text) {
    try {
      const YAML::Node root = YAML::Load(text);
      if (root.IsNull()) return {};
      if (!root.IsMap()) {
        problems_.push_back(file_ + ": the file must have lines such as \"listen: 127.0.0.1:8080\".");
        return {};
      }
      for (const auto& pair : root) take(pair.first, pair.second);
    } catch (const YAML::Exception& error) {
      problems_.push_back(place(error.mark) + ": this is not YAML.");
    }
    return std::move(settings_);
  }

 private:
  std::string place(const YAML::Mark& mark) const {
    return mark.line < 0 ? file_ : file_ + ":" + std::to_string(mark.line + 1);
  }

  void take(const YAML::Node& key, const YAML::Node& value) {
    if (!key.IsScalar()) return problems_.push_back(place(key.Mark()) + ": the key must be the name of a setting.");
    const std::string& name = key.Scalar();
    const Option* option = find_option(name);
    const std::string where = place(key.Mark()) + ", " + base::printable(name);
    if (option == nullptr || name == "config") {
      return problems_.push_back(where + ": there is no such setting." +
                                 did_you_mean(name, names_of_options("", false)));
    }
    if (settings_.contains(name)) return problems_.push_back(where + ": the setting is here for a second time.");
    auto values = values_of(*option, value);
    if (!values) {
      return problems_.push_back(where +
                                 (option->is_list ? ": this must be a list of texts." : ": this must be one text."));
    }
    if (!values->empty()) settings_[name] = {*std::move(values), where};
  }

  static std::optional<std::vector<std::string>> values_of(const Option& option, const YAML::Node& value) {
    if (value.IsNull()) return std::vector<std::string>{};
    if (value.IsScalar()) {
      return option.is_list ? split_list({value.Scalar()}) : std::vector<std::string>{value.Scalar()};
    }
    if (!option.is_list || !value.IsSequence()) return std::nullopt;
    std::vector<std::string> items;
    for (const auto& item : value) {
      if (!item.IsScalar()) return std::nullopt;
      items.push_back(item.Scalar());
    }
    return items;
  }

  std::string file_;
  std::vector<std::string>& problems_;
  Settings settings_;
};

}  // namespace

Settings read_flags(const std::vector<std::string>& arguments, std::vector<std::string>& problems) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::map<std::string, std::vector<std::string>> raw;
  for (const Option& option : options()) {
    if (!option.has_flag) continue;
    const std::string name(option.name);
    auto* added = app.add_option("--" + name, raw[name])->expected(1);
    added->multi_option_policy(option.is_list ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
  }
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // it takes them from the back
  } catch (const CLI::ArgumentMismatch& error) {
    problems.push_back("a flag needs exactly one value: " + std::string(error.what()) + ".");
    return {};
  } catch (const CLI::Error& error) {
    problems.push_back("the flags cannot be read: " + error.get_name() + ".");
    return {};
  }
  bool is_value = false;  // what follows an unknown flag may be a secret that was meant for it
  for (const std::string& extra : app.remaining()) {
    const bool is_flag = extra.starts_with('-');
    if (is_flag || !is_value) problems.push_back(unknown_argument(extra));
    is_value = is_flag && extra.find('=') == std::string::npos;
  }
  Settings settings;
  for (const auto& [name, values] : raw) {
    if (app.count("--" + name) == 0) continue;
    settings[name] = {find_option(name)->is_list ? split_list(values) : values, "flag --" + name};
  }
  return settings;
}

Settings read_environment(const Environment& environment, std::vector<std::string>& warnings) {
  Settings settings;
  std::vector<std::string> known;
  for (const Option& option : options()) {
    const std::string variable = variable_name(option.name);
    known.push_back(variable);
    const auto found = environment.find(variable);
    if (found == environment.end() || found->second.empty()) continue;
    settings[std::string(option.name)] = {
        option.is_list ? split_list({found->second}) : std::vector<std::string>{found->second},
        "environment variable " + variable};
  }
  for (const auto& [name, value] : environment) {
    const bool is_ours = name.starts_with("RUNBRIDGE_") && !name.starts_with("RUNBRIDGE_TEST_");
    if (!is_ours || std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (std::find(std::begin(kOtherVariables), std::end(kOtherVariables), name) != std::end(kOtherVariables)) continue;
    warnings.push_back("environment variable " + base::printable(name) + ": there is no such setting." +
                       did_you_mean(name, known));
  }
  return settings;
}

Settings read_yaml(const std::filesystem::path& file, std::vector<std::string>& problems) {
  const auto text = base::read_file(file, kLargestFile);
  if (!text) {
    problems.push_back("configuration file: " + text.error().message);
    return {};
  }
  return YamlReader(file.string(), problems).read(*text);
}

}  // namespace config
