#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "git/mirror.h"
#include "git/unpack.h"
#include "tests/support/git_repository.h"
#include "tests/support/ssh_server.h"

namespace {

namespace fs = std::filesystem;
using git::Mirrors;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// One server for all: what is asked here happens after the fetch.
struct Shared {
  crypto::SshKey key = *crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "key");
  support::SshServer server{{.authorized_keys = {key.public_line()}, .host_keys = {"ed25519"}}};
};
Shared& shared() {
  static Shared one;
  return one;
}

class MirrorQueryTest : public testing::Test {
 protected:
  MirrorQueryTest() : root_(*base::TemporaryDirectory::create(fs::temp_directory_path(), "query-")) {
    open({});
    origin_.write("main.tf", "a\n");
    origin_.write("net/a.tf", "b\n");
    first_ = origin_.commit("first");
  }

  void open(git::MirrorOptions options) {
    mirrors_.reset();
    mirrors_ = std::move(*Mirrors::open(root_.path() / "m", options));
  }

  void fetch(const std::vector<std::string>& commits, const std::vector<std::string>& refs = {"refs/heads/main"}) {
    git::FetchRequest request;
    request.repository = key_;
    request.url = shared().server.url(origin_.path());
    request.commits = commits;
    request.refs = refs;
    request.ssh = git::SshAccess{shared().key, shared().server.known_hosts()};
    const auto fetched = mirrors_->fetch(request);
    ASSERT_TRUE(fetched) << fetched.error().message << fetched.error().detail;
  }

  std::vector<std::string> members(const fs::path& archive) {
    const auto listed = base::run_process({.arguments = {"tar", "--quoting-style=literal", "-tzf", archive.string()}});
    auto lines = base::split(base::trim(listed->output), '\n');
    return lines;
  }

  git::RepositoryKey key_{"org-a", "ot-a", "1"};
  base::TemporaryDirectory root_;
  support::GitRepository origin_;
  std::unique_ptr<Mirrors> mirrors_;
  std::string first_;
};

TEST_F(MirrorQueryTest, ChangedPathsCountBothNamesOfARenameAndTheDeleted) {
  origin_.git({"mv", "main.tf", "moved.tf"});
  origin_.remove("net/a.tf");
  origin_.write("new/x.tf", "x");
  origin_.write("sp ace/\xc3\xa4\n\".tf", "odd");
  const auto second = origin_.commit("second");
  fetch({first_, second});
  const auto changed = mirrors_->changed_by_push(key_, first_, second);
  ASSERT_TRUE(changed);
  EXPECT_TRUE(changed->known);
  EXPECT_THAT(changed->paths, ElementsAre("main.tf", "moved.tf", "net/a.tf", "new/x.tf", "sp ace/\xc3\xa4\n\".tf"));
}

TEST_F(MirrorQueryTest, ASubmoduleThatMovedIsAChangedPath) {
  origin_.git({"update-index", "--add", "--cacheinfo", "160000," + first_ + ",modules/vpc"});
  origin_.git({"commit", "--quiet", "-m", "submodule"});
  const auto second = origin_.head();
  fetch({first_, second});
  EXPECT_THAT(mirrors_->changed_by_push(key_, first_, second)->paths, ElementsAre("modules/vpc"));
}

TEST_F(MirrorQueryTest, ANewBranchIsComparedWithWhereItLeftTheDefaultBranch) {
  origin_.branch("feature", true);
  origin_.write("feature.tf", "f");
  const auto feature = origin_.commit("feature");
  origin_.branch("main", false);
  origin_.write("later.tf", "l");
  const auto later = origin_.commit("later");
  fetch({feature, later}, {"refs/heads/feature", "refs/heads/main"});
  EXPECT_THAT(mirrors_->changed_by_push(key_, "", feature, "refs/heads/main")->paths, ElementsAre("feature.tf"));
  EXPECT_THAT(mirrors_->changed_by_pull_request(key_, later, feature)->paths, ElementsAre("feature.tf"));
  // Two-dot, by contrast, also sees what main got meanwhile.
  EXPECT_THAT(mirrors_->changed_by_push(key_, later, feature)->paths, ElementsAre("feature.tf", "later.tf"));
}

TEST_F(MirrorQueryTest, WhatCannotBeKnownSaysWhy) {
  fetch({first_});
  const std::string gone(40, 'd');
  EXPECT_FALSE(mirrors_->changed_by_push(key_, gone, first_)->known);
  EXPECT_THAT(mirrors_->changed_by_push(key_, gone, first_)->reason, HasSubstr("not there any more"));
  EXPECT_FALSE(mirrors_->changed_by_push(key_, "", first_)->known);
  EXPECT_FALSE(mirrors_->changed_by_push(key_, "", first_, "refs/heads/other")->known);
  EXPECT_FALSE(mirrors_->changed_by_pull_request(key_, gone, first_)->known);
  EXPECT_EQ(git::problem_of(mirrors_->changed_by_push(key_, first_, gone).error()), git::Problem::kCommitGone);
  origin_.git({"checkout", "--quiet", "--orphan", "lonely"});
  const auto lonely = origin_.commit("no common history");
  fetch({lonely}, {"refs/heads/lonely"});
  EXPECT_THAT(mirrors_->changed_by_push(key_, "", lonely, "refs/heads/main")->reason, HasSubstr("no common history"));
}

TEST_F(MirrorQueryTest, TooManyChangesAreNotKnown) {
  for (int i = 0; i < 50; ++i) origin_.write("many/" + std::string(50, 'x') + std::to_string(i), "x");
  const auto second = origin_.commit("many");
  open({.changed_bytes = 1'000});
  fetch({first_, second});
  const auto changed = mirrors_->changed_by_push(key_, first_, second);
  ASSERT_TRUE(changed);
  EXPECT_FALSE(changed->known);
  EXPECT_THAT(changed->reason, HasSubstr("too many"));
}

TEST_F(MirrorQueryTest, T_G13_FactsOfACommitAreCleanText) {
  const auto second = origin_.commit("subject \x1b[31mred\x07 caf\xc3\xa9\n\nbody \xff end\n");
  fetch({second});
  const auto facts = mirrors_->commit_facts(key_, second);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->sha, second);
  EXPECT_THAT(facts->parents, ElementsAre(first_));
  EXPECT_EQ(facts->subject, "subject  [31mred  caf\xc3\xa9");
  EXPECT_TRUE(base::is_utf8(facts->message));
  EXPECT_EQ(facts->author_name, "Ann");
  EXPECT_EQ(facts->author_email, "ann@example.com");
  EXPECT_EQ(base::format_time(facts->commit_time), "2023-11-14T22:15:20.000Z");
}

TEST_F(MirrorQueryTest, KnowsAncestors) {
  const auto second = origin_.commit("second");
  fetch({first_, second});
  EXPECT_TRUE(*mirrors_->is_ancestor(key_, first_, second));
  EXPECT_FALSE(*mirrors_->is_ancestor(key_, second, first_));
}

TEST_F(MirrorQueryTest, AnArchiveHoldsTheCommitAndUnpacksToTheSame) {
  origin_.write("run.sh", "#!/bin/sh\n", true);
  origin_.write("empty", "");
  origin_.write("b\xc3\xa4r/deep/x", std::string(300'000, 'z'));
  origin_.link("net/link", "../main.tf");
  const auto second = origin_.commit("second");
  fetch({second});
  const auto archive = root_.path() / "a.tar.gz";
  const auto packed = mirrors_->archive(key_, second, archive);
  ASSERT_TRUE(packed) << packed.error().message << packed.error().detail;
  EXPECT_THAT(packed->left_out, IsEmpty());
  EXPECT_EQ(packed->files, 6);
  EXPECT_EQ(members(archive),
            (std::vector<std::string>{"b\xc3\xa4r/deep/x", "empty", "main.tf", "net/a.tf", "net/link", "run.sh"}));
  const auto unpacked = git::unpack(archive, root_.path() / "out");
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  const auto compared = base::run_process(
      {.arguments = {"diff", "-r", "--exclude=.git", origin_.tree().string(), (root_.path() / "out").string()}});
  EXPECT_TRUE(compared->succeeded()) << compared->output;
  EXPECT_NE(fs::status(root_.path() / "out" / "run.sh").permissions() & fs::perms::owner_exec, fs::perms::none);
  EXPECT_EQ(fs::status(root_.path() / "out" / "main.tf").permissions() & fs::perms::owner_exec, fs::perms::none);
}

TEST_F(MirrorQueryTest, T_A09_TheSameCommitGivesTheSameBytes) {
  fetch({first_});
  ASSERT_TRUE(mirrors_->archive(key_, first_, root_.path() / "1"));
  ASSERT_TRUE(mirrors_->remove(key_));
  fetch({first_});
  ASSERT_TRUE(mirrors_->archive(key_, first_, root_.path() / "2"));
  EXPECT_EQ(*base::read_file(root_.path() / "1", 1 << 20), *base::read_file(root_.path() / "2", 1 << 20));
}

TEST_F(MirrorQueryTest, T_A01_T_A02_T_G05_T_G13_WhatNoArchiveShouldHoldIsLeftOutWithANote) {
  origin_.link("out", "/etc/passwd");
  origin_.link("up", "../../etc");
  origin_.link("net/environ", "/proc/self/environ");
  origin_.link("net/tricky", "x/../../..");
  origin_.link("loop", "loop");
  origin_.write("new\nline", "x");
  origin_.write("back\\slash", "x");
  origin_.write(std::string(100, 'n') + "/" + std::string(200, 'm'), "long names are fine");
  origin_.write("-rf", "and so are dashes");
  origin_.write("trailing ", "and spaces");
  origin_.write("bad\xff", "and other bytes");
  origin_.git({"add", "--all", "--force"});
  origin_.git({"update-index", "--add", "--cacheinfo", "160000," + first_ + ",modules/vpc"});
  origin_.git({"commit", "--quiet", "-m", "odd"});
  const auto odd = origin_.head();
  fetch({odd});
  const auto packed = mirrors_->archive(key_, odd, root_.path() / "a.tar.gz");
  ASSERT_TRUE(packed) << packed.error().message;
  EXPECT_THAT(packed->left_out,
              testing::UnorderedElementsAre(HasSubstr("out: "), HasSubstr("up: "), HasSubstr("net/environ: "),
                                            HasSubstr("net/tricky: "), HasSubstr("line: "), HasSubstr("slash: "),
                                            HasSubstr("modules/vpc: a submodule")));
  for (const auto& note : packed->left_out) EXPECT_THAT(note, Not(HasSubstr("\n")));
  const auto unpacked = git::unpack(root_.path() / "a.tar.gz", root_.path() / "out");
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_TRUE(fs::exists(root_.path() / "out" / "bad\xff"));
  EXPECT_TRUE(fs::exists(root_.path() / "out" / std::string(100, 'n') / std::string(200, 'm')));
}

TEST_F(MirrorQueryTest, T_A07_StateAndToolDirectoriesAreLeftOut) {
  origin_.write(".terraform/plugins/x", "x");
  origin_.write("net/.terraform/y", "y");
  origin_.write("terraform.tfstate", "{}");
  origin_.write("net/terraform.tfstate.backup", "{}");
  origin_.write(".terraform.lock.hcl", "kept");
  const auto second = origin_.commit("second");
  fetch({second});
  ASSERT_TRUE(mirrors_->archive(key_, second, root_.path() / "a"));
  EXPECT_THAT(members(root_.path() / "a"), ElementsAre(".terraform.lock.hcl", "main.tf", "net/a.tf"));
}

TEST_F(MirrorQueryTest, T_F30_T_G07_ATreeBombIsALimitAndLeavesNothing) {
  // 10 levels of a tree that holds the one below ten times: a few kilobytes of pack, 10^10 names.
  std::string tree(base::trim(origin_.git({"rev-parse", "HEAD^{tree}"})));
  for (int level = 0; level < 10; ++level) {
    std::string listing;
    for (int i = 0; i < 10; ++i) listing += "040000 tree " + tree + "\td" + std::to_string(i) + "\n";
    tree = std::string(base::trim(origin_.git({"mktree"}, listing)));
  }
  const std::string bomb(base::trim(origin_.git({"commit-tree", tree, "-p", first_, "-m", "bomb"})));
  origin_.git({"update-ref", "refs/heads/main", bomb});
  open({.query_timeout = std::chrono::seconds(2), .changed_bytes = 1 << 20});
  fetch({bomb, first_});
  const auto packed = mirrors_->archive(key_, bomb, root_.path() / "a");
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().code, base::Code::kTooLarge) << packed.error().message;
  EXPECT_FALSE(fs::exists(root_.path() / "a"));
  EXPECT_FALSE(mirrors_->changed_by_push(key_, first_, bomb)->known);
}

TEST_F(MirrorQueryTest, T_G07_LimitsOfFilesAndBytesHold) {
  fetch({first_});
  open({.archive_files = 1});
  EXPECT_EQ(git::problem_of(mirrors_->archive(key_, first_, root_.path() / "a").error()), git::Problem::kLimit);
  open({.archive_bytes = 3});
  EXPECT_EQ(git::problem_of(mirrors_->archive(key_, first_, root_.path() / "a").error()), git::Problem::kLimit);
  EXPECT_FALSE(fs::exists(root_.path() / "a"));
}

TEST_F(MirrorQueryTest, T_A10_AFullDiskIsACleanFailure) {
  fetch({first_});
  const auto packed = mirrors_->archive(key_, first_, "/proc/nowhere/a.tar.gz");
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().code, base::Code::kUnavailable);
}

TEST_F(MirrorQueryTest, HistoryGoesBackAlongTheFirstParents) {
  origin_.write("main.tf", "b\n");
  const auto second = origin_.commit("second");
  fetch({second});
  const auto all = mirrors_->history(key_, second, 10);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].subject, "second");
  EXPECT_THAT((*all)[0].parents, ElementsAre(first_));
  EXPECT_EQ((*all)[1].sha, first_);
  EXPECT_EQ(mirrors_->history(key_, second, 1)->size(), 1U);
}

TEST_F(MirrorQueryTest, FilesOfACommit) {
  fetch({first_});
  const auto files = mirrors_->files(key_, first_);
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_TRUE(files->known);
  EXPECT_THAT(files->paths, ElementsAre("main.tf", "net/a.tf"));
}

TEST_F(MirrorQueryTest, TagsAreAskedOfTheServer) {
  origin_.git({"tag", "v1.0.0", first_});
  origin_.git({"tag", "-a", "-m", "annotated", "v1.1.0", first_});
  git::FetchRequest request;
  request.repository = key_;
  request.url = shared().server.url(origin_.path());
  request.ssh = git::SshAccess{shared().key, shared().server.known_hosts()};
  const auto tags = mirrors_->remote_tags(request);
  ASSERT_TRUE(tags) << tags.error().message << tags.error().detail;
  EXPECT_THAT(*tags, ElementsAre("v1.0.0", "v1.1.0"));
}

}  // namespace
