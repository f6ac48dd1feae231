#include "catalogue/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace catalogue {
namespace {

const Catalogue& builtin() { return *Catalogue::builtin(); }

TEST(Catalogue, ItsOwnFileHasNoProblem) {
  for (const LoadProblem& problem : builtin().problems()) ADD_FAILURE() << problem.message();
}

TEST(Catalogue, ItHasEveryTypeSchemeAndParameter) {
  std::size_t types = 0;
  std::size_t schemes = 0;
  for (const Type& type : builtin().types()) {
    types += 1;
    schemes += type.schemes.size();
  }
  EXPECT_EQ(types, 31U + 4U);
  EXPECT_EQ(schemes, 60U + 3U);
}

TEST(Catalogue, ATypeIsFoundByAnyOfItsNamesWithoutCaseAndUnderscores) {
  const std::pair<const char*, const char*> names[] = {
      {"azure_rm", "azure_rm"},
      {"AzureRM", "azure_rm"},
      {"azureresourcemanager", "azure_rm"},
      {"K8S", "kubernetes"},
      {"externaltfs", "tfs_azure_pipelines"},
      {"git", "git"},
      {"generic_git", "external_git"},
      {"S3", "s3"},
      {"azuredevops_serviceendpoint_npm", "npm"},
  };
  for (const auto& [name, id] : names) {
    const Type* type = builtin().find_type(name);
    ASSERT_NE(type, nullptr) << name;
    EXPECT_EQ(type->id, id) << name;
  }
  EXPECT_EQ(builtin().find_type("nothing"), nullptr);
  EXPECT_EQ(builtin().find_type(""), nullptr);
}

TEST(Catalogue, ASchemeIsFoundByIdByYamlNameAndByAzureDevOpsName) {
  const Type* docker = builtin().find_type("docker_registry");
  ASSERT_NE(docker, nullptr);
  EXPECT_EQ(docker->find_scheme("username_password")->id, "others");
  EXPECT_EQ(docker->find_scheme("DockerHub")->id, "docker_hub");
  EXPECT_EQ(docker->find_scheme("none"), nullptr);
  const Type* git = builtin().find_type("git");
  EXPECT_EQ(git->find_scheme("")->id, "none");
  EXPECT_EQ(git->find_scheme("None")->id, "none");
  EXPECT_EQ(git->find_scheme("PAT")->id, "pat");
  EXPECT_EQ(builtin().find_type("github")->find_scheme("PersonalAccessToken")->id, "personal_access_token");
}

TEST(Catalogue, EveryNameOfASchemeInYamlLeadsToIt) {
  for (const Type& type : builtin().types()) {
    for (const Scheme& scheme : type.schemes) {
      EXPECT_EQ(type.find_scheme(scheme.id), &scheme) << type.id << " " << scheme.id;
      for (const std::string& name : scheme.yaml_types) {
        EXPECT_NE(type.find_scheme(name), nullptr) << type.id << " " << name;
      }
    }
  }
}

TEST(Catalogue, StepsKeepTheirWholeJson) {
  const Scheme* scheme = builtin().find_type("jenkins")->find_scheme("username_password");
  ASSERT_FALSE(scheme->verify.steps.empty());
  const auto json = scheme->verify.steps[0].json();
  EXPECT_EQ(json.at("id"), scheme->verify.steps[0].id);
  EXPECT_EQ(json.at("do"), scheme->verify.steps[0].action);
}

TEST(Catalogue, StatusesHaveErrorClasses) {
  EXPECT_EQ(builtin().error_class_of_status(401), "unauthorized");
  EXPECT_EQ(builtin().error_class_of_status(503), "server_error");
  EXPECT_EQ(builtin().error_class_of_status(200), "");
  ASSERT_NE(builtin().find_error_class("dns"), nullptr);
  EXPECT_EQ(builtin().find_error_class("dns")->result, "failed");
}

TEST(Catalogue, FieldsThatOnlyASignInFillsAreNotChoices) {
  const Parameter* token = builtin().find_type("github")->find_scheme("oauth")->find_parameter("access_token");
  ASSERT_NE(token, nullptr);
  EXPECT_TRUE(token->filled_by_flow);
  EXPECT_TRUE(token->secret);
}

}  // namespace
}  // namespace catalogue
