#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>

#include "base/file.h"
#include "storage/database.h"
#include "storage/open.h"

namespace storage {
namespace {

using base::Code;

class SqliteFileTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return directory_.path() / "data" / "runbridge.db"; }

  void make() {
    auto database = open_sqlite(file());
    ASSERT_TRUE(database) << database.error().message;
    ASSERT_TRUE((*database)->write([](Transaction& transaction) -> base::Status {
      for (const auto* sql : {"CREATE TABLE t (v TEXT)", "INSERT INTO t VALUES ('kept')"}) {
        if (auto done = transaction.execute(sql); !done) return done.error();
      }
      return {};
    }));
  }
  void expect_refused(Code code, const std::string& because) {
    const auto database = open_sqlite(file());
    ASSERT_FALSE(database) << because;
    EXPECT_EQ(database.error().code, code);
    EXPECT_NE(database.error().message.find(because), std::string::npos) << database.error().message;
    EXPECT_NE(database.error().message.find(directory_.path().string()), std::string::npos);
  }
  std::string bytes() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  base::TemporaryDirectory directory_ = *base::TemporaryDirectory::create(testing::TempDir(), "sqlite-");
};

TEST_F(SqliteFileTest, T_D03_FilesAndDirectoryAreForTheOwnerOnly) {
  const auto database = open_sqlite(file());
  ASSERT_TRUE(database);
  ASSERT_TRUE((*database)->write([](Transaction& t) { return t.execute("CREATE TABLE t (v TEXT)"); }));
  struct stat facts {};
  ASSERT_EQ(::stat(file().parent_path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0700U);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(file().parent_path())) {
    ASSERT_EQ(::stat(entry.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 4);  // the file, its log, the log's index and the lock
}

TEST_F(SqliteFileTest, T_D03_AFileOpenToOthersIsRefused) {
  make();
  ASSERT_EQ(::chmod(file().c_str(), 0644), 0);
  expect_refused(Code::kInvalid, "chmod 600");
  ASSERT_EQ(::chmod(file().c_str(), 0600), 0);
  EXPECT_TRUE(open_sqlite(file()));
}

TEST_F(SqliteFileTest, T_D03_ADirectoryThatAnyoneMayChangeIsRefused) {
  make();
  ASSERT_EQ(::chmod(file().parent_path().c_str(), 0777), 0);
  expect_refused(Code::kInvalid, "chmod o-w");
}

TEST_F(SqliteFileTest, T_D03_ASymbolicLinkOrADirectoryIsRefused) {
  make();
  const auto real = file().parent_path() / "real.db";
  std::filesystem::rename(file(), real);
  std::filesystem::create_symlink(real, file());
  expect_refused(Code::kInvalid, "symbolic link");
  std::filesystem::remove(file());
  std::filesystem::create_directory(file());
  expect_refused(Code::kInvalid, "runbridge.db");
}

TEST_F(SqliteFileTest, F11_ASecondOwnerIsRefusedByName) {
  {
    const auto first = open_sqlite(file());
    ASSERT_TRUE(first);
    expect_refused(Code::kConflict, "another runbridge (process " + std::to_string(::getpid()) + ")");
    EXPECT_TRUE((*first)->ping());
  }
  EXPECT_TRUE(open_sqlite(file()));
}

TEST_F(SqliteFileTest, F12_AFileThatIsNoDatabaseIsRefusedAndLeftAlone) {
  std::filesystem::create_directories(file().parent_path());
  const std::string text(8192, 'x');
  ASSERT_TRUE(base::write_file(file(), text));
  expect_refused(Code::kInvalid, "damaged or not a database");
  EXPECT_EQ(bytes(), text);
}

TEST_F(SqliteFileTest, F12_ADamagedPageIsRefused) {
  make();
  auto text = bytes();
  ASSERT_GE(text.size(), 8192U);
  for (std::size_t at = 4096; at < 8192; ++at) text[at] = static_cast<char>(text[at] ^ 0x5a);
  ASSERT_TRUE(base::write_file(file(), text));
  expect_refused(Code::kInvalid, "restore it from a backup");
  EXPECT_EQ(bytes(), text);
}

TEST_F(SqliteFileTest, AnAddressOfAnotherKindIsRefusedWithoutRepeatingIt) {
  for (const auto* url : {"mysql://user:canary@host/db", "sqlite://relative-canary", "canary"}) {
    const auto database = open(base::Secret(url), directory_.path());
    ASSERT_FALSE(database) << url;
    EXPECT_EQ(database.error().code, Code::kInvalid);
    EXPECT_EQ((database.error().message + database.error().detail).find("canary"), std::string::npos);
  }
  EXPECT_TRUE(open(base::Secret(), directory_.path()));
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "runbridge.db"));
}

}  // namespace
}  // namespace storage
