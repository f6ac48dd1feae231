#include "storage/value.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace storage {
namespace {

TEST(Row, GivesEachKind) {
  const Row row({std::int64_t{7}, std::string("text"), Blob{std::string("\0\1", 2)}, nullptr, std::string("42")});
  EXPECT_EQ(row.size(), 5U);
  EXPECT_EQ(row.integer(0), 7);
  EXPECT_TRUE(row.boolean(0));
  EXPECT_EQ(row.time(0), base::from_millis(7));
  EXPECT_EQ(row.text(1), "text");
  EXPECT_EQ(row.blob(2), std::string("\0\1", 2));
  EXPECT_EQ(row.integer(4), 42);
}

TEST(Row, NullIsTheEmptyValueOfEachKindAndCanBeTold) {
  const Row row({nullptr});
  EXPECT_TRUE(row.is_null(0));
  EXPECT_EQ(row.integer(0), 0);
  EXPECT_EQ(row.text(0), "");
  EXPECT_EQ(row.blob(0), "");
  EXPECT_EQ(row.optional_text(0), std::nullopt);
  EXPECT_EQ(row.optional_integer(0), std::nullopt);
  EXPECT_EQ(row.optional_time(0), std::nullopt);
}

TEST(Row, AskingForAnotherKindIsABug) {
  const Row row({std::int64_t{7}, std::string("text"), Blob{"x"}});
  EXPECT_THROW(row.text(0), std::logic_error);
  EXPECT_THROW(row.integer(1), std::logic_error);
  EXPECT_THROW(row.blob(1), std::logic_error);
  EXPECT_THROW(row.text(2), std::logic_error);
  EXPECT_THROW(row.text(3), std::out_of_range);
}

TEST(Value, AnEmptyOptionalIsNull) {
  EXPECT_TRUE(std::holds_alternative<std::nullptr_t>(Value(std::optional<std::string>()).get()));
  EXPECT_EQ(std::get<std::string>(Value(std::optional<std::string>("x")).get()), "x");
  EXPECT_EQ(std::get<std::int64_t>(Value(true).get()), 1);
}

}  // namespace
}  // namespace storage
