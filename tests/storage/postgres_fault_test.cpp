#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <latch>
#include <optional>
#include <set>
#include <thread>

#include "storage/database.h"
#include "storage/open.h"
#include "test_paths.h"
#include "tests/support/database_test.h"

namespace storage {
namespace {

using base::Code;
using Steady = std::chrono::steady_clock;

base::Result<std::int64_t> execute(Database& database, std::string_view sql,
                                   std::initializer_list<Value> parameters = {}) {
  return database.write([&](Transaction& transaction) { return transaction.execute(sql, parameters); });
}

std::int64_t number(Database& database, std::string_view sql) {
  return database.read([&](Connection& connection) { return connection.query(sql); })->front().integer(0);
}

class PostgresFault : public testing::Test {
 protected:
  void SetUp() override {
    if (!support::has_postgres()) GTEST_SKIP() << "no PostgreSQL: RUNBRIDGE_TEST_POSTGRES is not set";
    holder_ = std::make_unique<support::TestDatabase>(support::Backend::kPostgres);
    ASSERT_TRUE(execute(database(), "CREATE TABLE t (id BIGINT PRIMARY KEY, v BIGINT NOT NULL DEFAULT 0)"));
  }
  Database& database() { return holder_->get(); }
  std::unique_ptr<Database> another(int connections = 2) {
    auto opened = open_postgres(base::Secret(holder_->url()), connections);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  // Ends every other connection to this test's database, as an administrator would.
  static void cut_others(Database& by) {
    EXPECT_TRUE(by.read([](Connection& connection) {
      return connection.query(
          "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity "
          "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }));
  }

  std::unique_ptr<support::TestDatabase> holder_;
};

TEST_F(PostgresFault, F13_IdleConnectionsThatWereCutAreReplacedUnnoticed) {
  ASSERT_TRUE(execute(database(), "INSERT INTO t (id) VALUES (1)"));
  cut_others(*another());
  EXPECT_TRUE(execute(database(), "INSERT INTO t (id) VALUES (2)"));
  EXPECT_EQ(number(database(), "SELECT COUNT(*) FROM t"), 2);
}

TEST_F(PostgresFault, F13_ATransactionWhoseConnectionIsCutIsRunAgain) {
  const auto administrator = another();
  int runs = 0;
  const base::Status status = database().write([&](Transaction& transaction) -> base::Status {
    if (auto added = transaction.execute("INSERT INTO t (id) VALUES (1)"); !added) return added.error();
    if (++runs == 1) cut_others(*administrator);
    if (auto added = transaction.execute("INSERT INTO t (id) VALUES (2)"); !added) return added.error();
    return {};
  });
  EXPECT_TRUE(status) << status.error().detail;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(number(database(), "SELECT COUNT(*) FROM t"), 2);
}

TEST_F(PostgresFault, F13_ConnectionsCutUnderLoadLoseNothingAcknowledged) {
  const auto administrator = another();
  std::atomic<int> next = 0;
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::set<std::int64_t> acknowledged;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        while (!stop) {
          const std::int64_t id = next++;
          if (!execute(database(), "INSERT INTO t (id) VALUES ($1)", {id})) continue;
          const std::lock_guard lock(mutex);
          acknowledged.insert(id);
        }
      });
    }
    const auto count = [&] {
      const std::lock_guard lock(mutex);
      return acknowledged.size();
    };
    for (int cut = 0; cut < 8; ++cut) {
      const auto before = count();
      EXPECT_TRUE(support::wait_until([&] { return count() > before + 20; }));
      cut_others(*administrator);
    }
    stop = true;
  }
  // A connection that was cut while nobody used it is found out by whoever uses it next, who asks again.
  const auto is_there = [&](std::int64_t id) {
    const auto found =
        database().read([&](Connection& connection) { return connection.find("SELECT 1 FROM t WHERE id = $1", {id}); });
    return found ? std::optional(found->has_value()) : std::nullopt;
  };
  for (const auto id : acknowledged) {
    std::optional<bool> there;
    ASSERT_TRUE(support::wait_until([&] { return (there = is_there(id)).has_value(); }));
    ASSERT_TRUE(*there) << id;
  }
}

TEST_F(PostgresFault, F13_DeadlockedTransactionsBothSucceedInTheEnd) {
  ASSERT_TRUE(execute(database(), "INSERT INTO t (id) VALUES (1), (2)"));
  std::latch both(2);
  const auto cross = [&](std::int64_t first, std::int64_t second) {
    bool again = false;
    const auto add = "UPDATE t SET v = v + 1 WHERE id = $1";
    const base::Status status = database().write([&](Transaction& transaction) -> base::Status {
      if (auto done = transaction.execute(add, {first}); !done) return done.error();
      if (!std::exchange(again, true)) both.arrive_and_wait();
      if (auto done = transaction.execute(add, {second}); !done) return done.error();
      return {};
    });
    EXPECT_TRUE(status) << status.error().detail;
  };
  {
    std::jthread one([&] { cross(1, 2); });
    std::jthread two([&] { cross(2, 1); });
  }
  EXPECT_EQ(number(database(), "SELECT SUM(v) FROM t"), 4);
}

TEST_F(PostgresFault, F13_WriteSkewIsNotPossible) {
  // Each adds a row only if there is none: without serializable transactions both would.
  std::latch both(2);
  std::atomic<int> added = 0;
  const auto add = [&](std::int64_t id) {
    bool again = false;
    const base::Status status = database().write([&](Transaction& transaction) -> base::Status {
      ASSIGN_OR_RETURN(const auto row, transaction.find("SELECT COUNT(*) FROM t"));
      if (!std::exchange(again, true)) both.arrive_and_wait();
      if (row->integer(0) > 0) return base::conflict("there is one");
      if (auto done = transaction.execute("INSERT INTO t (id) VALUES ($1)", {id}); !done) return done.error();
      return {};
    });
    if (status) ++added;
  };
  {
    std::jthread one([&] { add(1); });
    std::jthread two([&] { add(2); });
  }
  EXPECT_EQ(added, 1);
  EXPECT_EQ(number(database(), "SELECT COUNT(*) FROM t"), 1);
}

TEST_F(PostgresFault, F13_AServerThatOnlyReadsRefusesWritesAndServesReads) {
  ASSERT_TRUE(execute(database(), "INSERT INTO t (id) VALUES (1)"));
  const auto refused = database().write([](Transaction& transaction) -> base::Result<std::int64_t> {
    if (auto set = transaction.execute("SET TRANSACTION READ ONLY"); !set) return set.error();
    return transaction.execute("INSERT INTO t (id) VALUES (2)");
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(number(database(), "SELECT COUNT(*) FROM t"), 1);
}

TEST_F(PostgresFault, F13_AnExhaustedPoolAnswersAfterFiveSeconds) {
  const auto narrow = another(1);
  std::latch busy(1), go(1);
  std::jthread holder([&] {
    EXPECT_TRUE(narrow->read([&](Connection&) -> base::Status {
      busy.count_down();
      go.wait();
      return {};
    }));
  });
  busy.wait();
  const auto start = Steady::now();
  const auto status = narrow->ping();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable);
  EXPECT_LT(Steady::now() - start, std::chrono::seconds(8));
  go.count_down();
  holder.join();
  EXPECT_TRUE(narrow->ping());
}

TEST_F(PostgresFault, T_D07_ARefusedLoginIsUnavailableAndNamesNoPassword) {
  auto url = holder_->url();
  url.replace(0, std::string("postgres://").size(), "postgres://nobody:canary-password@");
  url.erase(url.find("&user="));
  const auto opened = open(base::Secret(url), "/");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kUnavailable);
  EXPECT_EQ((opened.error().message + opened.error().detail).find("canary"), std::string::npos);
  EXPECT_NE(opened.error().message.find("nobody"), std::string::npos) << opened.error().message;
}

TEST(PostgresAddress, T_D07_ABrokenAddressIsRefusedWithoutRepeatingIt) {
  for (const auto* url : {"postgres://user:can%ary@host/db", "postgres://user:p@canary@host/db",
                          "postgres://host/db?canary=1", "postgresql://user:canary@host:port:port/db"}) {
    const auto opened = open(base::Secret(url), "/");
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ((opened.error().message + opened.error().detail).find("canary"), std::string::npos);
    EXPECT_EQ((opened.error().message + opened.error().detail).find("can%ary"), std::string::npos);
  }
}

// A server of this test's own, to stop and start.
class PostgresRestart : public testing::Test {
 protected:
  void SetUp() override {
    if (!support::has_postgres()) GTEST_SKIP() << "no PostgreSQL: RUNBRIDGE_TEST_POSTGRES is not set";
    ASSERT_TRUE(fixture("start"));
  }
  void TearDown() override {
    if (IsSkipped()) return;
    EXPECT_TRUE(fixture("stop"));
  }
  bool fixture(const std::string& action) const {
    const auto command =
        "'" RUNBRIDGE_SOURCE_DIR "/tests/support/postgres_fixture' " + action + " '" + directory_ + "'";
    return std::system(command.c_str()) == 0;
  }
  base::Secret url() const {
    return base::Secret("postgres:///postgres?host=" + directory_ + "/socket&user=runbridge");
  }
  const std::string directory_ = "/tmp/runbridge-restart-" + std::to_string(::getpid());
};

TEST_F(PostgresRestart, F13_WhileTheServerIsDownCallersAreToldAtOnceAndItResumes) {
  auto opened = open_postgres(url(), 4);
  ASSERT_TRUE(opened) << opened.error().message;
  Database& database = **opened;
  ASSERT_TRUE(execute(database, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  ASSERT_TRUE(fixture("stop"));
  for (int i = 0; i < 20; ++i) {
    const auto start = Steady::now();
    const auto refused = execute(database, "INSERT INTO t (id) VALUES (1)");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kUnavailable);
    EXPECT_TRUE(refused.error().retry_after);
    EXPECT_LT(Steady::now() - start, std::chrono::seconds(2));
  }
  ASSERT_TRUE(fixture("start"));
  EXPECT_TRUE(support::wait_until([&] { return database.ping().has_value(); }, std::chrono::seconds(5)));
  EXPECT_TRUE(execute(database, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
}

}  // namespace
}  // namespace storage
