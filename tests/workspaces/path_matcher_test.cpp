#include "workspaces/path_matcher.h"

#include <gtest/gtest.h>

#include <chrono>

#include "workspaces/segment_set.h"

namespace workspaces {
namespace {

struct Vector {
  const char* name;
  FileFilter filter;
  std::vector<std::string> matches;
  std::vector<std::string> others;
};

FileFilter pattern(std::string text) { return {true, "", {}, {std::move(text)}}; }
FileFilter prefix(std::string text) { return {true, "", {std::move(text)}, {}}; }

class MatchingVector : public ::testing::TestWithParam<Vector> {};

TEST_P(MatchingVector, MatchesExactlyThese) {
  for (const auto& path : GetParam().matches) EXPECT_TRUE(matching_rule(GetParam().filter, path)) << path;
  for (const auto& path : GetParam().others) EXPECT_FALSE(matching_rule(GetParam().filter, path)) << path;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, MatchingVector,
    ::testing::Values(
        Vector{"Everything", pattern("/**/*"), {"main.tf", "a/b/c.tf", ".github/x.yml"}, {}},
        Vector{"Module", pattern("/module/**/*"), {"module/a/b.tf", "module/x.tf"}, {"modules/x.tf", "a/module/x.tf"}},
        Vector{"LastDirectory",
               pattern("/**/networking/*"),
               {"networking/a.tf", "x/y/networking/.tflint"},
               {"networking/sub/a.tf", "networking"}},
        Vector{"AnyDepthBelow",
               pattern("/**/networking/**/*"),
               {"networking/a.tf", "x/networking/y/z.tf"},
               {"networking-old/a.tf"}},
        Vector{"Extension", pattern("/**/*.tf"), {"main.tf", "a/.hidden/b.tf"}, {"a/b.tf.json", "a/b.TF"}},
        Vector{"ThreeCharacters",
               pattern("/submodule/*.???"),
               {"submodule/a.txt", "submodule/.a.yml"},
               {"submodule/a.tf", "submodule/a.json", "submodule/x/a.txt"}},
        Vector{"DirectChildren", pattern("/base/*"), {"base/a.tf"}, {"base/sub/a.tf"}},
        Vector{"PlainName", pattern("pattern-z"), {"pattern-z"}, {"pattern-z/a.tf", "x/pattern-z"}},
        Vector{"StarsInsideASegment", pattern("a**b/*"), {"axxb/f", "ab/f"}, {"a/x/b/f"}},
        Vector{"TrailingStars", pattern("/dir/**"), {"dir/a"}, {"dir/a/b"}},
        Vector{"NoLeadingSlash", pattern("**/pattern-y/*"), {"pattern-y/a", "x/pattern-y/a"}, {"pattern-y"}},
        Vector{"QuestionTakesOneCharacter", pattern("?.tf"), {"a.tf", "\xC3\xA9.tf"}, {"ab.tf", ".tf"}},
        Vector{"BracketsAreText", pattern("[ab].tf"), {"[ab].tf"}, {"a.tf"}},
        Vector{"ManyStars", pattern("/*a*a*a*/**/**/x"), {"aaa/x", "baaab/q/r/x"}, {"aa/x", "aaa/y"}},
        Vector{"Prefix", prefix("modules"), {"modules/a.tf", "modules/x/y.tf"}, {"modules-old/a.tf", "x/modules/a.tf"}},
        Vector{"PrefixWithSlash", prefix("/modules"), {"modules/a.tf"}, {"modules-old/a.tf", "modules"}},
        Vector{"PrefixBetweenSlashes", prefix("/modules/"), {"modules/x/y.tf"}, {"x/modules/a.tf"}},
        Vector{"PrefixThatIsAFile", prefix("modules/a.tf"), {}, {"modules/a.tf"}},
        Vector{"WorkingDirectory", {true, "prod", {}, {}}, {"prod/a.tf", "prod/x/y"}, {"staging/a.tf", "prod"}},
        Vector{"WorkingDirectoryAndPrefixes",
               {true, "prod", {"modules"}, {}},
               {"prod/a.tf", "modules/x/a.tf"},
               {"staging/a.tf"}},
        Vector{"PatternsLeaveOutTheWorkingDirectory",
               {true, "prod", {}, {"/modules/**/*"}},
               {"modules/a.tf"},
               {"prod/a.tf"}}),
    [](const auto& row) { return row.param.name; });

TEST(PathMatcher, KnowsFiltersThatTakeEverything) {
  EXPECT_TRUE((FileFilter{false, "prod", {"a"}, {}}.takes_everything()));
  EXPECT_TRUE((FileFilter{true, "", {}, {}}.takes_everything()));
  EXPECT_FALSE((FileFilter{true, "prod", {}, {}}.takes_everything()));
}

TEST(PathMatcher, NamesTheFirstPathAndTheRule) {
  const std::vector<FileFilter> filters = {
      {true, "x", {}, {}}, {true, "", {}, {"/a/*.tf", "/b/*"}}, {true, "b", {}, {}}};
  const std::vector<std::string> paths = {"q", "b/1", "a/1.tf"};
  const auto hits = PathMatcher(filters).match(paths);
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].filter, 1U);
  EXPECT_EQ(hits[0].path, 1U);
  EXPECT_EQ(hits[0].rule, "pattern '/b/*'");
  EXPECT_EQ(hits[1].filter, 2U);
  EXPECT_EQ(hits[1].rule, "working directory 'b'");
}

TEST(SegmentSet, AgreesWithAskingEachGlob) {
  const std::vector<std::string> globs = {"*", "a*", "*a", "a*b", "?", "??", "*.tf", "a?c", "*x*", "abc*", "?b*"};
  const std::vector<std::string> names = {"a", "ab", "abc", "b.tf", "axb", "x", "\xE2\x82\xAC", "abcabc", ".tf"};
  SegmentSet set;
  for (const auto& glob : globs) set.add(glob);
  for (const auto& name : names) {
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < globs.size(); ++i) {
      if (segment_matches(globs[i], name)) expected.push_back(i);
    }
    EXPECT_EQ(set.match(name), expected) << name;
  }
}

std::vector<FileFilter> many_workspaces(std::size_t count) {
  std::vector<FileFilter> filters;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    switch (i % 4) {
      case 0: filters.push_back({true, "teams/t" + number, {}, {}}); break;
      case 1: filters.push_back({true, "", {"modules/m" + number, "shared/s" + number}, {}}); break;
      case 2: filters.push_back({true, "", {}, {"/apps/a" + number + "/**/*.tf"}}); break;
      default: filters.push_back({true, "", {}, {"/**/w" + number + "-*/**/*", "/env-" + number + "-?/*.tf"}}); break;
    }
  }
  return filters;
}

std::vector<std::string> many_paths(std::size_t count) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < count; ++i) {
    paths.push_back("src/part" + std::to_string(i % 37) + "/deep/down/file" + std::to_string(i) + ".tf");
  }
  return paths;
}

// What it costs is measured by script/bench.
TEST(PathMatcher, ManyWorkspacesThatNoPathConcernsAreNotFound) {
  EXPECT_TRUE(PathMatcher(many_workspaces(10'000)).match(many_paths(1'000)).empty());
}

TEST(PathMatcher, TakesLinearTimeForPatternsMadeToBacktrack) {
  std::string pattern_text, path;
  for (int i = 0; i < 60; ++i) {
    pattern_text += "/**/*a*a*a*b";
    path += (i == 0 ? "" : "/") + std::string(60, 'a');
  }
  const std::vector<FileFilter> filters = {pattern(pattern_text)};
  const std::vector<std::string> paths = {path};
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(PathMatcher(filters).match(paths).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

}  // namespace
}  // namespace workspaces
