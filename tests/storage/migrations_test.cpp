#include "storage/migrations.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/database_test.h"

namespace storage {
namespace {

constexpr Migration kOne[] = {{1, "one", "CREATE TABLE a (id BIGINT, b BLOB_TYPE); CREATE INDEX a_id ON a (id);"}};
constexpr Migration kTwo[] = {kOne[0], {2, "two", "ALTER TABLE a ADD COLUMN c TEXT"}};
constexpr Migration kEdited[] = {{1, "one", "CREATE TABLE a (id BIGINT)"}};
constexpr Migration kBroken[] = {kOne[0], {2, "broken", "CREATE TABLE half (id BIGINT); CREATE TABLE a (id BIGINT)"}};
constexpr Migration kGap[] = {kOne[0], {3, "three", "CREATE TABLE x (id BIGINT)"}};
constexpr Migration kOther[] = {{1, "other", "CREATE TABLE other (id BIGINT)"}};

class MigrationsTest : public support::DatabaseTest {
 protected:
  bool works(const std::string& sql) {
    return database().write([&](Transaction& transaction) { return transaction.execute(sql); }).has_value();
  }
};

TEST_P(MigrationsTest, AppliesEachStepOnce) {
  ASSERT_TRUE(migrate(database(), {{"a", kOne}}));
  ASSERT_TRUE(migrate(database(), {{"a", kOne}}));
  ASSERT_TRUE(migrate(database(), {{"a", kTwo}, {"other", kOther}}));
  EXPECT_TRUE(works("INSERT INTO a (id, c) VALUES (1, 'x')"));
  EXPECT_TRUE(works("INSERT INTO other (id) VALUES (1)"));
}

TEST_P(MigrationsTest, T_D04_ANewerDatabaseIsRefused) {
  ASSERT_TRUE(migrate(database(), {{"a", kTwo}, {"other", kOther}}));
  const auto older = migrate(database(), {{"a", kOne}, {"other", kOther}});
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, base::Code::kConflict);
  EXPECT_NE(older.error().message.find("step 2 (two) of a"), std::string::npos) << older.error().message;
  EXPECT_FALSE(migrate(database(), {{"a", kTwo}}));
}

TEST_P(MigrationsTest, T_D04_AShippedStepThatChangedIsRefused) {
  ASSERT_TRUE(migrate(database(), {{"a", kOne}}));
  const auto status = migrate(database(), {{"a", kEdited}});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kConflict);
}

TEST_P(MigrationsTest, T_D04_AStepThatFailsLeavesNothingOfItself) {
  const auto status = migrate(database(), {{"a", kBroken}});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("step 2 (broken) of a"), std::string::npos) << status.error().message;
  EXPECT_FALSE(works("INSERT INTO half (id) VALUES (1)"));
  EXPECT_TRUE(works("INSERT INTO a (id) VALUES (1)"));
  EXPECT_TRUE(migrate(database(), {{"a", kTwo}}));
}

TEST_P(MigrationsTest, NumbersWithAGapAreABug) {
  EXPECT_EQ(migrate(database(), {{"a", kGap}}).error().code, base::Code::kInternal);
}

TEST_P(MigrationsTest, T_D04_TwoAtOnceApplyEachStepOnce) {
  std::vector<std::unique_ptr<Database>> nodes;
  if (GetParam() == support::Backend::kPostgres) {
    for (int i = 0; i < 4; ++i) nodes.push_back(std::move(*open(base::Secret(test_database().url()), "/")));
  }
  std::atomic<int> worked = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const auto status = migrate(nodes.empty() ? database() : *nodes[i], {{"a", kTwo}, {"other", kOther}});
        EXPECT_TRUE(status) << status.error().message << status.error().detail;
        if (status) ++worked;
      });
    }
  }
  EXPECT_EQ(worked, 4);
}

INSTANTIATE_ON_BOTH_DATABASES(MigrationsTest);

}  // namespace
}  // namespace storage
