#include "backup/backup.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/strings.h"
#include "storage/migrations.h"
#include "tests/support/database_test.h"
#include "vault/migrations.h"
#include "vault/vault.h"

namespace backup {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr storage::Migration kPairs[] = {
    {1, "pairs", "CREATE TABLE pairs (id TEXT PRIMARY KEY, number BIGINT NOT NULL)"}};

std::vector<storage::Component> components() { return {vault::migrations(), {"pairs", kPairs}}; }

class BackupTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    directory_.emplace(*base::TemporaryDirectory::create(testing::TempDir(), "backup-"));
    fs::create_directories(place().data_dir / "logs");
    ASSERT_TRUE(storage::migrate(database(), components()));
    ASSERT_TRUE(add("first", 1));
    auto opened = vault::Vault::open(database(), place().master_key_file);
    ASSERT_TRUE(opened) << opened.error().message;
    id_ = *database().write([&](storage::Transaction& transaction) {
      return (*opened)->put(transaction, owner_, base::Secret("canary-of-the-vault"));
    });
  }

  fs::path path(const std::string& name) const { return directory_->path() / name; }
  Place place() { return {base::Secret(test_database().url()), path("data"), path("data/master.key")}; }
  // Another machine with the same master key.
  Place elsewhere(support::TestDatabase& other) {
    other.close();
    if (GetParam() == support::Backend::kSqlite) fs::remove(other.directory() / "runbridge.db");
    return {base::Secret(other.url()), path("other"), path("data/master.key")};
  }

  base::Result<std::int64_t> add(const std::string& id, std::int64_t number) {
    return database().write([&](storage::Transaction& transaction) {
      return transaction.execute("INSERT INTO pairs (id, number) VALUES ($1, $2)", {id, number});
    });
  }
  static std::int64_t count(storage::Database& database) {
    return (*database.read(
                [](storage::Connection& connection) { return connection.query("SELECT COUNT(*) FROM pairs"); }))
        .front()
        .integer(0);
  }

  Manifest made(const std::string& name = "copy") {
    const auto manifest = create(place(), path(name), {"1.2.3"});
    EXPECT_TRUE(manifest) << manifest.error().message;
    return manifest ? *manifest : Manifest{};
  }
  std::string refusal(const Place& place, const std::string& name = "copy") {
    const auto checked = check(place, path(name), components());
    return checked ? "taken" : checked.error().message;
  }
  fs::path copy_in(const std::string& name) {
    return path(name) /
           copy_name(GetParam() == support::Backend::kSqlite ? storage::Dialect::kSqlite : storage::Dialect::kPostgres);
  }
  void change_manifest(const std::string& from, const std::string& to) {
    const auto text = *base::read_file(path("copy") / "manifest.json", 65536);
    ASSERT_THAT(text, HasSubstr(from));
    ASSERT_TRUE(base::write_file(path("copy") / "manifest.json", base::replace_all(text, from, to)));
  }
  std::vector<std::string> names(const fs::path& directory) {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(directory)) out.push_back(entry.path().filename());
    return out;
  }

  const vault::Owner owner_{"org-1", "oauth_tokens", "ot-1", "token"};
  vault::SecretId id_;
  std::optional<base::TemporaryDirectory> directory_;
};

TEST_P(BackupTest, AllOfItComesBackElsewhere) {
  ASSERT_TRUE(base::write_file(path("data/logs/plan-1.log"), "\x02planned\x03"));
  const auto manifest = made();
  EXPECT_EQ(manifest.program, "1.2.3");
  EXPECT_EQ(manifest.schema, (std::map<std::string, std::int64_t>{{"vault", 1}, {"pairs", 1}}));
  ASSERT_TRUE(add("after", 2));

  support::TestDatabase other(GetParam());
  const auto there = elsewhere(other);
  const auto restored = restore(there, path("copy"), components(), false);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->before, fs::path());
  EXPECT_EQ(*base::read_file(path("other/logs/plan-1.log"), 100), "\x02planned\x03");
  other.reopen();
  EXPECT_EQ(count(other.get()), 1);
  ASSERT_TRUE(storage::migrate(other.get(), components()));
  const auto opened = vault::Vault::open(other.get(), there.master_key_file);
  ASSERT_TRUE(opened) << opened.error().message;
  const auto secret =
      other.get().read([&](storage::Connection& connection) { return (*opened)->get(connection, id_, owner_); });
  ASSERT_TRUE(secret) << secret.error().detail;
  EXPECT_EQ(secret->reveal(), "canary-of-the-vault");
}

TEST_P(BackupTest, T_F41_TheCopyIsOfOneMomentWhileTheServerWrites) {
  std::jthread writer([&](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); ++i) {
      const auto pair = database().write([&](storage::Transaction& transaction) -> base::Status {
        for (const char* half : {"a", "b"}) {
          RETURN_IF_ERROR(transaction.execute("INSERT INTO pairs (id, number) VALUES ($1, $2)",
                                              {half + std::to_string(i), std::int64_t{half[0] == 'a' ? 1 : -1}}));
        }
        return {};
      });
      ASSERT_TRUE(pair) << pair.error().message << pair.error().detail;
    }
  });
  ASSERT_TRUE(support::wait_until([&] { return count(database()) > 10; }));
  made();
  writer.request_stop();
  writer.join();
  support::TestDatabase other(GetParam());
  const auto restored = restore(elsewhere(other), path("copy"), components(), false);
  ASSERT_TRUE(restored) << restored.error().message;
  other.reopen();
  EXPECT_GT(count(other.get()), 10);
  const auto sum = other.get().read([](storage::Connection& connection) {
    return connection.query("SELECT SUM(number) FROM pairs WHERE id <> 'first'");
  });
  EXPECT_EQ(sum->front().integer(0), 0) << "a transaction is there by half";
}

TEST_P(BackupTest, T_X01_NeitherSecretsNorKeyAreInIt) {
  ASSERT_TRUE(add("erased-canary", 7));
  ASSERT_TRUE(database().write([](storage::Transaction& transaction) {
    return transaction.execute("DELETE FROM pairs WHERE id = 'erased-canary'");
  }));
  made();
  const std::string line = *base::read_file(place().master_key_file, 100);
  const std::string key(base::trim(line));
  struct stat facts {};
  ASSERT_EQ(::stat(path("copy").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 077U, 0U);
  for (const auto& entry : fs::recursive_directory_iterator(path("copy"))) {
    if (!entry.is_regular_file()) continue;
    const auto text = *base::read_file(entry.path(), std::size_t{64} << 20U);
    EXPECT_THAT(text, Not(HasSubstr("canary-of-the-vault"))) << entry.path();
    EXPECT_THAT(text, Not(HasSubstr("erased-canary"))) << entry.path();
    EXPECT_THAT(text, Not(HasSubstr(key))) << entry.path();
    ASSERT_EQ(::stat(entry.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 077U, 0U) << entry.path();
  }
}

TEST_P(BackupTest, WhatIsThereAlreadyIsLeftAlone) {
  made();
  const auto again = create(place(), path("copy"), {"1.2.3"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::Code::kConflict);
  const auto below_nothing = create(place(), path("no/such/copy"), {"1.2.3"});
  EXPECT_FALSE(below_nothing);
  EXPECT_THAT(names(directory_->path()), UnorderedElementsAre("data", "copy"));
}

TEST_P(BackupTest, WithoutADatabaseOfOursNothingIsMade) {
  support::TestDatabase other(GetParam());  // empty
  const auto made =
      create({base::Secret(other.url()), path("other"), path("data/master.key")}, path("copy"), {"1.2.3"});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("there is no database of runbridge"));
  EXPECT_THAT(names(directory_->path()), UnorderedElementsAre("data"));
}

TEST_P(BackupTest, EveryFlawIsToldBeforeAnythingIsTouched) {
  made();
  EXPECT_EQ(refusal(place()), "taken");
  EXPECT_THAT(refusal(place(), "data"), HasSubstr("no backup of runbridge"));

  auto keyless = place();
  keyless.master_key_file = path("nowhere.key");
  EXPECT_THAT(refusal(keyless), HasSubstr("is missing, and the backup's secrets open with nothing else"));
  ASSERT_TRUE(base::write_file(path("nowhere.key"), std::string(64, 'a') + "\n"));
  EXPECT_THAT(refusal(keyless), HasSubstr("holds another key"));

  const bool sqlite = GetParam() == support::Backend::kSqlite;
  auto other_kind = place();
  other_kind.database = base::Secret(sqlite ? "postgres://nobody@localhost/none" : "");
  EXPECT_THAT(refusal(other_kind), HasSubstr(sqlite ? "the backup is of SQLite, and --database names PostgreSQL"
                                                    : "the backup is of PostgreSQL, and --database names SQLite"));

  change_manifest("\"pairs\": 1", "\"pairs\": 2");
  EXPECT_THAT(refusal(place()), HasSubstr("of a newer program (1.2.3)"));
  change_manifest("\"pairs\": 2", "\"unheard-of\": 1");
  EXPECT_THAT(refusal(place()), HasSubstr("of a newer program"));
  change_manifest("\"unheard-of\": 1", "\"pairs\": \"1\"");
  EXPECT_THAT(refusal(place()), HasSubstr("it was altered"));
  change_manifest("\"pairs\": \"1\"", "\"pairs\": 1");
  change_manifest("\"format\": 1", "\"format\": 9");
  EXPECT_THAT(refusal(place()), HasSubstr("has another format"));
  change_manifest("\"format\": 9", "\"format\": 1");
  change_manifest("}\n}", "}");
  EXPECT_THAT(refusal(place()), HasSubstr("is not JSON"));
}

TEST_P(BackupTest, ACopyThatWasCutOrDamagedIsRefused) {
  made();
  const auto whole = *base::read_file(copy_in("copy"), std::size_t{64} << 20U);
  ASSERT_TRUE(base::write_file(copy_in("copy"), whole.substr(0, whole.size() / 2)));
  EXPECT_THAT(refusal(place()), HasSubstr("it was cut or altered"));
  auto damaged = whole;
  damaged.replace(0, 64, std::string(64, 'x'));
  ASSERT_TRUE(base::write_file(copy_in("copy"), damaged));
  EXPECT_NE(refusal(place()), "taken");
  fs::remove(copy_in("copy"));
  EXPECT_THAT(refusal(place()), HasSubstr("is missing in the backup"));
  ASSERT_TRUE(base::write_file(copy_in("copy"), whole));
  EXPECT_EQ(refusal(place()), "taken");
}

TEST_P(BackupTest, LogsCanBeLeftOut) {
  ASSERT_TRUE(base::write_file(path("data/logs/plan-1.log"), "planned"));
  ASSERT_TRUE(create(place(), path("copy"), {.program = "1.2.3", .logs = false}));
  EXPECT_FALSE(fs::exists(path("copy/logs")));
}

INSTANTIATE_ON_BOTH_DATABASES(BackupTest);

class SqliteRestore : public BackupTest {
 protected:
  fs::path file() { return test_database().directory() / "runbridge.db"; }
};

TEST_P(SqliteRestore, ADatabaseInUseIsNotTouched) {
  made();
  const auto refused = restore(place(), path("copy"), components(), true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kConflict) << refused.error().message;
  EXPECT_EQ(count(database()), 1);
}

TEST_P(SqliteRestore, WhatWasThereIsKeptWhole) {
  made();
  ASSERT_TRUE(add("later", 2));
  test_database().close();
  const auto refused = restore(place(), path("copy"), components(), false);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("--replace"));

  const auto restored = restore(place(), path("copy"), components(), true);
  ASSERT_TRUE(restored) << restored.error().message;
  test_database().reopen();
  EXPECT_EQ(count(database()), 1);
  const auto before = storage::open_sqlite(restored->before);
  ASSERT_TRUE(before) << before.error().message;
  EXPECT_EQ(count(**before), 2);
}

// A log that another database left behind must not be read into this one.
TEST_P(SqliteRestore, ADeadServersLogIsNoPartOfTheRestored) {
  made();
  ASSERT_TRUE(add("in-the-log", 2));
  const auto log = file().string() + "-wal";
  ASSERT_TRUE(fs::exists(log));
  fs::copy_file(log, path("kept-wal"));
  test_database().close();
  fs::remove(file());
  fs::copy_file(path("kept-wal"), log);
  const auto restored = restore(place(), path("copy"), components(), false);
  ASSERT_TRUE(restored) << restored.error().message;
  test_database().reopen();
  EXPECT_EQ(count(database()), 1);
}

TEST_P(SqliteRestore, ADamagedDatabaseIsReplaced) {
  made();
  test_database().close();
  std::ofstream(file(), std::ios::in | std::ios::out) << std::string(200, 'x');
  const auto restored = restore(place(), path("copy"), components(), true);
  ASSERT_TRUE(restored) << restored.error().message;
  test_database().reopen();
  EXPECT_EQ(count(database()), 1);
  EXPECT_THAT(*base::read_file(restored->before, std::size_t{64} << 20U), testing::StartsWith("xxx"));
}

INSTANTIATE_TEST_SUITE_P(Databases, SqliteRestore, testing::Values(support::Backend::kSqlite), support::backend_name);

class PostgresRestore : public BackupTest {};

TEST_P(PostgresRestore, ADatabaseWithTablesIsNotTouched) {
  made();
  const auto refused = restore(place(), path("copy"), components(), true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("CREATE DATABASE"));
  EXPECT_EQ(count(database()), 1);
}

INSTANTIATE_TEST_SUITE_P(Databases, PostgresRestore, testing::Values(support::Backend::kPostgres),
                         support::backend_name);

}  // namespace
}  // namespace backup
