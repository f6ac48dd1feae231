#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/process.h"
#include "catalogue/materials.h"
#include "catalogue/validate.h"
#include "tests/support/connection_values.h"

namespace catalogue {

// Connections of a run, made as a person would make them.
class TestRun {
 public:
  TestRun() : directory_(*base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "materials")) {}

  // Good values of the scheme, with these instead.
  Use& add(const char* type_name, const char* scheme_name, const std::string& name,
           const std::map<std::string, std::string>& changes = {}, const std::string& prefix = "") {
    const Type* type = Catalogue::builtin()->find_type(type_name);
    const Scheme* scheme = type->find_scheme(scheme_name);
    Given given = test::good_values(*type, *scheme);
    for (const auto& [id, value] : changes) given.values.insert_or_assign(id, base::Secret(value));
    Checked checked = validate(*Catalogue::builtin(), *type, *scheme, given, Mode::kCreate);
    for (const Problem& problem : checked.problems) ADD_FAILURE() << problem.message;
    values_.push_back(std::move(checked.values));
    Use use;
    use.type = type;
    use.scheme = scheme;
    use.name = name;
    use.values = &values_.back();
    use.prefix = prefix;
    use.known_host_line = "host.example.com ssh-ed25519 AAAA";
    for (const std::string& captured : needed_captures(*scheme)) {
      use.steps.captures.emplace(captured, base::Secret("canary-" + captured));
    }
    uses_.push_back(std::move(use));
    return uses_.back();
  }

  base::Result<Materials> make(bool endpoints = false) const {
    return materialize(*Catalogue::builtin(), uses_, directory_.path().string(), endpoints);
  }

  // Writes the files; what the executor does.
  Materials written() {
    auto made = make();
    if (!made) {
      ADD_FAILURE() << made.error().message;
      return {};
    }
    for (const MaterialFile& file : made->files) {
      const auto path = directory_.path() / file.path;
      std::filesystem::create_directories(path.parent_path());
      EXPECT_TRUE(base::write_file(path, file.content.reveal(), file.mode));
    }
    return *std::move(made);
  }

  std::string dir() const { return directory_.path().string(); }

 private:
  base::TemporaryDirectory directory_;
  std::deque<Values> values_;
  std::vector<Use> uses_;
};

inline std::string value_of(const Materials& made, std::string_view name) {
  for (const MaterialVariable& variable : made.variables) {
    if (variable.name == name) return variable.value.reveal();
  }
  return "(not set)";
}

inline std::string file_of(const Materials& made, std::string_view path) {
  for (const MaterialFile& file : made.files) {
    if (file.path == path) return file.content.reveal();
  }
  return "(no file)";
}

struct Ran {
  int exit = -1;
  std::string output, errors;
};

// A tool with the run's variables; "(skipped)" if it is not installed.
inline Ran run_tool(const Materials& made, std::vector<std::string> arguments, const std::string& directory,
                    const std::string& input = "") {
  base::Command command;
  command.arguments = std::move(arguments);
  command.directory = directory;
  command.input = input;
  command.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", directory}};
  for (const MaterialVariable& variable : made.variables) {
    command.environment.emplace_back(variable.name, variable.value.reveal());
  }
  const auto result = base::run_process(command);
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return {};
  }
  return {result->exit_code, result->output, result->errors};
}

#define NEED_TOOL(name) \
  if (!base::find_program(name)) GTEST_SKIP() << name << " is not installed"

}  // namespace catalogue
