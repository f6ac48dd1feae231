#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <set>
#include <thread>

#include "base/file.h"
#include "faulty_vfs.h"
#include "storage/database.h"
#include "storage/open.h"
#include "tests/support/database_test.h"

namespace storage {
namespace {

using base::Code;

base::Status insert(Database& database, std::int64_t id, const std::string& text = "x") {
  return database.write([&](Transaction& transaction) -> base::Status {
    auto added = transaction.execute("INSERT INTO t (id, v) VALUES ($1, $2)", {id, text});
    if (!added) return added.error();
    return {};
  });
}

std::set<std::int64_t> ids(Database& database) {
  std::set<std::int64_t> found;
  const auto rows = database.read([](Connection& connection) { return connection.query("SELECT id FROM t"); });
  EXPECT_TRUE(rows);
  for (const auto& row : *rows) found.insert(row.integer(0));
  return found;
}

void make_table(Database& database) {
  ASSERT_TRUE(database.write(
      [](Transaction& transaction) { return transaction.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT)"); }));
}

bool is_whole(Database& database) {
  return database.read([](Connection& c) { return c.query("PRAGMA integrity_check"); })->front().text(0) == "ok";
}

TEST(SqliteFault, F8_AFailedFlushIsNotAcknowledgedAndTheNextWriteWorks) {
  FaultyVfs vfs;
  support::TestDatabase holder(support::Backend::kSqlite);
  auto& database = holder.get();
  make_table(database);
  ASSERT_TRUE(insert(database, 1));
  vfs.fail_next_syncs(1);
  const auto failed = insert(database, 2);
  ASSERT_FALSE(failed);
  EXPECT_EQ(vfs.failed(), 1);
  EXPECT_EQ(failed.error().code, Code::kUnavailable);
  EXPECT_EQ(ids(database), (std::set<std::int64_t>{1}));
  ASSERT_TRUE(insert(database, 3));
  EXPECT_EQ(ids(database), (std::set<std::int64_t>{1, 3}));
  EXPECT_TRUE(is_whole(database));
}

TEST(SqliteFault, F8_EveryoneInACommitThatFailsIsTold) {
  FaultyVfs vfs;
  support::TestDatabase holder(support::Backend::kSqlite);
  make_table(holder.get());
  std::atomic<int> worked = 0, failed = 0;
  vfs.fail_next_syncs(3);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 25; ++i) ++(insert(holder.get(), thread * 25 + i) ? worked : failed);
      });
    }
  }
  EXPECT_GE(failed, 3);
  EXPECT_EQ(ids(holder.get()).size(), static_cast<std::size_t>(worked));
}

TEST(SqliteFault, F9_AFullDiskRefusesWritesServesReadsAndHealsByItself) {
  FaultyVfs vfs;
  support::TestDatabase holder(support::Backend::kSqlite);
  auto& database = holder.get();
  make_table(database);
  ASSERT_TRUE(insert(database, 1));
  vfs.fill_disk(true);
  const std::string text(100'000, 'x');
  std::int64_t id = 2;
  while (insert(database, id, text)) ASSERT_LT(++id, 100);
  const auto failed = insert(database, id, text);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kUnavailable);
  EXPECT_TRUE(failed.error().retry_after);
  EXPECT_TRUE(ids(database).contains(1));
  EXPECT_FALSE(ids(database).contains(id));
  vfs.fill_disk(false);
  EXPECT_TRUE(insert(database, id, text));
  EXPECT_TRUE(is_whole(database));
}

TEST(SqliteFault, F10_AnotherProgramsLockIsWaitedForFiveSecondsAtMost) {
  support::TestDatabase holder(support::Backend::kSqlite);
  make_table(holder.get());
  sqlite3* other = nullptr;
  const auto file = holder.directory() / "runbridge.db";
  ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto start = std::chrono::steady_clock::now();
  std::vector<base::Status> results(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < results.size(); ++i) {
      threads.emplace_back([&, i] { results[i] = insert(holder.get(), static_cast<std::int64_t>(i)); });
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(11));
  for (const auto& result : results) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::kUnavailable);
  }
  EXPECT_TRUE(ids(holder.get()).empty());  // reading goes on
  ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_TRUE(insert(holder.get(), 9));
}

// A copy of the files as a crash would leave them, with the log cut or changed at one place.
class TornLogTest : public testing::Test {
 protected:
  void SetUp() override {
    make_table(source_.get());
    for (int i = 0; i < kRows; ++i) ASSERT_TRUE(insert(source_.get(), i, std::string(1500, 'x')));
    file_ = read(source_.directory() / "runbridge.db");
    log_ = read(source_.directory() / "runbridge.db-wal");
    ASSERT_GT(log_.size(), 40'000U);
  }
  static std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  // The rows must be the first ones, without a gap.
  std::size_t rows_of_a_start_with(const std::string& log) {
    const auto directory = *base::TemporaryDirectory::create(testing::TempDir(), "torn-");
    const auto path = directory.path() / "runbridge.db";
    EXPECT_TRUE(base::write_file(path, file_));
    EXPECT_TRUE(base::write_file(path.string() + "-wal", log));
    const auto database = open_sqlite(path, 1);
    EXPECT_TRUE(database) << database.error().message << database.error().detail;
    if (!database) return 0;
    EXPECT_TRUE(is_whole(**database));
    const auto table =
        (*database)->read([](Connection& c) { return c.query("SELECT 1 FROM sqlite_schema WHERE name = 't'"); });
    if (table->empty()) return 0;
    const auto found = ids(**database);
    if (!found.empty()) {
      EXPECT_EQ(*found.rbegin() + 1, static_cast<std::int64_t>(found.size()));
    }
    return found.size();
  }

  static constexpr int kRows = 12;
  support::TestDatabase source_{support::Backend::kSqlite};
  std::string file_, log_;
};

TEST_F(TornLogTest, F7_ALogCutAnywhereOpensWithThePrefix) {
  std::size_t before = 0;
  for (std::size_t size = 0; size <= log_.size(); size += 512) {
    const auto rows = rows_of_a_start_with(log_.substr(0, size));
    EXPECT_GE(rows, before) << size;
    before = rows;
  }
  EXPECT_EQ(rows_of_a_start_with(log_), static_cast<std::size_t>(kRows));
}

TEST_F(TornLogTest, F7_ASectorThatNeverReachedTheDiskCutsTheRestOff) {
  for (std::size_t at = 0; at + 512 <= log_.size(); at += 1536) {
    auto torn = log_;
    torn.replace(at, 512, std::string(512, '\0'));
    EXPECT_LE(rows_of_a_start_with(torn), static_cast<std::size_t>(kRows));
  }
}

}  // namespace
}  // namespace storage
