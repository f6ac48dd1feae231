#include "logging/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include "jsonapi/json.h"

namespace logging {
namespace {

using testing::HasSubstr;
using testing::Not;

struct WidgetTag {
  static constexpr std::string_view kPrefix = "wg";
};

jsonapi::Json parsed(const std::string& line) {
  auto json = jsonapi::parse(line);
  EXPECT_TRUE(json) << line;
  return *std::move(json);
}

// The lines written while `body` runs.
template <class Body>
std::vector<std::string> lines_of(Body body) {
  std::vector<std::string> lines;
  const Capture capture([&](std::string_view line) { lines.emplace_back(line); });
  body();
  return lines;
}

static_assert(!std::is_constructible_v<Field, std::string_view, base::Secret>, "a secret must not reach the log");

TEST(Log, WritesOneObjectWithEveryKindOfField) {
  const auto lines = lines_of([] {
    info("delivery stored", {{"id", base::Id<WidgetTag>("wg-1")},
                             {"bytes", std::size_t{7}},
                             {"ok", true},
                             {"ms", 1.5},
                             {"text", "a"},
                             {"when", base::from_millis(0)}});
  });
  ASSERT_EQ(lines.size(), 1U);
  const auto json = parsed(lines[0]);
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["message"], "delivery stored");
  EXPECT_EQ(json["id"], "wg-1");
  EXPECT_EQ(json["bytes"], 7);
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["ms"], 1.5);
  EXPECT_EQ(json["when"], "1970-01-01T00:00:00.000Z");
  EXPECT_TRUE(base::parse_time(json["time"].get<std::string>()));
}

TEST(Log, T_C08_NewlinesAnsiCodesAndBadBytesCannotForgeALine) {
  const std::string evil = "a\n{\"level\":\"error\"}\r\x1b[31m\x7f\xC2\x9B\xFF\"\\\0z";
  const std::string line = format(base::from_millis(0), Level::kInfo, evil, {{"field", evil}});
  for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20U);
  EXPECT_THAT(line, Not(HasSubstr("\xC2\x9B")));
  EXPECT_EQ(parsed(line)["field"], parsed(line)["message"]);
}

TEST(Log, T_C08_AMegabyteFieldIsCut) {
  const std::string huge(1U << 20U, 'x');
  const std::string line = format(base::from_millis(0), Level::kInfo, huge, {{"a", huge}, {"b", huge}});
  EXPECT_LT(line.size(), 13'000U);
  parsed(line);
}

TEST(Log, T_C08_ManyLongFieldsAreCutToOneBoundedLine) {
  const std::string huge(10'000, '\x01');
  const std::string line = format(base::from_millis(0), Level::kInfo, "m",
                                  {{"a", huge}, {"b", huge}, {"c", huge}, {"d", huge}, {"e", huge}, {"f", huge}});
  EXPECT_LT(line.size(), 64U << 10U);
  EXPECT_EQ(parsed(line)["cut"], true);
}

TEST(Log, T_X07_TokensAndUrlPasswordsAreMasked) {
  EXPECT_EQ(masked("Bearer rbu_1234567890abcdefgh, ok"), "Bearer rbu_***, ok");
  EXPECT_EQ(masked("ghp_abcdefghijklmnopqrstuv"), "ghp_***");
  EXPECT_EQ(masked("https://user:hunter2@host/p?q=a@b"), "https://***@host/p?q=a@b");
  EXPECT_EQ(masked("https://host/a@b and postgres://u:p@q@db/x"), "https://host/a@b and postgres://***@db/x");
  EXPECT_EQ(masked("rbu_short"), "rbu_short");
}

TEST(Log, T_X07_AnErrorsTextIsMaskedToo) {
  const base::Error error = base::upstream("refused", "rbo_1234567890abcdefgh");
  const std::string line = format(base::from_millis(0), Level::kError, "m", {{"error", error}});
  EXPECT_EQ(parsed(line)["error"], "upstream: refused [rbo_***]");
}

TEST(Log, LevelsBelowTheThresholdAreDropped) {
  set_level(Level::kWarning);
  const auto lines = lines_of([] {
    info("dropped");
    warning("kept");
  });
  set_level(Level::kInfo);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0], HasSubstr("kept"));
  EXPECT_EQ(level_from("error"), Level::kError);
  EXPECT_FALSE(level_from("verbose"));
}

TEST(Log, TheRequestIdBelongsToItsThreadAndScope) {
  const auto lines = lines_of([] {
    const RequestScope scope("outer");
    {
      const RequestScope inner("inner");
      info("one");
    }
    std::thread([] { info("two"); }).join();
    info("three");
  });
  EXPECT_EQ(parsed(lines.at(0))["request"], "inner");
  EXPECT_FALSE(parsed(lines.at(1)).contains("request"));
  EXPECT_EQ(parsed(lines.at(2))["request"], "outer");
}

}  // namespace
}  // namespace logging
