#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "catalogue/builtin.h"
#include "catalogue/catalogue.h"
#include "jsonapi/json.h"

namespace catalogue {
namespace {

using testing::HasSubstr;

nlohmann::json example() {
  const auto whole = jsonapi::parse(builtin_types(), {.bytes = builtin_types().size()});
  return whole->at("custom_types").at("example");
}

class CustomTypes : public testing::Test {
 protected:
  CustomTypes() : directory_(*base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "types")) {}

  void write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(base::write_file(directory_.path() / name, text));
  }
  std::shared_ptr<const Catalogue> load() { return Catalogue::with_custom_types(directory_.path()); }

  // The one problem of a single file with this text.
  std::string problem_of(const std::string& text) {
    write("one.json", text);
    const auto loaded = load();
    EXPECT_EQ(loaded->problems().size(), 1U);
    EXPECT_EQ(loaded->types().size(), Catalogue::builtin()->types().size());
    return loaded->problems().empty() ? "" : loaded->problems()[0].message();
  }

  base::TemporaryDirectory directory_;
};

TEST_F(CustomTypes, TheExampleOfTheFormIsTaken) {
  write("scanner.json", example().dump(2));
  const auto loaded = load();
  for (const auto& problem : loaded->problems()) ADD_FAILURE() << problem.message();
  const Type* type = loaded->find_type("ExampleScanner");
  ASSERT_NE(type, nullptr);
  EXPECT_TRUE(type->custom);
  EXPECT_EQ(Catalogue::builtin()->find_type("example_scanner"), nullptr);
}

TEST_F(CustomTypes, ABrokenOneIsListedAndTheOthersLoad) {
  write("a.json", "{\n\"id\": \"a\",\n oops }");
  write("b.json", example().dump(2));
  write("notes.txt", "not a type");
  const auto loaded = load();
  ASSERT_EQ(loaded->problems().size(), 1U);
  EXPECT_EQ(loaded->problems()[0].line, 3);
  EXPECT_THAT(loaded->problems()[0].message(), HasSubstr("a.json:3: "));
  EXPECT_NE(loaded->find_type("example_scanner"), nullptr);
}

TEST_F(CustomTypes, ADirectoryThatIsNotThereIsAProblemNotAnEnd) {
  const auto loaded = Catalogue::with_custom_types(directory_.path() / "missing");
  ASSERT_EQ(loaded->problems().size(), 1U);
  EXPECT_THAT(loaded->problems()[0].message(), HasSubstr("cannot be read"));
  EXPECT_FALSE(loaded->types().empty());
}

TEST_F(CustomTypes, AnUnknownKeyIsRefusedWithItsLineAndASuggestion) {
  EXPECT_THAT(problem_of("{\n  \"summry\": \"x\"," + example().dump(2).substr(1)),
              testing::AllOf(HasSubstr("one.json:2: "), HasSubstr("\"summry\""), HasSubstr("\"summary\"?")));
}

TEST_F(CustomTypes, AStepOutsideTheClosedSetIsRefused) {
  auto type = example();
  type["schemes"][0]["verify"]["steps"][0]["do"] = "ssh_handshake";
  EXPECT_THAT(problem_of(type.dump(2)), HasSubstr("\"ssh_handshake\" is not a step that an added type may have"));
}

TEST_F(CustomTypes, AWayToSignInOutsideTheClosedSetIsRefused) {
  auto type = example();
  type["schemes"][0]["verify"]["steps"][0]["auth"]["kind"] = "sigv4";
  EXPECT_THAT(problem_of(type.dump(2)), HasSubstr("\"sigv4\" is not a way to sign in"));
}

TEST_F(CustomTypes, ATakenNameIsRefused) {
  auto type = example();
  type["aliases"]["yaml"] = {"k8s"};
  EXPECT_THAT(problem_of(type.dump(2)), HasSubstr("\"k8s\" is taken by the built-in type \"kubernetes\""));
}

TEST_F(CustomTypes, TwoFilesOfTheSameIdAreNotBothTaken) {
  write("a.json", example().dump());
  write("b.json", example().dump());
  const auto loaded = load();
  ASSERT_FALSE(loaded->problems().empty());
  EXPECT_THAT(loaded->problems()[0].message(), HasSubstr("b.json"));
  EXPECT_EQ(loaded->types().size(), Catalogue::builtin()->types().size() + 1);
}

TEST_F(CustomTypes, ATemplateThatNamesNothingIsRefused) {
  auto type = example();
  type["schemes"][0]["env"]["variables"][0]["value"] = "{{sever_url}}";
  EXPECT_THAT(problem_of(type.dump(2)), HasSubstr("\"sever_url\", which does not exist"));
}

TEST_F(CustomTypes, AFileOutsideTheRunsDirectoryIsRefused) {
  for (const char* path : {"../x", "/etc/x", "a/../../x", "a b"}) {
    auto type = example();
    type["schemes"][0]["env"]["files"] = {{{"id", "f"}, {"path", path}, {"mode", "0600"}, {"content", "x"}}};
    EXPECT_THAT(problem_of(type.dump(2)), HasSubstr("path")) << path;
  }
}

TEST_F(CustomTypes, AnUnknownRuleIsRefused) {
  auto type = example();
  type["schemes"][0]["parameters"][0]["rule"] = "htps_url";
  EXPECT_THAT(problem_of(type.dump(2)), HasSubstr("\"htps_url\" is not a rule"));
}

// Any one member of the example missing or of another kind is a finding or is fine, never a crash.
TEST_F(CustomTypes, NoMutationOfTheExampleStopsTheLoader) {
  const auto flat = example().flatten();
  for (const auto& [pointer, value] : flat.items()) {
    for (const auto& replacement : {nlohmann::json(7), nlohmann::json("{{")}) {
      auto type = example();
      type[nlohmann::json::json_pointer(pointer)] = replacement;
      write("one.json", type.dump());
      const auto loaded = load();
      EXPECT_GE(loaded->types().size(), Catalogue::builtin()->types().size());
      for (const auto& problem : loaded->problems()) EXPECT_GT(problem.line, 0) << problem.message();
    }
  }
}

}  // namespace
}  // namespace catalogue
