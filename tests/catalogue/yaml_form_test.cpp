#include "catalogue/yaml_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "base/file.h"
#include "base/strings.h"
#include "tests/support/connection_values.h"

namespace catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Catalogue& builtin() { return *Catalogue::builtin(); }

std::vector<std::string> problems_of(std::string_view text, const std::vector<Setting>& settings = {}) {
  std::vector<std::string> out;
  for (const FormProblem& problem : read_form(builtin(), text, settings, false).problems) {
    out.push_back(problem.text("x.yaml"));
  }
  return out;
}

// With what validation finds.
std::vector<std::string> all_problems_of(std::string_view text, const std::vector<Setting>& settings = {}) {
  const FormRead read = read_form(builtin(), text, settings, false);
  std::vector<std::string> out = problems_of(text, settings);
  if (!read.form) return out;
  const Checked checked = validate(builtin(), *read.form->type, *read.form->scheme, read.form->given, Mode::kCreate);
  for (const FormProblem& problem : with_places(*read.form, checked.problems)) out.push_back(problem.text("x.yaml"));
  return out;
}

constexpr const char* kJenkins =
    "name: builds\ntype: jenkins\ntarget: https://jenkins.example.com\ncredentials:\n  type: username_password\n"
    "  username: deployer\n  password: canary\n";

TEST(YamlForm, AFileBecomesAConnection) {
  const FormRead read =
      read_form(builtin(), std::string(kJenkins) + "description: old one\ntags: {team: net}\n", {}, false);
  ASSERT_TRUE(read.form);
  EXPECT_EQ(read.form->name, "builds");
  EXPECT_EQ(read.form->type->id, "jenkins");
  EXPECT_EQ(read.form->scheme->id, "username_password");
  EXPECT_EQ(read.form->description, "old one");
  EXPECT_EQ(read.form->tags.at("team"), "net");
  EXPECT_EQ(read.form->given.values.at("server_url").reveal(), "https://jenkins.example.com");
  EXPECT_EQ(read.form->given.values.at("password").reveal(), "canary");
  EXPECT_TRUE(read.form->has_secrets);
}

TEST(YamlForm, AnUnknownKeyIsRefusedWithItsPlaceAndASuggestion) {
  EXPECT_THAT(problems_of(std::string(kJenkins) + "descripton: x\n"),
              ElementsAre("x.yaml:8:1: descripton: There is no such key here. Did you mean \"description\"?"));
  EXPECT_THAT(problems_of("name: a\ntype: jenkins\ntarget: https://j.example.com\ncredentials:\n  type: "
                          "username_password\n  pasword: x\n"),
              ElementsAre(testing::AllOf(HasSubstr("x.yaml:6:"), HasSubstr("\"credentials.password\"?"))));
  EXPECT_THAT(problems_of(kJenkins, {{"credentials.usrname", base::Secret("x")}}),
              ElementsAre(HasSubstr(
                  "--set credentials.usrname: There is no such key here. Did you mean \"credentials.username\"?")));
}

TEST(YamlForm, AValueOfTheWrongKindIsRefusedWithItsPlace) {
  EXPECT_THAT(problems_of(std::string(kJenkins) + "properties:\n  accept_untrusted_certs: maybe\n"),
              ElementsAre(HasSubstr("x.yaml:9:27: properties.accept_untrusted_certs: Write true or false.")));
  EXPECT_THAT(problems_of("name: [a]\ntype: jenkins\n"),
              testing::Contains(HasSubstr("x.yaml:1:7: name: It has to be a single value, not a list")));
  EXPECT_THAT(problems_of("name: a\ntype: jenkins\ncredentials: [x]\n"),
              testing::Contains(HasSubstr("x.yaml:3:14: credentials: It has to be a map, not a list")));
  EXPECT_THAT(problems_of("- a\n"), ElementsAre(HasSubstr("x.yaml:1:1: The file has to be a map")));
}

TEST(YamlForm, ADuplicateKeyIsRefusedWithItsPlace) {
  EXPECT_THAT(problems_of(std::string(kJenkins) + "name: other\n"),
              ElementsAre("x.yaml:8:1: The key \"name\" is there twice. Remove one of them."));
}

TEST(YamlForm, AliasesAreRefusedBeforeTheyCanGrow) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    const char p = static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [*" + p + ",*" + p + ",*" + p + ",*" + p + ",*" + p + ",*" + p + "]\n";
  }
  EXPECT_THAT(problems_of(bomb), ElementsAre(HasSubstr("x.yaml:1:4: Anchors (&name) and aliases (*name) cannot be")));
}

TEST(YamlForm, TagsSecondDocumentsAndDeepOnesAreRefused) {
  EXPECT_THAT(problems_of("name: !!python/object x\n"), ElementsAre(HasSubstr("x.yaml:1:7: Tags")));
  EXPECT_THAT(problems_of(std::string(kJenkins) + "---\nname: b\n"), ElementsAre(HasSubstr("second document")));
  EXPECT_THAT(problems_of("a: " + std::string(100, '[') + std::string(100, ']')), ElementsAre(HasSubstr("too deep")));
  EXPECT_THAT(problems_of("a: " + std::string(100'000, '[')), testing::SizeIs(1));
}

TEST(YamlForm, TabsAreNamedForWhatTheyAre) {
  EXPECT_THAT(problems_of("name: a\ntype: jenkins\ncredentials:\n\ttype: username_password\n"),
              ElementsAre("x.yaml:4:1: There is a tab where YAML wants spaces. Indent with spaces only."));
}

TEST(YamlForm, AFileOfTenMegabytesIsRefused) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(problems_of("name: a\nb: " + std::string(10U << 20U, 'x')),
              ElementsAre(HasSubstr("x.yaml:2:1048569: The file is larger than 1024 KiB")));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(YamlForm, WhatIsNoTextIsRefusedWithItsPlace) {
  EXPECT_THAT(problems_of("name: a\nb: \xff\n"), ElementsAre(HasSubstr("x.yaml:2:1: This line is not UTF-8")));
  EXPECT_THAT(problems_of(std::string("a: b\0c", 6)), ElementsAre(HasSubstr("zero byte")));
  EXPECT_THAT(problems_of("name: [a\n"), ElementsAre(HasSubstr("This is not YAML")));
}

TEST(YamlForm, APlaceholderCountsAsNotGivenAndTheMissingPathIsNamed) {
  for (const char* blank : {"", " ~", " null", " \"\"", " <password>"}) {
    const std::string text =
        "name: a\ntype: jenkins\ntarget: https://j.example.com\ncredentials:\n  type: username_password\n  username: "
        "u\n  password:" +
        std::string(blank) + "\n";
    EXPECT_THAT(all_problems_of(text),
                ElementsAre(testing::AllOf(HasSubstr("credentials.password"), HasSubstr("It is needed"))))
        << blank;
    EXPECT_THAT(all_problems_of(text, {{"credentials.password", base::Secret("p")}}), IsEmpty()) << blank;
  }
}

TEST(YamlForm, SetWinsOverTheFile) {
  const std::vector<Setting> settings = {{"credentials.password", base::Secret("a=b")},
                                         {"name", base::Secret("other")}};
  const FormRead read = read_form(builtin(), kJenkins, settings, false);
  ASSERT_TRUE(read.form);
  EXPECT_EQ(read.form->name, "other");
  EXPECT_EQ(read.form->given.values.at("password").reveal(), "a=b");
  EXPECT_FALSE(read.form->has_secrets);
}

TEST(YamlForm, ProblemsOfValuesHaveTheirPlace) {
  const std::string text =
      "name: a\ntype: ssh\ntarget: ssh://build01.example.com:99999\ncredentials:\n  type: password\n  username: u\n  "
      "password: p\n";
  EXPECT_THAT(all_problems_of(text),
              ElementsAre(HasSubstr("x.yaml:3:9: target: Port number: A port is a whole number from 1 to 65535.")));
}

TEST(YamlForm, ATargetOfPartsIsTakenApart) {
  const FormRead read = read_form(builtin(),
                                  "name: a\ntype: ssh\ntarget: ssh://build01.example.com:2222\ncredentials: {type: "
                                  "password, username: u, password: p}\n",
                                  {}, false);
  ASSERT_TRUE(read.form);
  EXPECT_EQ(read.form->given.values.at("host").reveal(), "build01.example.com");
  EXPECT_EQ(read.form->given.values.at("port").reveal(), "2222");
}

TEST(YamlForm, ATypeThatMakesItsTargetTakesNone) {
  EXPECT_THAT(problems_of("name: a\ntype: azure_service_bus\ntarget: sb://x\nproperties: {queue_name: q}\n"),
              ElementsAre(HasSubstr("x.yaml:3:9: target: The type azure_service_bus takes no target")));
}

TEST(YamlForm, ARegistryOutsideAzureIsStoredAsAGenericOne) {
  const std::string text =
      "name: a\ntype: container_registry\ntarget: https://HOST\ncredentials: {type: username_password, username: u, "
      "password: p}\n";
  EXPECT_EQ(read_form(builtin(), base::replace_all(text, "HOST", "nexus.example.com"), {}, false).form->type->id,
            "generic_container_registry");
  EXPECT_EQ(read_form(builtin(), base::replace_all(text, "HOST", "team.azurecr.io"), {}, false).form->type->id,
            "container_registry");
}

TEST(YamlForm, CredentialsWithoutATypeAreAskedForIt) {
  EXPECT_THAT(
      problems_of("name: a\ntype: npm\ntarget: https://n.example.com\ncredentials:\n  username: u\n"),
      ElementsAre(testing::AllOf(HasSubstr("x.yaml:4:1: credentials.type"), HasSubstr("external_azure_pipelines"))));
  EXPECT_THAT(problems_of("name: a\ntype: npm\ntarget: https://n.example.com\n"),
              ElementsAre(HasSubstr("The type npm needs credentials")));
  EXPECT_TRUE(
      read_form(builtin(), "name: a\ntype: git\ntarget: https://g.example.com/r\ncredentials: none\n", {}, false).form);
}

TEST(YamlForm, AnUnknownTypeComesWithASuggestion) {
  EXPECT_THAT(problems_of("name: a\ntype: kubernets\n"),
              ElementsAre(testing::AllOf(HasSubstr("x.yaml:2:7: type:"), HasSubstr("\"kubernetes\"?"))));
}

TEST(YamlForm, AnotherSchemaOnlyWarns) {
  const FormRead read =
      read_form(builtin(), "$schema: https://elsewhere.example.com/x\n" + std::string(kJenkins), {}, false);
  ASSERT_TRUE(read.form);
  EXPECT_THAT(read.form->warnings, ElementsAre(HasSubstr("$schema")));
  EXPECT_THAT(
      read_form(builtin(), "$schema: http://azureml/sdk-2-0/Connection.json\n" + std::string(kJenkins), {}, false)
          .form->warnings,
      IsEmpty());
}

TEST(YamlForm, NoMessageHasAValueInIt) {
  for (const char* text : {"name: a\ntype: jenkins\ntarget: canary\ncredentials: {type: username_password, username: "
                           "[canary], password: &canary canary}\n",
                           "name: a\ntype: jenkins\ncredentials: canary\n", "name: 'canary\n"}) {
    for (const std::string& problem : all_problems_of(text)) EXPECT_THAT(problem, Not(HasSubstr("canary"))) << text;
  }
}

// What is exported is read back as the same connection, for every type and scheme.
TEST(YamlForm, WhatIsWrittenIsReadBack) {
  for (const Type& type : builtin().types()) {
    for (const Scheme& scheme : type.schemes) {
      const Checked checked = validate(builtin(), type, scheme, test::good_values(type, scheme), Mode::kCreate);
      FormSource source{&type,           &scheme, "my: name",          "multi\nline # text",
                        {{"a b", "no"}}, {},      checked.target.text, true};
      source.name = "my name";
      for (const auto& [id, text] : checked.values.plain()) source.parameters.emplace(id, text);
      const std::string text = write_form(source);
      std::vector<Setting> settings;
      for (const auto& [id, secret] : checked.values.secrets()) {
        EXPECT_THAT(text, Not(HasSubstr(secret.reveal())));
        settings.push_back({scheme.find_parameter(id)->yaml_paths.front(), secret});
      }
      const FormRead read = read_form(builtin(), text, settings, false);
      ASSERT_TRUE(read.form) << text << read.problems.front().text("");
      EXPECT_EQ(read.form->description, source.description);
      EXPECT_EQ(read.form->tags, source.tags);
      EXPECT_EQ(read.form->allow_all_workspaces, true);
      // A registry outside Azure's is generic by its host.
      if (type.id == "container_registry") continue;
      EXPECT_EQ(read.form->type, &type) << text;
      EXPECT_EQ(read.form->scheme, &scheme) << text;
      const Checked again = validate(builtin(), *read.form->type, *read.form->scheme, read.form->given, Mode::kCreate);
      EXPECT_EQ(again.values.plain(), checked.values.plain()) << text;
      EXPECT_THAT(again.problems, IsEmpty()) << text;
    }
  }
}

}  // namespace
}  // namespace catalogue
