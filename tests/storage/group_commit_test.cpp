#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>
#include <thread>

#include "tests/support/database_test.h"

namespace storage {
namespace {

class GroupCommitTest : public testing::Test {
 protected:
  GroupCommitTest() : database_(support::Backend::kSqlite) {
    const auto made = database_.get().write(
        [](Transaction& transaction) { return transaction.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)"); });
    EXPECT_TRUE(made);
  }

  static base::Status insert(Transaction& transaction, std::int64_t id) {
    if (auto added = transaction.execute("INSERT INTO t (id) VALUES ($1)", {id}); !added) return added.error();
    return {};
  }
  std::set<std::int64_t> ids() {
    std::set<std::int64_t> found;
    const auto rows = database_.get().read([](Connection& c) { return c.query("SELECT id FROM t"); });
    for (const auto& row : *rows) found.insert(row.integer(0));
    return found;
  }

  // Holds the writer inside one function until `count` others wait behind it, then lets them share a commit.
  template <class Body>
  std::vector<base::Status> together(int count, const Body& body) {
    std::latch busy(1), go(1);
    std::vector<base::Status> results(static_cast<std::size_t>(count));
    std::jthread first([&] {
      EXPECT_TRUE(database_.get().write([&](Transaction&) -> base::Status {
        busy.count_down();
        go.wait();
        return {};
      }));
    });
    busy.wait();
    std::atomic<int> started = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&, i] {
        ++started;
        results[static_cast<std::size_t>(i)] =
            database_.get().write([&](Transaction& transaction) { return body(transaction, i); });
      });
    }
    EXPECT_TRUE(support::wait_until([&] { return started == count; }));
    go.count_down();
    first.join();
    threads.clear();
    return results;
  }

  support::TestDatabase database_;
};

TEST_F(GroupCommitTest, OneThatFailsTakesBackItsOwnPartOnly) {
  const auto results = together(32, [](Transaction& transaction, int i) -> base::Status {
    RETURN_IF_ERROR(insert(transaction, i));
    if (i % 3 == 0) return base::invalid("no");
    return {};
  });
  std::set<std::int64_t> expected;
  for (int i = 0; i < 32; ++i) {
    EXPECT_EQ(results[static_cast<std::size_t>(i)].has_value(), i % 3 != 0) << i;
    if (i % 3 != 0) expected.insert(i);
  }
  EXPECT_EQ(ids(), expected);
}

TEST_F(GroupCommitTest, OneThatThrowsTakesBackItsOwnPartOnly) {
  std::atomic<int> thrown = 0;
  std::latch busy(1), go(1);
  std::jthread first([&] {
    static_cast<void>(database_.get()
                          .write([&](Transaction& transaction) -> base::Status {
                            busy.count_down();
                            go.wait();
                            return insert(transaction, 1);
                          })
                          .has_value());
  });
  busy.wait();
  std::jthread second([&] {
    try {
      static_cast<void>(database_.get()
                            .write([](Transaction& transaction) -> base::Status {
                              RETURN_IF_ERROR(insert(transaction, 2));
                              throw std::runtime_error("a bug");
                            })
                            .has_value());
    } catch (const std::runtime_error&) {
      ++thrown;
    }
  });
  go.count_down();
  first.join();
  second.join();
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(ids(), (std::set<std::int64_t>{1}));
}

TEST_F(GroupCommitTest, ManyThreadsLoseNothing) {
  constexpr int kThreads = 16;
  constexpr int kEach = 100;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kEach; ++i) {
          EXPECT_TRUE(
              database_.get().write([&](Transaction& transaction) { return insert(transaction, thread * kEach + i); }));
        }
      });
    }
  }
  EXPECT_EQ(ids().size(), static_cast<std::size_t>(kThreads * kEach));
}

TEST_F(GroupCommitTest, ReadersDoNotWaitForTheWriter) {
  std::latch busy(1), go(1);
  std::jthread writer([&] {
    EXPECT_TRUE(database_.get().write([&](Transaction& transaction) -> base::Status {
      RETURN_IF_ERROR(insert(transaction, 1));
      busy.count_down();
      go.wait();
      return {};
    }));
  });
  busy.wait();
  EXPECT_TRUE(ids().empty());
  go.count_down();
  writer.join();
  EXPECT_EQ(ids().size(), 1U);
}

TEST_F(GroupCommitTest, TheLogIsMovedIntoTheFileWhenNobodyWrites) {
  const std::string text(4000, 'x');
  ASSERT_TRUE(database_.get().write([](Transaction& t) { return t.execute("CREATE TABLE big (v TEXT)"); }));
  for (int i = 0; i < 4000; i += 100) {
    ASSERT_TRUE(database_.get().write([&](Transaction& transaction) -> base::Status {
      for (int j = 0; j < 100; ++j) {
        if (auto added = transaction.execute("INSERT INTO big VALUES ($1)", {text}); !added) return added.error();
      }
      return {};
    }));
  }
  // 16 MB were written; at most the last 4 MB of them may stay in the log.
  const auto file = database_.directory() / "runbridge.db";
  EXPECT_TRUE(support::wait_until([&] { return std::filesystem::file_size(file) > 12'000'000U; }));
}

}  // namespace
}  // namespace storage
