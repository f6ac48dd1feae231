#include "workspaces/preview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace workspaces {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Workspace workspace(TriggerFields triggers, std::string directory = {}) {
  Workspace out;
  out.triggers = std::move(triggers);
  out.working_directory = std::move(directory);
  out.vcs = VcsConnection();
  return out;
}

PushedCommit commit(const std::string& sha, std::vector<std::string> paths) {
  PushedCommit out;
  out.sha = sha;
  out.subject = "change " + sha;
  out.paths = std::move(paths);
  return out;
}

RepositoryPicture picture() {
  RepositoryPicture out;
  out.branch = out.default_branch = "main";
  out.commits = {commit("c", {"README.md"}), commit("b", {"prod/app.tf"}), commit("a", {"modules/net/a.tf", "prod/x"})};
  out.files = {"README.md", "modules/net/a.tf", "prod/app.tf"};
  out.files_known = true;
  out.tags = {"v1.0.0", "v1.1.0", "nightly"};
  out.tags_known = true;
  return out;
}

std::vector<std::string> running(const Preview& preview) {
  std::vector<std::string> out;
  for (const auto& push : preview.pushes) {
    if (push.decision.runs()) out.push_back(push.tag.empty() ? push.commit.sha : push.tag);
  }
  return out;
}

std::vector<std::string> codes(const Preview& preview) {
  std::vector<std::string> out;
  for (const auto& warning : preview.warnings) out.push_back(warning.code);
  return out;
}

TEST(TriggerPreview, WithoutRulesEveryCommitRuns) {
  const auto found = preview(workspace({}), picture());
  EXPECT_THAT(running(found), ElementsAre("c", "b", "a"));
  EXPECT_THAT(found.warnings, IsEmpty());
}

TEST(TriggerPreview, SaysWhichRuleAndWhichPath) {
  const auto found = preview(workspace({.prefixes = {"modules"}}, "prod"), picture());
  EXPECT_THAT(running(found), ElementsAre("b", "a"));
  EXPECT_EQ(found.pushes[0].decision.rule_name, "push-irrelevant");
  EXPECT_EQ(found.pushes[1].rule, "working directory 'prod'");
  EXPECT_EQ(found.pushes[1].path, "prod/app.tf");
  EXPECT_EQ(found.pushes[2].rule, "prefix 'modules'");
}

TEST(TriggerPreview, AnUnknownListOfChangesCountsAsEverything) {
  auto known = picture();
  known.commits[0].paths_unknown = "more than 10000 files changed";
  const auto found = preview(workspace({.patterns = {"/prod/*.tf"}}), known);
  EXPECT_THAT(running(found), ElementsAre("c", "b"));
  EXPECT_THAT(found.pushes[0].decision.reason, HasSubstr("more than 10000 files"));
}

TEST(TriggerPreview, TagsInsteadOfCommits) {
  const auto found = preview(workspace({.file_triggers_enabled = false, .tags_regex = "^v\\d"}), picture());
  EXPECT_THAT(running(found), ElementsAre("v1.1.0", "v1.0.0"));
  EXPECT_EQ(found.pushes.size(), 3U);
  EXPECT_THAT(found.warnings, IsEmpty());
}

struct WarningCase {
  const char* name;
  TriggerFields triggers;
  const char* directory;
  std::vector<std::string> codes;
};
class SurprisingRule : public ::testing::TestWithParam<WarningCase> {};

TEST_P(SurprisingRule, IsWarnedOf) {
  const auto found = preview(workspace(GetParam().triggers, GetParam().directory), picture());
  EXPECT_EQ(codes(found), GetParam().codes);
}

INSTANTIATE_TEST_SUITE_P(
    Table, SurprisingRule,
    ::testing::Values(
        WarningCase{"PatternOfNoFile", {.patterns = {"net/**/*.tf"}}, "", {"matches-nothing"}},
        WarningCase{"PatternOfEveryFile", {.patterns = {"**/*"}}, "", {"matches-everything"}},
        WarningCase{"PatternOfADirectory", {.patterns = {"prod/"}}, "", {"surprising-pattern"}},
        WarningCase{"PrefixOfNoFile", {.prefixes = {"network"}}, "", {"matches-nothing"}},
        WarningCase{"PrefixOutside", {.prefixes = {"../other"}}, "", {"outside-repository"}},
        WarningCase{"PrefixWithStar", {.prefixes = {"mod*"}}, "", {"surprising-prefix"}},
        WarningCase{"DirectoryThatIsNot", {}, "staging", {"no-such-directory"}},
        WarningCase{"PatternsBesideTheDirectory", {.patterns = {"modules/**/*"}}, "prod", {"directory-not-covered"}},
        WarningCase{
            "TagsThatAreNot", {.file_triggers_enabled = false, .tags_regex = "^release-"}, "", {"matches-nothing"}},
        WarningCase{"EveryTag", {.file_triggers_enabled = false, .tags_regex = "."}, "", {"matches-everything"}},
        WarningCase{"PatternWithLeadingSlash", {.patterns = {"/prod/**/*"}}, "prod", {}}),
    [](const auto& one) { return one.param.name; });

TEST(TriggerPreview, NothingIsComparedWithFilesThatAreNotKnown) {
  auto unknown = picture();
  unknown.files.clear();
  unknown.files_known = false;
  EXPECT_THAT(preview(workspace({.patterns = {"net/**/*.tf"}}, "staging"), unknown).warnings, IsEmpty());
}

}  // namespace
}  // namespace workspaces
