#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "catalogue/json_schema.h"
#include "catalogue/yaml_form.h"
#include "test_paths.h"

namespace catalogue {
namespace {

const Catalogue& builtin() { return *Catalogue::builtin(); }

std::filesystem::path pages() { return std::filesystem::path(RUNBRIDGE_SOURCE_DIR) / "docs" / "connections"; }

std::vector<std::string> examples_in(std::string_view text) {
  constexpr std::string_view kStart = "```yaml\n";
  std::vector<std::string> out;
  for (std::size_t at = text.find(kStart); at != std::string_view::npos; at = text.find(kStart, at)) {
    at += kStart.size();
    out.emplace_back(text.substr(at, text.find("```", at) - at));
  }
  return out;
}

TEST(Pages, AreWhatTheFileOfTypesSays) {
  base::Command command;
  command.arguments = {std::string(RUNBRIDGE_SOURCE_DIR) + "/script/connection_docs.py", "--check"};
  command.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
  const auto done = base::run_process(command);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->succeeded()) << done->output << done->errors;
}

TEST(Pages, TheExamplesOfEverySchemeAreForms) {
  for (const Type& type : builtin().types()) {
    const auto text = base::read_file(pages() / (type.id + ".md"), 1U << 20U);
    ASSERT_TRUE(text) << type.id;
    const auto examples = examples_in(*text);
    ASSERT_EQ(examples.size(), type.schemes.size()) << type.id;
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const FormRead read = read_form(builtin(), examples[i], {}, false);
      ASSERT_TRUE(read.form) << read.problems.front().text(type.id) << "\n" << examples[i];
      EXPECT_EQ(read.form->type->id, type.id);
      EXPECT_EQ(read.form->scheme->id, type.schemes[i].id) << examples[i];
    }
  }
}

TEST(JsonSchema, HasABranchForEveryTypeAndAllItsFields) {
  const auto schema = json_schema(builtin(), "https://runs.example.com/schemas/connection.json");
  EXPECT_EQ(schema.at("$id"), "https://runs.example.com/schemas/connection.json");
  for (const Type& type : builtin().types()) {
    if (type.schemes.empty()) continue;
    const auto& all = schema.at("allOf");
    const auto branch = std::find_if(all.begin(), all.end(), [&](const auto& one) {
      const auto& names = one.at("if").at("properties").at("type").at("enum");
      return std::find(names.begin(), names.end(), type.id) != names.end();
    });
    ASSERT_NE(branch, all.end()) << type.id;
    const auto& schemes = branch->at("then").at("anyOf");
    ASSERT_EQ(schemes.size(), type.schemes.size());
    for (std::size_t i = 0; i < schemes.size(); ++i) {
      const std::string text = schemes[i].dump();
      for (const Parameter& parameter : type.schemes[i].parameters) {
        const std::string& path = parameter.yaml_paths.front();
        const std::string key = path.substr(path.find('.') + 1);
        EXPECT_NE(text.find("\"" + key + "\":"), std::string::npos) << type.id << " " << path;
      }
    }
  }
}

}  // namespace
}  // namespace catalogue
