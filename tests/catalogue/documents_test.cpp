#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "catalogue/json_schema.h"
#include "catalogue/openapi_schema.h"
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

std::set<std::string> keys_of(const nlohmann::json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

TEST(OpenApiSchemas, AreThoseOfTheTypesFieldForField) {
  const auto description = openapi_description(builtin());
  const auto& schemas = description["components"]["schemas"];
  std::set<std::string> expected{"ConnectionAttributes", "ServiceConnection"}, types;
  for (const Type& type : builtin().types()) {
    if (type.schemes.empty()) continue;
    expected.insert(type.id);
    types.insert(type.id);
    for (const Scheme& scheme : type.schemes) {
      SCOPED_TRACE(type.id + "." + scheme.id);
      expected.insert(type.id + "." + scheme.id);
      EXPECT_EQ(schemas[type.id]["discriminator"]["mapping"][scheme.id],
                "#/components/schemas/" + type.id + "." + scheme.id);
      const auto& own = schemas[type.id + "." + scheme.id]["allOf"][1]["properties"];
      EXPECT_EQ(own["connection-type"]["enum"], nlohmann::json::array({type.id}));
      EXPECT_EQ(own["scheme"]["enum"], nlohmann::json::array({scheme.id}));
      const auto& parameters = own["parameters"];
      std::set<std::string> ids, needed;
      for (const Parameter& parameter : scheme.parameters) {
        ids.insert(parameter.id);
        if (parameter.required && !parameter.default_value && parameter.show_when.empty()) needed.insert(parameter.id);
        EXPECT_EQ(parameters["properties"][parameter.id].value("writeOnly", false), parameter.secret) << parameter.id;
      }
      EXPECT_EQ(keys_of(parameters["properties"]), ids);
      EXPECT_EQ(parameters["additionalProperties"], false);
      EXPECT_EQ(parameters.value("required", std::set<std::string>()), needed);
    }
  }
  EXPECT_EQ(keys_of(schemas), expected);
  EXPECT_EQ(keys_of(schemas["ServiceConnection"]["discriminator"]["mapping"]), types);
}

}  // namespace
}  // namespace catalogue
