#include "jsonapi/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace jsonapi {
namespace {

using testing::HasSubstr;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Parse, T_J01_SixtyFourLevelsAreAcceptedAndOneMoreIsTooDeep) {
  EXPECT_TRUE(parse(nested(64)));
  const auto deeper = parse(nested(65));
  ASSERT_FALSE(deeper);
  EXPECT_EQ(deeper.error().code, base::Code::kMalformed);
  EXPECT_THAT(deeper.error().message, HasSubstr("too deep"));
}

TEST(Parse, T_J01_OpenBracketsWithoutEndAreTooDeepNotACrash) {
  const auto result = parse(std::string(1'000'000, '['));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("too deep"));
}

TEST(Parse, T_J01_ATextBeyondTheLimitIsTooLarge) {
  const auto result = parse("[" + std::string(25U << 20U, ' ') + "]");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kTooLarge);
}

TEST(Parse, T_J01_ManySiblingsAreNotDeep) {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += "[[]],";
  EXPECT_TRUE(parse(text + "1]"));
}

TEST(Parse, T_J02_DuplicateMembersAreRefusedWithTheirPlace) {
  for (const char* text : {R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})"}) {
    const auto result = parse(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, base::Code::kMalformed);
    EXPECT_THAT(result.error().message, HasSubstr("duplicate member \"a\""));
  }
  EXPECT_THAT(parse(R"({"x":[{},{"b":1,"b":1}]})").error().message, HasSubstr("\"/x/1\""));
  EXPECT_TRUE(parse(R"([{"a":1},{"a":2}])"));
}

TEST(Parse, T_J03_ANumberThatOverflowsIsInvalidWithItsPointer) {
  const auto result = parse(R"({"data":{"attributes":{"a~/b":[0,1e400]}}})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kInvalid);
  EXPECT_EQ(result.error().pointer, "/data/attributes/a~0~1b/1");
}

TEST(Parse, RefusesWhatIsNotJson) {
  for (const char* text : {"", " ", "{", "nul", "NaN", "{\"a\":NaN}", "[1,]", "{} x", "{'a':1}", "[01]", "\"\\ud800\"",
                           "\"\x01\"", "\"\xC3\x28\"", "// c\n{}"}) {
    const auto result = parse(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, base::Code::kMalformed) << text;
  }
}

TEST(Parse, ErrorsNeverRepeatTheText) {
  const auto result = parse(R"({"token":"hunter2" "x"})");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message + result.error().detail, testing::Not(HasSubstr("hunter2")));
}

TEST(Parse, KeepsEveryKindOfValue) {
  const auto result = parse(R"({"a":[1,-2,1.5,true,null,"x\u00e9\ud83d\ude00",{}],"b":18446744073709551615})");
  ASSERT_TRUE(result);
  EXPECT_EQ(dump(*result), "{\"a\":[1,-2,1.5,true,null,\"x\xC3\xA9\xF0\x9F\x98\x80\",{}],\"b\":18446744073709551615}");
}

TEST(Dump, ReplacesIllFormedBytesAndStaysOnOneLine) { EXPECT_EQ(dump(Json("a\xFF\nb")), "\"a\xEF\xBF\xBD\\nb\""); }

TEST(Find, FollowsDotsAndNeverConverts) {
  const Json json = {{"a", {{"b", "text"}, {"n", 7}, {"t", true}, {"l", {1, 2}}}}, {"big", 18446744073709551615U}};
  EXPECT_EQ(get_text(json, "a.b"), "text");
  EXPECT_EQ(get_text(json, "a.n", "fallback"), "fallback");
  EXPECT_EQ(get_text(json, "a.b.c", "none"), "none");
  EXPECT_EQ(get_integer(json, "a.n"), 7);
  EXPECT_EQ(get_integer(json, "big", -1), -1);
  EXPECT_TRUE(get_boolean(json, "a.t"));
  EXPECT_FALSE(get_boolean(json, "a.n"));
  EXPECT_EQ(get_array(json, "a.l").size(), 2U);
  EXPECT_TRUE(get_array(json, "a.b").empty());
  EXPECT_EQ(find(json, "missing"), nullptr);
  EXPECT_EQ(get_integer(json, "a.l.1"), 2);
  for (const char* none : {"a.l.2", "a.l.-1", "a.l.x", "a.l.", "a.l.0.0"}) EXPECT_EQ(find(json, none), nullptr) << none;
}

}  // namespace
}  // namespace jsonapi
