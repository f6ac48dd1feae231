#include "storage/database.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "tests/support/database_test.h"

namespace storage {
namespace {

using base::Code;

class DatabaseContract : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    const auto blob = database().dialect() == Dialect::kSqlite ? "BLOB" : "BYTEA";
    const auto made = database().write([&](Transaction& transaction) {
      return transaction.execute("CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT UNIQUE, bytes " +
                                 std::string(blob) +
                                 ", parent BIGINT REFERENCES things (id), flag SMALLINT, CHECK (id >= 0))");
    });
    ASSERT_TRUE(made) << made.error().detail;
  }

  base::Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> parameters = {}) {
    return database().write([&](Transaction& transaction) { return transaction.execute(sql, parameters); });
  }
  base::Result<Rows> query(std::string_view sql, std::initializer_list<Value> parameters = {}) {
    return database().read([&](Connection& connection) { return connection.query(sql, parameters); });
  }
  base::Result<std::int64_t> add(std::int64_t id, const std::string& name) {
    return execute("INSERT INTO things (id, name) VALUES ($1, $2)", {id, name});
  }
  std::int64_t count() { return query("SELECT COUNT(*) FROM things")->front().integer(0); }
};

TEST_P(DatabaseContract, EveryKindComesBackAsItWent) {
  const std::string bytes("\0\xff\n'\\x", 6);
  ASSERT_TRUE(execute("INSERT INTO things (id, name, bytes, flag) VALUES ($1, $2, $3, $4)",
                      {std::int64_t{1} << 62, "Grüße, 世界", Blob{bytes}, true}));
  const auto rows = query("SELECT id, name, bytes, parent, flag FROM things");
  ASSERT_TRUE(rows) << rows.error().detail;
  ASSERT_EQ(rows->size(), 1U);
  const auto& row = rows->front();
  EXPECT_EQ(row.integer(0), std::int64_t{1} << 62);
  EXPECT_EQ(row.text(1), "Grüße, 世界");
  EXPECT_EQ(row.blob(2), bytes);
  EXPECT_TRUE(row.is_null(3));
  EXPECT_TRUE(row.boolean(4));
}

TEST_P(DatabaseContract, AnEmptyBlobAndAnEmptyTextAreNotNull) {
  ASSERT_TRUE(execute("INSERT INTO things (id, name, bytes) VALUES (1, $1, $2)", {"", Blob{}}));
  const auto row = query("SELECT name, bytes FROM things")->front();
  EXPECT_FALSE(row.is_null(0));
  EXPECT_FALSE(row.is_null(1));
  EXPECT_EQ(row.blob(1), "");
}

TEST_P(DatabaseContract, ParametersGoByNumberInAnyOrderAndAgain) {
  ASSERT_TRUE(execute("INSERT INTO things (name, id, flag) VALUES ($2, $1, $1)", {1, "two"}));
  const auto rows = query("SELECT id FROM things WHERE name = $2 AND id = $1 AND flag = $1", {1, "two"});
  ASSERT_TRUE(rows) << rows.error().detail;
  EXPECT_EQ(rows->size(), 1U);
}

TEST_P(DatabaseContract, AMissingParameterIsAnErrorNotNull) {
  EXPECT_FALSE(execute("INSERT INTO things (id, name) VALUES ($1, $2)", {1}));
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseContract, NullParametersTakeTheTypeOfTheirPlace) {
  ASSERT_TRUE(execute("INSERT INTO things (id, name, bytes, parent) VALUES ($1, $2, $3, $4)",
                      {1, nullptr, std::optional<std::string>(), std::optional<std::int64_t>()}));
  ASSERT_TRUE(execute("UPDATE things SET name = $2 WHERE id = $1", {1, "x"}));
  ASSERT_TRUE(execute("UPDATE things SET name = $2 WHERE id = $1", {1, nullptr}));
  EXPECT_TRUE(query("SELECT name FROM things")->front().is_null(0));
}

TEST_P(DatabaseContract, T_D01_TextIsNeverPartOfTheStatement) {
  const std::string nasty[] = {"'; DROP TABLE things; --", "\"", "%", "_", "\\", "$1", "''", "/* */", "\xe2\x80\xa8"};
  std::int64_t id = 0;
  for (const auto& name : nasty) ASSERT_TRUE(add(++id, name)) << name;
  for (const auto& name : nasty) {
    EXPECT_EQ(query("SELECT id FROM things WHERE name = $1", {name})->size(), 1U) << name;
  }
}

TEST_P(DatabaseContract, T_D01_NulAndIllFormedTextAreRefusedAlike) {
  EXPECT_EQ(add(1, std::string("a\0b", 3)).error().code, Code::kInvalid);
  EXPECT_EQ(add(1, "\xff").error().code, Code::kInvalid);
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseContract, ExecuteCountsTheRowsItChanged) {
  EXPECT_EQ(*execute("INSERT INTO things (id) VALUES (1), (2), (3)"), 3);
  EXPECT_EQ(*execute("UPDATE things SET flag = 1 WHERE id > 1"), 2);
  EXPECT_EQ(*execute("UPDATE things SET flag = 1 WHERE id > 9"), 0);
  EXPECT_EQ(*execute("INSERT INTO things (id) VALUES (1) ON CONFLICT DO NOTHING"), 0);
  EXPECT_EQ(*execute("DELETE FROM things"), 3);
}

TEST_P(DatabaseContract, ReturningAndNumbersOfAggregates) {
  const auto rows = database().write([](Transaction& transaction) {
    return transaction.query("INSERT INTO things (id, flag) VALUES (1, 1), (2, 1) RETURNING id");
  });
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(), 2U);
  const auto row = query("SELECT COUNT(*), SUM(id), MAX(id), EXISTS (SELECT 1 FROM things) FROM things")->front();
  EXPECT_EQ(row.integer(0), 2);
  EXPECT_EQ(row.integer(1), 3);
  EXPECT_EQ(row.integer(2), 2);
  EXPECT_TRUE(row.boolean(3));
}

TEST_P(DatabaseContract, T_D05_ConstraintsAreToldApart) {
  ASSERT_TRUE(add(1, "a"));
  const auto same_key = add(1, "b");
  EXPECT_EQ(same_key.error().code, Code::kConflict);
  EXPECT_TRUE(is_unique_violation(same_key.error())) << same_key.error().detail;
  EXPECT_TRUE(is_unique_violation(add(2, "a").error()));
  const auto orphan = execute("INSERT INTO things (id, parent) VALUES (5, 77)");
  EXPECT_TRUE(is_foreign_key_violation(orphan.error())) << orphan.error().detail;
  EXPECT_FALSE(is_unique_violation(orphan.error()));
  const auto check = execute("INSERT INTO things (id) VALUES (-1)");
  EXPECT_EQ(check.error().code, Code::kConflict);
  EXPECT_FALSE(is_unique_violation(check.error()) || is_foreign_key_violation(check.error()));
  EXPECT_EQ(execute("SELEC").error().code, Code::kInternal);
}

TEST_P(DatabaseContract, T_D05_OfManyWhoInsertTheSameKeyOneWins) {
  constexpr int kThreads = 8;
  std::latch start(kThreads);
  std::atomic<int> won = 0, lost = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        const auto added = add(1, "a");
        if (added) ++won;
        if (!added && is_unique_violation(added.error())) ++lost;
      });
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, kThreads - 1);
}

TEST_P(DatabaseContract, AFunctionThatFailsLeavesNothingAndRunsNoAction) {
  bool ran = false;
  const base::Status status = database().write([&](Transaction& transaction) -> base::Status {
    if (auto added = transaction.execute("INSERT INTO things (id) VALUES (1)"); !added) return added.error();
    transaction.on_commit([&] { ran = true; });
    return base::invalid("changed my mind");
  });
  EXPECT_EQ(status.error().message, "changed my mind");
  EXPECT_EQ(count(), 0);
  EXPECT_FALSE(ran);
}

TEST_P(DatabaseContract, AFunctionThatThrowsLeavesNothingAndThrowsToItsCaller) {
  const auto throwing = [&](Transaction& transaction) -> base::Status {
    if (auto added = transaction.execute("INSERT INTO things (id) VALUES (1)"); !added) return added.error();
    throw std::runtime_error("a bug");
  };
  EXPECT_THROW(static_cast<void>(database().write(throwing).has_value()), std::runtime_error);
  EXPECT_THROW(static_cast<void>(
                   database().read([](Connection&) -> base::Status { throw std::runtime_error("x"); }).has_value()),
               std::runtime_error);
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(add(1, "after"));
}

TEST_P(DatabaseContract, AStatementThatFailedSpoilsTheTransactionOnBoth) {
  ASSERT_TRUE(add(1, "a"));
  const base::Status status = database().write([&](Transaction& transaction) -> base::Status {
    static_cast<void>(transaction.execute("INSERT INTO things (id) VALUES (1)").has_value());
    EXPECT_FALSE(transaction.execute("INSERT INTO things (id) VALUES (2)"));
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_TRUE(is_unique_violation(status.error()));
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseContract, ActionsRunInOrderOnceTheChangeShows) {
  std::vector<int> order;
  ASSERT_TRUE(database().write([&](Transaction& transaction) -> base::Status {
    transaction.on_commit([&] { order.push_back(1); });
    transaction.on_commit([&] { order.push_back(2); });
    EXPECT_TRUE(order.empty());
    return {};
  }));
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST_P(DatabaseContract, AReadIsASnapshotAndChangesNothing) {
  ASSERT_TRUE(add(1, "a"));
  ASSERT_TRUE(database().read([&](Connection& connection) -> base::Status {
    EXPECT_EQ(connection.query("SELECT COUNT(*) FROM things")->front().integer(0), 1);
    std::jthread([&] { EXPECT_TRUE(add(2, "b")); }).join();
    EXPECT_EQ(connection.query("SELECT COUNT(*) FROM things")->front().integer(0), 1);
    return {};
  }));
  EXPECT_EQ(count(), 2);
  const auto refused = database().read([](Connection& connection) { return connection.execute("DELETE FROM things"); });
  EXPECT_FALSE(refused);
  EXPECT_EQ(count(), 2);
}

TEST_P(DatabaseContract, CallsInsideAFunctionAreRefusedRatherThanWaitForThemselves) {
  const base::Status status = database().write([&](Transaction&) -> base::Status {
    EXPECT_EQ(add(1, "a").error().code, Code::kInternal);
    EXPECT_EQ(query("SELECT 1").error().code, Code::kInternal);
    return {};
  });
  EXPECT_TRUE(status);
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseContract, ReadThenWriteLosesNoUpdate) {
  ASSERT_TRUE(execute("INSERT INTO things (id, flag) VALUES (1, 0)"));
  constexpr int kThreads = 4;
  constexpr int kRounds = 20;
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < kRounds; ++round) {
          const auto changed = database().write([](Transaction& transaction) -> base::Result<std::int64_t> {
            ASSIGN_OR_RETURN(const auto row, transaction.find("SELECT flag FROM things WHERE id = 1"));
            return transaction.execute("UPDATE things SET flag = $1 WHERE id = 1", {row->integer(0) + 1});
          });
          if (changed) ++done;
        }
      });
    }
  }
  EXPECT_EQ(query("SELECT flag FROM things")->front().integer(0), done);
  EXPECT_GT(done, kThreads * kRounds / 2);
}

TEST_P(DatabaseContract, WhatWasWrittenIsThereAfterAnotherOpening) {
  ASSERT_TRUE(add(1, "a"));
  test_database().reopen();
  EXPECT_EQ(count(), 1);
  EXPECT_TRUE(database().ping());
}

TEST_P(DatabaseContract, ManyStatementsAreNotKeptForEver) {
  for (int i = 0; i < 1200; ++i) {
    const auto rows = query("SELECT " + std::to_string(i) + " + $1", {1});
    ASSERT_TRUE(rows) << rows.error().detail;
    ASSERT_EQ(rows->front().integer(0), i + 1);
  }
}

INSTANTIATE_ON_BOTH_DATABASES(DatabaseContract);

}  // namespace
}  // namespace storage
