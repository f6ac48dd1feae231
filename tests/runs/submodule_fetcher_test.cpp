#include "runs/submodule_fetcher.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/file.h"
#include "git/unpack.h"
#include "tests/support/git_repository.h"
#include "tests/support/ssh_server.h"

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Real repositories behind a real sshd, which refer to each other.
class SubmoduleFetcher : public testing::Test {
 protected:
  SubmoduleFetcher()
      : server_({.authorized_keys = {key_.public_line()}, .host_keys = {"ed25519"}}),
        root_(*base::TemporaryDirectory::create(fs::temp_directory_path(), "submodules-")),
        mirrors_(std::move(*git::Mirrors::open(root_.path() / "mirrors"))) {}

  // `at` of `parent` becomes a submodule; returns the parent's new commit.
  std::string add(support::GitRepository& parent, const std::string& at, const std::string& url,
                  const std::string& commit) {
    fs::create_directories(parent.tree() / at);
    parent.git({"update-index", "--add", "--cacheinfo", "160000," + commit + "," + at});
    std::ofstream(parent.tree() / ".gitmodules", std::ios::app)
        << "[submodule \"" << at << "\"]\n\tpath = " << at << "\n\turl = " << url << "\n";
    return parent.commit("submodule " + at);
  }
  git::FetchRequest request(const std::string& url) {
    git::FetchRequest request;
    request.url = url;
    request.ssh = git::SshAccess{key_, server_.known_hosts()};
    return request;
  }
  base::Result<std::vector<git::ArchivePart>> collect(const support::GitRepository& top, const std::string& commit) {
    const git::ArchivePart part{{"org", "ot", "1"}, commit, ""};
    auto first = request(server_.url(top.path()));
    first.repository = part.repository;
    first.commits = {commit};
    first.refs = {"refs/heads/main"};
    RETURN_IF_ERROR(mirrors_->fetch(first));
    runs::SubmoduleFetcher fetcher(*mirrors_,
                                   [this](const git::RemoteUrl& url) -> base::Result<git::FetchRequest> {
                                     asked_.push_back(url.text);
                                     return request(url.text);
                                   },
                                   {});
    return fetcher.collect(part, first.url);
  }
  std::string url_of(const support::GitRepository& repository) { return server_.url(repository.path()); }

  crypto::SshKey key_ = *crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "key");
  support::SshServer server_;
  base::TemporaryDirectory root_;
  std::unique_ptr<git::Mirrors> mirrors_;
  std::vector<std::string> asked_;
};

TEST_F(SubmoduleFetcher, TheArchiveHasTheFilesOfSubmodulesAndOfTheirs) {
  support::GitRepository top, net, zone;
  zone.write("zone.tf", "zone\n");
  const auto zone_commit = zone.commit("zone");
  net.write("net.tf", "net\n");
  const auto net_commit = add(net, "zones/a", url_of(zone), zone_commit);
  top.write("main.tf", "top\n");
  const auto commit = add(top, "modules/net", url_of(net), net_commit);
  const auto parts = collect(top, commit);
  ASSERT_TRUE(parts) << parts.error().message << parts.error().detail;
  ASSERT_EQ(parts->size(), 3U);
  const auto packed = mirrors_->archive(*parts, root_.path() / "a.tar.gz");
  ASSERT_TRUE(packed) << packed.error().message;
  ASSERT_TRUE(git::unpack(root_.path() / "a.tar.gz", root_.path() / "out"));
  EXPECT_EQ(*base::read_file(root_.path() / "out/main.tf", 100), "top\n");
  EXPECT_EQ(*base::read_file(root_.path() / "out/modules/net/net.tf", 100), "net\n");
  EXPECT_EQ(*base::read_file(root_.path() / "out/modules/net/zones/a/zone.tf", 100), "zone\n");
  EXPECT_TRUE(packed->left_out.empty()) << packed->left_out.front();
}

TEST_F(SubmoduleFetcher, ACommitThatIsGoneIsToldWithTheSubmodule) {
  support::GitRepository top, net;
  net.commit("net");
  const auto commit = add(top, "modules/net", url_of(net), std::string(40, 'a'));
  const auto parts = collect(top, commit);
  ASSERT_FALSE(parts);
  EXPECT_THAT(parts.error().message, HasSubstr("submodule 'modules/net' (ssh://"));
  EXPECT_EQ(git::problem_of(parts.error()), git::Problem::kCommitGone) << parts.error().message;
}

TEST_F(SubmoduleFetcher, T_G03_LocalAndOtherAddressesAreRefusedBeforeAnythingIsAsked) {
  for (const std::string url : {"file:///etc", "ext::sh -c touch% /tmp/x", "/srv/other.git", "git://127.0.0.1/x"}) {
    support::GitRepository top;
    const auto first = top.commit("first");
    const auto parts = collect(top, add(top, "sub", url, first));
    ASSERT_FALSE(parts) << url;
    EXPECT_THAT(parts.error().message, HasSubstr("submodule 'sub'"));
    EXPECT_TRUE(asked_.empty());
  }
}

TEST_F(SubmoduleFetcher, T_G03_ChainsEndAfterThreeLevels) {
  support::GitRepository chain[5];
  std::string commit = chain[4].commit("last");
  for (int index = 3; index >= 0; --index) commit = add(chain[index], "down", url_of(chain[index + 1]), commit);
  const auto parts = collect(chain[0], commit);
  ASSERT_FALSE(parts);
  EXPECT_THAT(parts.error().message, HasSubstr("3 levels deep"));
  EXPECT_THAT(parts.error().message, HasSubstr("'down/down/down/down'"));
}

TEST_F(SubmoduleFetcher, T_G03_AThousandSubmodulesAreTooMany) {
  support::GitRepository top, net;
  const auto net_commit = net.commit("net");
  std::string index, sections;
  for (int number = 0; number < 1'000; ++number) {
    const auto path = "m/" + std::to_string(number);
    index += "160000 " + net_commit + "\t" + path + "\n";
    sections += "[submodule \"" + path + "\"]\n\tpath = " + path + "\n\turl = " + url_of(net) + "\n";
  }
  top.write(".gitmodules", sections);
  top.git({"add", ".gitmodules"});
  top.git({"update-index", "--index-info"}, index);
  top.git({"commit", "--quiet", "-m", "many"});
  const auto parts = collect(top, top.head());
  ASSERT_FALSE(parts);
  EXPECT_THAT(parts.error().message, HasSubstr("at most 50 submodules"));
}

}  // namespace
