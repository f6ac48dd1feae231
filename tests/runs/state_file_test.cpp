#include "runs/state_file.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "runs/migrations.h"
#include "storage/migrations.h"
#include "tests/support/database_test.h"
#include "vault/migrations.h"

namespace runs {
namespace {

constexpr storage::Migration kOwners[] = {{1, "owners", R"sql(
CREATE TABLE organizations (id TEXT PRIMARY KEY);
CREATE TABLE workspaces (id TEXT PRIMARY KEY);
)sql"}};

class StateFileTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(storage::migrate(database(), {{"owners", kOwners}, vault::migrations(), migrations()}));
    auto made = base::TemporaryDirectory::create(testing::TempDir(), "state-");
    ASSERT_TRUE(made);
    directory_ = std::make_unique<base::TemporaryDirectory>(std::move(*made));
    auto opened = vault::Vault::open(database(), directory_->path() / "key");
    ASSERT_TRUE(opened);
    vault_ = std::move(*opened);
  }

  void save(const std::string& workspace, const std::string& text) {
    ASSERT_TRUE(database().write([&](storage::Transaction& transaction) {
      return save_state(transaction, *vault_, workspace, base::Secret(text));
    }));
  }

  std::string load(const std::string& workspace) {
    const auto state =
        database().read([&](storage::Connection& connection) { return load_state(connection, *vault_, workspace); });
    EXPECT_TRUE(state);
    return state && *state ? (*state)->reveal() : "none";
  }

  std::int64_t secrets() {
    return *database().read([](storage::Connection& connection) -> base::Result<std::int64_t> {
      ASSIGN_OR_RETURN(const auto row, connection.find("SELECT COUNT(*) FROM secrets"));
      return row->integer(0);
    });
  }

  std::unique_ptr<base::TemporaryDirectory> directory_;
  std::unique_ptr<vault::Vault> vault_;
};

TEST_P(StateFileTest, TheLatestStateOfAWorkspaceComesBackAndTheFormerIsErased) {
  EXPECT_EQ(load("ws-1"), "none");
  save("ws-1", "first");
  save("ws-1", "second");
  save("ws-2", "another's");
  EXPECT_EQ(load("ws-1"), "second");
  EXPECT_EQ(secrets(), 2);
}

TEST_P(StateFileTest, AnErasedStateIsGone) {
  save("ws-1", "first");
  ASSERT_TRUE(
      database().write([&](storage::Transaction& transaction) { return erase_state(transaction, *vault_, "ws-1"); }));
  EXPECT_EQ(load("ws-1"), "none");
  EXPECT_EQ(secrets(), 0);
}

TEST_P(StateFileTest, T_X01_AStateIsNotInTheDatabaseInClear) {
  if (GetParam() != support::Backend::kSqlite) GTEST_SKIP() << "looks into SQLite's own files";
  save("ws-1", "canary-password-in-a-state");
  test_database().close();
  for (const auto& entry : std::filesystem::directory_iterator(test_database().directory())) {
    const auto bytes = base::read_file(entry.path(), std::size_t{64} << 20U);
    EXPECT_EQ(bytes ? bytes->find("canary-password") : std::string::npos, std::string::npos) << entry.path();
  }
}

INSTANTIATE_ON_BOTH_DATABASES(StateFileTest);

}  // namespace
}  // namespace runs
