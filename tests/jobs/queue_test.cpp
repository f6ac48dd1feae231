#include "jobs/queue.h"

#include "jobs/health.h"

#include <gmock/gmock.h>

#include <atomic>
#include <barrier>
#include <mutex>
#include <set>
#include <thread>

#include "jobs/migrations.h"
#include "storage/migrations.h"
#include "tests/support/database_test.h"

namespace jobs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ManualClock final : public base::Clock {
 public:
  base::Time now() const override { return base::from_millis(now_); }
  base::SteadyTime steady() const override { return base::SteadyTime(base::Millis(now_)); }
  void advance(base::Millis by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ = 1'770'000'000'000;
};

class QueueTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(storage::migrate(database(), {migrations()}));
  }

  void enqueue_one(const std::string& key, base::Time run_after = {}) {
    const auto added = database().write([&](storage::Transaction& transaction) {
      return enqueue(transaction, {"kind", key, "payload of " + key, run_after});
    });
    ASSERT_TRUE(added) << added.error().detail;
  }

  Depth depth() {
    const auto all = database().read([](storage::Connection& connection) { return depths(connection); });
    return all && !all->empty() ? all->front() : Depth{};
  }

  ManualClock clock_;
};

TEST_P(QueueTest, AJobRunsOnceAndIsGone) {
  Workers workers(database(), clock_);
  std::vector<std::string> ran;
  workers.register_handler("kind", {}, [&](const Job& job) {
    ran.push_back(job.key + "/" + job.payload + "/" + std::to_string(job.attempt));
    return Outcome::done();
  });
  enqueue_one("a");
  EXPECT_EQ(workers.run_due(), 1);
  EXPECT_EQ(workers.run_due(), 0);
  EXPECT_THAT(ran, ElementsAre("a/payload of a/1"));
}

TEST_P(QueueTest, TheSameKeyIsQueuedOnce) {
  Workers workers(database(), clock_);
  int ran = 0;
  workers.register_handler("kind", {}, [&](const Job&) {
    ++ran;
    return Outcome::done();
  });
  enqueue_one("a", clock_.now() + base::Millis(60'000));
  enqueue_one("a");
  workers.run_due();
  EXPECT_EQ(ran, 1) << "the earlier time wins";
}

TEST_P(QueueTest, WhatIsAskedForWhileAJobRunsIsNotLost) {
  Workers workers(database(), clock_);
  int ran = 0;
  workers.register_handler("kind", {}, [&](const Job&) {
    if (++ran == 1) enqueue_one("a");
    return Outcome::done();
  });
  enqueue_one("a");
  workers.run_due();
  EXPECT_EQ(ran, 2);
}

TEST_P(QueueTest, ARetryWaitsLongerEachTimeAndTheLastParks) {
  Workers workers(database(), clock_);
  int ran = 0;
  WorkerOptions options;
  options.park_after = 3;
  workers.register_handler("kind", options, [&](const Job&) {
    ++ran;
    return Outcome::retry("the provider is away");
  });
  enqueue_one("a");
  workers.run_due();
  EXPECT_EQ(workers.run_due(), 0) << "not before its delay";
  clock_.advance(base::Millis(1'300));
  workers.run_due();
  clock_.advance(base::Millis(1'300));
  EXPECT_EQ(workers.run_due(), 0) << "the second delay is longer";
  clock_.advance(base::Millis(1'300));
  workers.run_due();
  EXPECT_EQ(ran, 3);
  EXPECT_EQ(depth().parked, 1);
}

TEST_P(QueueTest, T_F37_AHandlerThatThrowsDoesNotStopTheOthers) {
  Workers workers(database(), clock_);
  std::set<std::string> ran;
  workers.register_handler("kind", {}, [&](const Job& job) -> Outcome {
    ran.insert(job.key);
    if (job.key == "bad") throw std::runtime_error("poison");
    return Outcome::done();
  });
  enqueue_one("bad");
  enqueue_one("good");
  workers.run_due();
  EXPECT_THAT(ran, ElementsAre("bad", "good"));
  EXPECT_EQ(depth().waiting, 1);
}

TEST_P(QueueTest, T_F3_AJobOfAProcessThatDiedIsTakenUpAgain) {
  {
    Workers dead(database(), clock_);
    WorkerOptions options;
    options.lease = base::Millis(1);
    dead.register_handler("kind", options, [](const Job&) -> Outcome { return Outcome::done(); });
    enqueue_one("a");
    // What a killed process leaves: claimed, never settled.
    const auto left = database().write([&](storage::Transaction& transaction) {
      return transaction.execute("UPDATE jobs SET state = 'running', attempts = 1, lease = 'dead', leased_until = 1");
    });
    ASSERT_TRUE(left);
  }
  test_database().reopen();
  Workers workers(database(), clock_);
  std::atomic<int> attempt = 0;
  workers.register_handler("kind", {}, [&](const Job& job) {
    attempt = job.attempt;
    return Outcome::done();
  });
  workers.start();
  EXPECT_TRUE(support::wait_until([&] { return attempt == 2; }));
}

TEST_P(QueueTest, WorkersWakeOnCommitAndEachJobRunsOnce) {
  Workers workers(database(), base::system_clock());
  std::mutex mutex;
  std::multiset<std::string> ran;
  WorkerOptions options;
  options.threads = 4;
  options.poll = base::Millis(60'000);  // only wake-ups count here
  workers.register_handler("kind", options, [&](const Job& job) {
    const std::lock_guard lock(mutex);
    ran.insert(job.key);
    return Outcome::done();
  });
  workers.start();
  std::vector<std::jthread> producers;
  for (int producer = 0; producer < 4; ++producer) {
    producers.emplace_back([&, producer] {
      for (int i = 0; i < 25; ++i) enqueue_one(std::to_string(producer) + "-" + std::to_string(i));
    });
  }
  producers.clear();
  EXPECT_TRUE(support::wait_until([&] {
    const std::lock_guard lock(mutex);
    return ran.size() >= 100;
  }));
  workers.stop();
  EXPECT_EQ(std::set<std::string>(ran.begin(), ran.end()).size(), 100U);
  EXPECT_EQ(ran.size(), 100U);
}

TEST_P(QueueTest, ARolledBackTransactionLeavesNoJob) {
  const auto failed = database().write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(enqueue(transaction, {"kind", "a", "", {}}));
    return base::conflict("changed my mind");
  });
  EXPECT_FALSE(failed);
  EXPECT_EQ(depth().waiting, 0);
}

TEST_P(QueueTest, T_F15_AWorkerThatLostItsLeaseChangesNothingAnyMore) {
  enqueue_one("a");
  Workers frozen(database(), clock_);
  frozen.register_handler("kind", {}, [&](const Job& job) {
    // While it was frozen its lease ran out, and another worker took the job up.
    const auto stolen = database().write([&](storage::Transaction& transaction) {
      return transaction.execute("UPDATE jobs SET lease = 'another', attempts = 2 WHERE id = $1", {job.id});
    });
    EXPECT_TRUE(stolen);
    return Outcome::done();
  });
  EXPECT_EQ(frozen.run_due(), 1);
  EXPECT_EQ(depth().running, 1);
}

TEST_P(QueueTest, ALeaseThatRunsOutIsTakenBackWhileOthersWork) {
  if (GetParam() == support::Backend::kSqlite) GTEST_SKIP() << "one process: its leases end with it, see T_F3";
  Workers workers(database(), base::system_clock());
  WorkerOptions options;
  options.lease = base::Millis(300);
  options.poll = base::Millis(50);
  std::atomic<bool> ran = false;
  workers.register_handler("kind", options, [&](const Job&) {
    ran = true;
    return Outcome::done();
  });
  workers.start();
  const auto left = database().write([&](storage::Transaction& transaction) {
    return transaction.execute(
        "INSERT INTO jobs (id, kind, key, payload, state, run_after, attempts, lease, leased_until, created_at) "
        "VALUES ('job-x', 'kind', 'x', '', 'running', 0, 1, 'dead node', 1, 0)");
  });
  ASSERT_TRUE(left);
  EXPECT_TRUE(support::wait_until([&] { return ran.load(); }));
}

TEST_P(QueueTest, AClaimDoesNotSortAllThatWaits) {
  if (GetParam() != support::Backend::kSqlite) GTEST_SKIP() << "asks SQLite's planner";
  const auto plan = database().read([](storage::Connection& connection) {
    return connection.query(
        "EXPLAIN QUERY PLAN SELECT id FROM jobs WHERE kind = $1 AND state = 'waiting' AND run_after <= $2 "
        "ORDER BY run_after, created_at LIMIT 1",
        {"kind", 1});
  });
  ASSERT_TRUE(plan);
  for (const auto& row : *plan) EXPECT_THAT(row.text(3), testing::Not(HasSubstr("TEMP B-TREE")));
}

TEST_P(QueueTest, HealthTellsWhatIsDueAndSinceWhen) {
  const auto look = [&] {
    return *database().read([&](storage::Connection& connection) { return health(connection, clock_.now()); });
  };
  EXPECT_TRUE(look().empty());
  const auto start = clock_.now();
  enqueue_one("later", start + base::Millis(60'000));
  ASSERT_EQ(look().size(), 1U);
  EXPECT_EQ(look().front().later, 1);
  EXPECT_FALSE(look().front().oldest_due);
  clock_.advance(base::Millis(90'000));
  EXPECT_EQ(look().front().kind, "kind");
  EXPECT_EQ(look().front().due, 1);
  EXPECT_EQ(look().front().later, 0);
  EXPECT_GE(look().front().oldest_due.value_or(base::Time()), start + base::Millis(60'000));
  Workers workers(database(), clock_);
  workers.register_handler("kind", {}, [](const Job&) { return Outcome::park("no use"); });
  workers.run_due();
  EXPECT_EQ(look().front().due, 0);
  EXPECT_EQ(look().front().parked, 1);
}

INSTANTIATE_ON_BOTH_DATABASES(QueueTest);

}  // namespace
}  // namespace jobs
