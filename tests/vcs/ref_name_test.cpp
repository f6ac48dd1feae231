#include "vcs/ref_name.h"

#include <gtest/gtest.h>

#include "vcs/text.h"

namespace {

const std::string kCommit = "0929a3404b39f6e39076a640779b2c1c961e19b5";

TEST(RefName, T_W21_UsualNamesAreAccepted) {
  for (const char* name : {"main", "feature/x", "release-1.2", "v1.2.3", "a@b", "Zürich", "a-", "x.y",
                           "dependabot/npm/a", "feature/lock", "#1", "a{b}", "HEAD2", "it's", "a&b;c$(d)"}) {
    EXPECT_TRUE(vcs::check_ref_name(name)) << name;
  }
}

TEST(RefName, T_W21_HostileNamesAreRefused) {
  const std::vector<std::string> names = {"",
                                          "-x",
                                          "--upload-pack=x",
                                          "a..b",
                                          "../a",
                                          "a b",
                                          "a\tb",
                                          "a\nb",
                                          "a\x7f",
                                          "a~1",
                                          "a^",
                                          "a:b",
                                          "a?",
                                          "a*",
                                          "a[b",
                                          "a\\b",
                                          "@",
                                          "a@{1}",
                                          "@{u}",
                                          "/a",
                                          "a/",
                                          "a//b",
                                          ".a",
                                          "a/.b",
                                          "a.lock",
                                          "a.lock/b",
                                          "a.",
                                          "\xff",
                                          "a\xc3",
                                          std::string("a\0b", 3),
                                          std::string(4096, 'a'),
                                          "a\x1b[31m"};
  for (const std::string& name : names) {
    const auto status = vcs::check_ref_name(name);
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code, base::Code::kInvalid);
    EXPECT_LT(status.error().message.size(), 250U);
    EXPECT_EQ(status.error().message.find_first_of("\n\x1b"), std::string::npos);
  }
}

TEST(RefName, T_W22_OnlyWholeIdsAreCommits) {
  EXPECT_TRUE(vcs::is_commit_id(kCommit));
  EXPECT_TRUE(vcs::is_commit_id(std::string(64, 'A')));
  for (const std::string& text :
       {std::string(), std::string(40, '0'), std::string(64, '0'), kCommit.substr(1), kCommit + "0",
        std::string(40, 'g'), "-" + kCommit.substr(1), "HEAD" + kCommit.substr(4)}) {
    EXPECT_FALSE(vcs::is_commit_id(text)) << text;
    EXPECT_FALSE(vcs::required_commit(text, "It")) << text;
  }
}

TEST(RefName, T_W22_ZerosMeanNothingAndJunkIsAnError) {
  EXPECT_EQ(*vcs::commit_or_nothing(std::string(40, '0')), "");
  EXPECT_EQ(*vcs::commit_or_nothing(std::string(64, '0')), "");
  EXPECT_EQ(*vcs::commit_or_nothing(""), "");
  EXPECT_EQ(*vcs::commit_or_nothing("0929A3404B39F6E39076A640779B2C1C961E19B5"), kCommit);
  EXPECT_FALSE(vcs::commit_or_nothing("00000"));
  EXPECT_FALSE(vcs::commit_or_nothing("main"));
}

TEST(RefName, FullRefsAreTakenApart) {
  EXPECT_EQ(vcs::split_ref("refs/heads/a/b")->name, "a/b");
  EXPECT_EQ(vcs::split_ref("refs/tags/v1")->kind, vcs::RefKind::kTag);
  EXPECT_FALSE(vcs::split_ref("refs/notes/commits"));
  EXPECT_FALSE(vcs::split_ref("main"));
  EXPECT_EQ(vcs::short_branch("refs/heads/main"), "main");
  EXPECT_EQ(vcs::short_branch("main"), "main");
}

TEST(Text, FieldsAreCutByCharactersNotBytes) {
  EXPECT_EQ(vcs::fit_characters("abc", 3), "abc");
  EXPECT_EQ(vcs::fit_characters("abcd", 3), "ab…");
  EXPECT_EQ(vcs::fit_characters("äöü", 3), "äöü");
  EXPECT_EQ(vcs::fit_characters("äöüß", 3), "äö…");
  EXPECT_EQ(vcs::fit_characters("a\nb\xff", 10), "a b\xEF\xBF\xBD");
  EXPECT_EQ(vcs::fit_characters("abc", 0), "");
}

}  // namespace
