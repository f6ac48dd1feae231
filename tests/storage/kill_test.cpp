#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <set>

#include "base/file.h"
#include "base/random.h"
#include "base/strings.h"
#include "test_paths.h"
#include "tests/support/database_test.h"

extern char** environ;

namespace storage {
namespace {

constexpr int kRounds = 12;

class KillTest : public support::DatabaseTest {
 protected:
  // Starts the writer, kills it once it has acknowledged `lines` writes, and gives all the ids it acknowledged.
  std::set<std::int64_t> write_and_kill(std::int64_t first_id, int lines) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const base::FileDescriptor reading(ends[0]);
    base::FileDescriptor writing(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
    std::string program = RUNBRIDGE_BINARY_DIR "/bin/tests/storage_writer";
    std::string url = test_database().url();
    std::string first = std::to_string(first_id);
    std::array<char*, 4> arguments{program.data(), url.data(), first.data(), nullptr};
    pid_t child = 0;
    EXPECT_EQ(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    writing.reset();
    auto text = read_until_killed(reading.get(), child, lines);
    ::waitpid(child, nullptr, 0);
    std::set<std::int64_t> acknowledged;
    text.erase(text.rfind('\n') + 1);
    for (const auto& line : base::split(text, '\n')) {
      if (const auto id = base::to_integer(line)) acknowledged.insert(*id);
    }
    return acknowledged;
  }

  static std::string read_until_killed(int from, pid_t child, int lines) {
    std::string text;
    std::array<char, 4096> buffer{};
    bool killed = false;
    while (true) {
      if (!killed && std::count(text.begin(), text.end(), '\n') >= lines) {
        ::kill(child, SIGKILL);
        killed = true;  // what it said before it died still counts
      }
      const ssize_t got = ::read(from, buffer.data(), buffer.size());
      if (got <= 0) return text;
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  std::set<std::int64_t> stored() {
    std::set<std::int64_t> found;
    const auto rows = database().read([](Connection& connection) { return connection.query("SELECT id FROM t"); });
    for (const auto& row : *rows) found.insert(row.integer(0));
    return found;
  }
};

TEST_P(KillTest, F1_F2_WhatWasAcknowledgedOutlivesAKillAtAnyMoment) {
  ASSERT_TRUE(database().write([](Transaction& transaction) {
    return transaction.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT NOT NULL)");
  }));
  std::set<std::int64_t> acknowledged;
  for (int round = 0; round < kRounds; ++round) {
    test_database().close();
    std::array<unsigned char, 2> random{};
    base::fill_random(random);
    const int lines = 1 + (random[0] * 256 + random[1]) % 600;
    acknowledged.merge(write_and_kill(std::int64_t{1'000'000} * round, lines));
    test_database().reopen();
    const auto kept = stored();
    for (const auto id : acknowledged) ASSERT_TRUE(kept.contains(id)) << id << " in round " << round;
    if (GetParam() == support::Backend::kSqlite) {
      const auto check = database().read([](Connection& c) { return c.query("PRAGMA integrity_check"); });
      ASSERT_EQ(check->front().text(0), "ok");
    }
  }
  EXPECT_GE(acknowledged.size(), static_cast<std::size_t>(kRounds));
}

INSTANTIATE_ON_BOTH_DATABASES(KillTest);

}  // namespace
}  // namespace storage
