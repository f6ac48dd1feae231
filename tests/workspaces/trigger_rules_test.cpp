#include "workspaces/trigger_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace workspaces {
namespace {

using ::testing::HasSubstr;
using List = std::vector<std::string>;

struct WriteCase {
  const char* name;
  TriggerFields stored;
  TriggerPatch patch;
  TriggerFields expected;
};

class AcceptedWrite : public ::testing::TestWithParam<WriteCase> {};

TEST_P(AcceptedWrite, ReadsBackAsTheTableSays) {
  const auto result = apply(GetParam().stored, GetParam().patch);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, GetParam().expected);
}

const TriggerFields kPrefixes{true, {"p1"}, {}, ""};
const TriggerFields kPatterns{true, {}, {"g1"}, ""};

INSTANTIATE_TEST_SUITE_P(
    Rows, AcceptedWrite,
    ::testing::Values(
        WriteCase{"PatternsClearPrefixes", kPrefixes, {true, {}, List{"a", "b"}, {}}, {true, {}, {"a", "b"}, ""}},
        WriteCase{"PrefixesClearPatterns", kPatterns, {true, List{"p"}, {}, {}}, {true, {"p"}, {}, ""}},
        WriteCase{"PrefixesClearPatternsWhileOff", kPatterns, {false, List{"p"}, {}, {}}, {false, {"p"}, {}, ""}},
        WriteCase{"EmptyPrefixesClearBoth", kPatterns, {{}, List{}, {}, {}}, {true, {}, {}, ""}},
        WriteCase{"EmptyPatternsClearBothWhileOff", kPrefixes, {false, {}, List{}, {}}, {false, {}, {}, ""}},
        WriteCase{"EmptyPrefixesBesidePatterns", kPrefixes, {{}, List{}, List{"a"}, {}}, {true, {}, {"a"}, ""}},
        WriteCase{"EmptyPatternsBesidePrefixes", kPatterns, {{}, List{"p"}, List{}, {}}, {true, {"p"}, {}, ""}},
        WriteCase{"TagsClearPatterns", kPatterns, {false, {}, {}, "v.*"}, {false, {}, {}, "v.*"}},
        WriteCase{"TagsClearPrefixes", kPrefixes, {false, {}, {}, "v.*"}, {false, {}, {}, "v.*"}},
        WriteCase{"TagsBesideEmptyLists", kPrefixes, {false, List{}, List{}, "v"}, {false, {}, {}, "v"}},
        WriteCase{"TagsCleared", {false, {}, {}, "v"}, {{}, {}, {}, ""}, {false, {}, {}, ""}},
        WriteCase{"NothingChanges", kPatterns, {}, kPatterns},
        WriteCase{"SwitchingOffKeepsPrefixes", kPrefixes, {false, {}, {}, {}}, {false, {"p1"}, {}, ""}},
        WriteCase{"SpellingIsKept",
                  {},
                  {true, {}, List{"pattern-x/**/*", "**/pattern-y/*", "pattern-z", "/prefix-1/"}, {}},
                  {true, {}, {"pattern-x/**/*", "**/pattern-y/*", "pattern-z", "/prefix-1/"}, ""}}),
    [](const auto& row) { return row.param.name; });

struct RefusedCase {
  const char* name;
  TriggerFields stored;
  TriggerPatch patch;
  const char* text;
};

class RefusedWrite : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedWrite, NamesWhatCannotStandTogether) {
  const auto result = apply(GetParam().stored, GetParam().patch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kInvalid);
  EXPECT_THAT(result.error().message, HasSubstr(GetParam().text));
  EXPECT_THAT(result.error().pointer, HasSubstr("/data/attributes/"));
}

const char* const kPatternsOff = "'trigger_patterns' cannot be populated when 'file_triggers_enabled' is set to false.";

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedWrite,
    ::testing::Values(
        RefusedCase{"PatternsWhileOff", {}, {false, {}, List{"a"}, {}}, kPatternsOff},
        RefusedCase{"PatternsWhileStoredOff", {false, {}, {}, ""}, {{}, {}, List{"a"}, {}}, kPatternsOff},
        RefusedCase{"SwitchingOffUnderPatterns", kPatterns, {false, {}, {}, {}}, kPatternsOff},
        RefusedCase{"BothLists", {}, {{}, List{"p"}, List{"a"}, {}}, "at the same time"},
        RefusedCase{"TagsWithFileTriggers", {}, {true, {}, {}, "v"}, "'tags_regex' cannot be populated when"},
        RefusedCase{"TagsWithStoredFileTriggers", {}, {{}, {}, {}, "v"}, "'tags_regex' cannot be populated when"},
        RefusedCase{"TagsWithPrefixes", {}, {false, List{"p"}, {}, "v"}, "'tags_regex' cannot be populated together"},
        RefusedCase{"TagsWithPatterns", {}, {false, {}, List{"a"}, "v"}, "'tags_regex' cannot be populated together"},
        RefusedCase{"TagsNotAnExpression", {}, {false, {}, {}, "v("}, "not a valid expression"},
        RefusedCase{"ControlCharacter", {}, {{}, {}, List{"a\nb"}, {}}, "cannot be used"},
        RefusedCase{"EmptyEntry", {}, {{}, List{""}, {}, {}}, "cannot be used"}),
    [](const auto& row) { return row.param.name; });

TEST(Tags, AreMatchedAnywhereUnlessAnchored) {
  EXPECT_TRUE(tag_matches(R"(^\d+.\d+.\d+$)", "1.2.3"));
  EXPECT_FALSE(tag_matches(R"(^\d+.\d+.\d+$)", "v1.2.3"));
  EXPECT_TRUE(tag_matches(R"(\d+.\d+.\d+$)", "v1.2.3"));
  EXPECT_TRUE(tag_matches(R"(^\d+.\d+.\d+)", "1.2.3-rc1"));
  EXPECT_FALSE(tag_matches("(", "("));
}

TEST(Surprises, AreNamedWithTheSpellingThatWasMeant) {
  EXPECT_THAT(surprise_of_pattern("/dir/**").value_or(""), HasSubstr("'/dir/**/*'"));
  EXPECT_THAT(surprise_of_pattern("/**").value_or(""), HasSubstr("'/**/*'"));
  EXPECT_THAT(surprise_of_pattern("dir/").value_or(""), HasSubstr("'dir/**/*'"));
  EXPECT_THAT(surprise_of_pattern("modules").value_or(""), HasSubstr("'modules/**/*'"));
  EXPECT_THAT(surprise_of_pattern("!a/*").value_or(""), HasSubstr("no negation"));
  EXPECT_THAT(surprise_of_pattern("a/[bc]/*").value_or(""), HasSubstr("as they stand"));
  EXPECT_EQ(surprise_of_pattern("/**/*.tf"), std::nullopt);
  EXPECT_EQ(surprise_of_pattern("main.tf"), std::nullopt);
  EXPECT_THAT(surprise_of_prefix("modules/a.tf").value_or(""), HasSubstr("looks like a file"));
  EXPECT_THAT(surprise_of_prefix("modules/*").value_or(""), HasSubstr("trigger-patterns"));
  EXPECT_EQ(surprise_of_prefix("/modules/"), std::nullopt);
}

}  // namespace
}  // namespace workspaces
