#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/file.h"
#include "storage/database.h"
#include "storage/open.h"

namespace support {

enum class Backend { kSqlite, kPostgres };

// A database of its own, gone with the object: a SQLite file in a temporary directory, or a fresh database on the
// server that RUNBRIDGE_TEST_POSTGRES names. Throws std::runtime_error if it cannot be made.
class TestDatabase {
 public:
  explicit TestDatabase(Backend backend);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  storage::Database& get() { return *database_; }
  // Closes it and opens it again, as a restarted server would.
  void reopen();
  void close() { database_.reset(); }
  // Where it is, as `--database` takes it.
  const std::string& url() const { return url_; }
  // SQLite only: the directory that holds the file and nothing else.
  const std::filesystem::path& directory() const { return directory_->path(); }

 private:
  Backend backend_;
  std::unique_ptr<base::TemporaryDirectory> directory_;
  std::string name_;
  std::string url_;
  std::unique_ptr<storage::Database> database_;
};

// True if a PostgreSQL server was given to this test run.
bool has_postgres();

// The base of suites that run once on each kind of database: INSTANTIATE_ON_BOTH_DATABASES(MyTest).
class DatabaseTest : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    if (GetParam() == Backend::kPostgres && !has_postgres()) {
      GTEST_SKIP() << "no PostgreSQL: RUNBRIDGE_TEST_POSTGRES is not set (ctest's fixture sets it)";
    }
    database_ = std::make_unique<TestDatabase>(GetParam());
  }
  void TearDown() override { database_.reset(); }

  storage::Database& database() { return database_->get(); }
  TestDatabase& test_database() { return *database_; }

 private:
  std::unique_ptr<TestDatabase> database_;
};

std::string backend_name(const testing::TestParamInfo<Backend>& backend);

// Waits until `condition` holds; false if it does not within `limit`.
bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace support

#define INSTANTIATE_ON_BOTH_DATABASES(Suite)                                                                          \
  INSTANTIATE_TEST_SUITE_P(Databases, Suite, testing::Values(support::Backend::kSqlite, support::Backend::kPostgres), \
                           support::backend_name)
