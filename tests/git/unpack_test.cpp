#include "git/unpack.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "base/process.h"
#include "git/tree_names.h"
#include "test_paths.h"

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class UnpackTest : public testing::Test {
 protected:
  UnpackTest() : root_(*base::TemporaryDirectory::create(fs::temp_directory_path(), "unpack-")) {}

  fs::path make(const std::string& name) {
    const auto file = root_.path() / "archive";
    const auto made = base::run_process(
        {.arguments = {"python3", std::string(RUNBRIDGE_SOURCE_DIR) + "/tests/git/make_tar.py", name, file.string()},
         .environment = {{"PYTHONUTF8", "1"}}});
    EXPECT_TRUE(made && made->succeeded()) << made->errors;
    return file;
  }
  fs::path out() const { return root_.path() / "out"; }

  void expect_refused(const fs::path& file, base::Code code, const std::string& says,
                      const git::UnpackLimits& limits = {}) {
    const auto unpacked = git::unpack(file, out(), limits);
    ASSERT_FALSE(unpacked);
    EXPECT_EQ(unpacked.error().code, code) << unpacked.error().message;
    EXPECT_THAT(unpacked.error().message, HasSubstr(says));
    // Nothing left behind: only the archive itself.
    EXPECT_EQ(std::distance(fs::directory_iterator(root_.path()), fs::directory_iterator()), 1);
  }

  base::TemporaryDirectory root_;
};

struct Case {
  const char* name;
  const char* says;
};
class BadArchive : public UnpackTest, public testing::WithParamInterface<Case> {};

TEST_P(BadArchive, T_A01_T_A02_T_A03_T_A05_IsRefusedAndLeavesNothing) {
  expect_refused(make(GetParam().name), base::Code::kInvalid, GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadArchive,
    testing::Values(Case{"absolute", "absolute"}, Case{"dotdot", "leaves"}, Case{"dotdot_only", "leaves"},
                    Case{"backslash", "backslash"}, Case{"control", "control"}, Case{"empty_part", "empty part"},
                    Case{"long_part", "255"}, Case{"long_path", "4096"}, Case{"twice", "twice"},
                    Case{"file_then_dir", "through"}, Case{"dir_then_file", "twice"}, Case{"link_absolute", "absolute"},
                    Case{"link_up", "leaves"}, Case{"link_up_later", "after a name"}, Case{"link_then_write", "twice"},
                    Case{"link_twice", "twice"}, Case{"link_over_file", "twice"}, Case{"link_chain", "after a name"},
                    Case{"hard_link", "hard link"}, Case{"hard_link_out", "hard link"}, Case{"device", "neither"},
                    Case{"block", "neither"}, Case{"fifo", "neither"}, Case{"not_gzip", "another format"},
                    Case{"not_tar", "sound"}, Case{"two_members", "follows"}, Case{"trailing", "follows"},
                    Case{"after_end", "follows"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(UnpackTest, UnpacksAGoodOneWithPlainRights) {
  const auto unpacked = git::unpack(make("good"), out());
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ(unpacked->files, 4);
  EXPECT_EQ(*base::read_file(out() / "\xc3\xbc" / "\xc3\xb6", 100), "umlaut");
  EXPECT_EQ(*base::read_file(out() / "a" / "l", 100), "first");
  EXPECT_EQ(fs::status(out() / "run").permissions(), fs::perms(0755));  // no setuid
}

TEST_F(UnpackTest, T_A04_ABombIsStopped) {
  expect_refused(make("bomb"), base::Code::kTooLarge, "grows more than 200 times");
  expect_refused(make("bomb"), base::Code::kTooLarge, "1 MB", {.bytes = 1 << 20});
  expect_refused(make("good"), base::Code::kTooLarge, "2 members", {.members = 2});
}

TEST_F(UnpackTest, T_A05_CutAnywhereItIsRefused) {
  const auto whole = *base::read_file(make("good"), 1 << 20);
  for (std::size_t size = 0; size < whole.size(); size += 41) {
    ASSERT_TRUE(base::write_file(root_.path() / "archive", whole.substr(0, size)));
    expect_refused(root_.path() / "archive", base::Code::kInvalid, "not a sound tar.gz");
  }
}

TEST_F(UnpackTest, T_A05_AWrongChecksumIsRefused) {
  auto bytes = *base::read_file(make("good"), 1 << 20);
  bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 1);
  ASSERT_TRUE(base::write_file(root_.path() / "archive", bytes));
  expect_refused(root_.path() / "archive", base::Code::kInvalid, "not a sound tar.gz");
}

TEST_F(UnpackTest, AnExistingDirectoryIsLeftAlone) {
  const auto file = make("good");
  fs::create_directory(out());
  EXPECT_EQ(git::unpack(file, out()).error().code, base::Code::kConflict);
  fs::remove(out());
  fs::create_symlink("/tmp", out());
  EXPECT_EQ(git::unpack(file, out()).error().code, base::Code::kConflict);
}

TEST(TreeNames, T_A02_LinksMayOnlyGoUpFirstAndStayInside) {
  EXPECT_FALSE(git::problem_of_link("a/b", "../c"));
  EXPECT_FALSE(git::problem_of_link("a/b", "./c/d"));
  EXPECT_FALSE(git::problem_of_link("b", "b"));
  for (const char* target : {"", "/x", "../x", "c/../d", "..", "./../x", "a\\b"}) {
    EXPECT_TRUE(git::problem_of_link("b", target)) << target;
  }
}

}  // namespace
