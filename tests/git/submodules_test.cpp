#include "git/submodules.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "base/strings.h"
#include "git/mirror.h"
#include "tests/support/git_repository.h"

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SubmoduleUrl, RelativeAddressesAreThoseOfTheirParent) {
  struct Case {
    const char *parent, *url, *expected;
  };
  for (const Case& one :
       {Case{"https://forge.corp/acme/infra.git", "../modules.git", "https://forge.corp/acme/modules.git"},
        Case{"https://forge.corp/acme/infra", "../../other/net", "https://forge.corp/other/net"},
        Case{"https://forge.corp/acme/infra/", "./sub", "https://forge.corp/acme/infra/sub"},
        Case{"git@forge.corp:acme/infra.git", "../modules.git", "git@forge.corp:acme/modules.git"},
        Case{"git@forge.corp:infra.git", "../modules.git", "git@forge.corp:modules.git"},
        Case{"ssh://git@bb.corp:7999/prj/infra.git", "../net.git", "ssh://git@bb.corp:7999/prj/net.git"},
        Case{"https://forge.corp/a/b", "ssh://git@other.corp/x.git", "ssh://git@other.corp/x.git"}}) {
    const auto url = git::submodule_url(*git::parse_remote_url(one.parent), one.url);
    ASSERT_TRUE(url) << one.url << ": " << url.error().message;
    EXPECT_EQ(url->text, one.expected);
  }
}

TEST(SubmoduleUrl, T_G03_T_G02_OnlyHttpsAndSshAndNothingOutsideTheServer) {
  const auto parent = *git::parse_remote_url("https://forge.corp/acme/infra.git");
  for (const char* url :
       {"", "file:///etc", "/srv/git/x.git", "ext::sh -c id", "git://forge.corp/x", "-oProxyCommand=x", "../../../x",
        "../../../../evil.corp/x", "../", "./", "../modules.git\r", "https://a:b@forge.corp/x", "../a/../../b",
        "ssh://-oProxyCommand=x/a", "ftp://forge.corp/x"}) {
    EXPECT_FALSE(git::submodule_url(parent, url)) << url;
  }
}

class Submodules : public testing::Test {
 protected:
  void SetUp() override { sha_ = origin_.commit("first"); }
  void add(const std::string& path, const std::string& section) {
    fs::create_directories(origin_.tree() / path);
    origin_.git({"update-index", "--add", "--cacheinfo", "160000," + sha_ + "," + path});
    text_ += section;
    origin_.write(".gitmodules", text_);
  }
  base::Result<std::vector<git::Submodule>> list() { return list_of(origin_.commit("submodules")); }
  base::Result<std::vector<git::Submodule>> list_of(const std::string& commit) {
    git::GitRun run;
    run.repository = origin_.path();
    run.home = home_.path();
    return git::list_submodules(run, commit);
  }
  support::GitRepository origin_;
  base::TemporaryDirectory home_ = *base::TemporaryDirectory::create(fs::temp_directory_path(), "home-");
  std::string sha_, text_;
};

TEST_F(Submodules, AreListedWithTheirCommits) {
  add("modules/net", "[submodule \"net\"]\n\tpath = modules/net\n\turl = ../net.git\n");
  add("modules/off", "[submodule \"off\"]\n\tpath = modules/off\n\turl = ../off.git\n\tupdate = none\n");
  const auto found = list();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 1U) << "the other is switched off";
  EXPECT_EQ(found->front().path, "modules/net");
  EXPECT_EQ(found->front().url, "../net.git");
  EXPECT_EQ(found->front().sha, sha_);
}

TEST_F(Submodules, ACommitWithoutAnyHasNone) {
  origin_.write(".gitmodules", "[submodule \"gone\"]\n\tpath = gone\n\turl = file:///etc\n");
  const auto found = list();
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, IsEmpty());
}

TEST_F(Submodules, T_G03_WithoutAnAddressOrWithAHostileNameNothingIsListed) {
  add("modules/net", "");
  EXPECT_THAT(list().error().message, HasSubstr("no section of .gitmodules"));
  add("modules/net", "[submodule \"../../hooks\"]\n\tpath = modules/net\n\turl = ../net.git\n");
  EXPECT_THAT(list().error().message, HasSubstr("'..'"));
  text_ = "";
  add("modules/net", "[submodule \"net\"]\n\tpath = modules/net\n\turl = \"../net.git\\n\"\n");
  EXPECT_THAT(list().error().message, HasSubstr("control characters"));
  text_ = "";
  add("modules/net", "[submodule \"net\"]\n\tpath = modules/net\n\turl = -u./payload\n");
  EXPECT_THAT(list().error().message, HasSubstr("begins with '-'"));
  text_ = "";
  add("modules/net", "[submodule \"net\"\n");
  EXPECT_THAT(list().error().message, HasSubstr(".gitmodules cannot be read"));
}

TEST_F(Submodules, T_G03_T_G04_ALinkIsNoListOfSubmodules) {
  const auto made = [&](const std::vector<std::string>& arguments, const std::string& input) {
    return std::string(base::trim(origin_.git(arguments, input)));
  };
  const auto target = made({"hash-object", "-w", "--stdin"}, "real");
  const auto tree =
      made({"mktree", "--missing"}, "120000 blob " + target + "\t.gitmodules\n160000 commit " + sha_ + "\tnet\n");
  EXPECT_THAT(list_of(made({"commit-tree", tree, "-m", "link"}, "")).error().message,
              HasSubstr(".gitmodules is not a file"));
}

}  // namespace
