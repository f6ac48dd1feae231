#include "storage/postgres_service.h"

#include <gmock/gmock.h>

namespace storage {
namespace {

TEST(PostgresService, HasWhatTheAddressHas) {
  const auto text = postgres_service(
      base::Secret("postgres://ada:p%40ss%2Fword@db.example.com:5433/runs?sslmode=verify-full"), "runbridge");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(text->reveal(), testing::StartsWith("[runbridge]\n"));
  for (const char* line : {"\nhost=db.example.com\n", "\nport=5433\n", "\ndbname=runs\n", "\nuser=ada\n",
                           "\npassword=p@ss/word\n", "\nsslmode=verify-full\n"}) {
    EXPECT_THAT(text->reveal(), testing::HasSubstr(line));
  }
}

TEST(PostgresService, ALineBreakIsNoWayIntoTheFile) {
  const auto text = postgres_service(base::Secret("postgres://ada:x%0Ahost%3Devil@db.example.com/runs"), "runbridge");
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message, testing::HasSubstr("password"));
  EXPECT_FALSE(postgres_service(base::Secret("mysql://db.example.com"), "runbridge"));
}

}  // namespace
}  // namespace storage
