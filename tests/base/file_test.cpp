#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace base {
namespace {

TEST(File, WritesAtomicallyWithTheModeAsked) {
  const auto directory = TemporaryDirectory::create(testing::TempDir(), "file-");
  ASSERT_TRUE(directory);
  const auto path = directory->path() / "key";
  ASSERT_TRUE(write_file(path, "one"));
  ASSERT_TRUE(write_file(path, "two"));
  EXPECT_EQ(*read_file(path, 100), "two");
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST(File, ReadingNamesWhatIsWrong) {
  const auto directory = TemporaryDirectory::create(testing::TempDir(), "file-");
  ASSERT_TRUE(directory);
  EXPECT_EQ(read_file(directory->path() / "none", 10).error().code, Code::kNotFound);
  EXPECT_EQ(read_file(directory->path(), 10).error().code, Code::kInvalid);
  ASSERT_TRUE(write_file(directory->path() / "big", "12345"));
  EXPECT_EQ(read_file(directory->path() / "big", 4).error().code, Code::kTooLarge);
}

TEST(File, TemporaryDirectoryGoesWithAllItHolds) {
  std::filesystem::path path;
  {
    const auto directory = TemporaryDirectory::create(testing::TempDir(), "file-");
    ASSERT_TRUE(directory);
    path = directory->path();
    ASSERT_TRUE(write_file(path / "a", "x"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace base
