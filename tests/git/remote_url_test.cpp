#include "git/remote_url.h"

#include <gmock/gmock.h>

namespace {

using git::RemoteUrl;

struct Good {
  const char* text;
  RemoteUrl::Transport transport;
  const char* user;
  const char* host;
  int port;
  const char* path;
};

TEST(RemoteUrl, ReadsBothSpellingsOfSshAndHttps) {
  using T = RemoteUrl::Transport;
  const Good table[] = {
      {"https://github.com/acme/infra.git", T::kHttps, "", "github.com", 443, "/acme/infra.git"},
      {"HTTPS://GitHub.com:8443/a/b", T::kHttps, "", "github.com", 8443, "/a/b"},
      {"http://ado.corp/tfs/C/P/_git/r", T::kHttp, "", "ado.corp", 80, "/tfs/C/P/_git/r"},
      {"ssh://ado.corp:22/tfs/Coll/My%20Project/_git/r", T::kSsh, "git", "ado.corp", 22, "/tfs/Coll/My Project/_git/r"},
      {"ssh://git@bb.corp:7999/~user/slug.git", T::kSsh, "git", "bb.corp", 7999, "/~user/slug.git"},
      {"git@ssh.dev.azure.com:v3/org/project/repo", T::kSsh, "git", "ssh.dev.azure.com", 22, "v3/org/project/repo"},
      {"ssh://git@[fe80::1]:2222/a", T::kSsh, "git", "fe80::1", 2222, "/a"},
  };
  for (const auto& good : table) {
    const auto url = git::parse_remote_url(good.text);
    ASSERT_TRUE(url) << good.text << ": " << url.error().message;
    EXPECT_EQ(url->transport, good.transport) << good.text;
    EXPECT_EQ(url->user, good.user) << good.text;
    EXPECT_EQ(url->host, good.host) << good.text;
    EXPECT_EQ(url->port, good.port) << good.text;
    EXPECT_EQ(url->path, good.path) << good.text;
  }
}

TEST(RemoteUrl, T_K06_T_G01_T_G02_DangerousAddressesAreRefused) {
  const std::string table[] = {"",
                               "-oProxyCommand=touch /tmp/x",
                               "--upload-pack=x",
                               "ssh://-oProxyCommand=x/a",
                               "ssh://git@-oProxyCommand=x/a",
                               "ssh://-l@host/a",
                               "git@-host:a",
                               "git@host:-b",
                               "a:-b",
                               "ssh://us er@host/a",
                               "ssh://us%20er@host/a",
                               "ssh://host:0/a",
                               "ssh://host:65536/a",
                               "ssh://host:22x/a",
                               "ssh://host:-1/a",
                               "ssh://host:+22/a",
                               "ssh://host: 22/a",
                               "ssh://host/a'b",
                               "ssh://host/a\"b",
                               "ssh://host/a;b",
                               "ssh://host/a%3Bb",
                               "ssh://host/$(id)",
                               "ssh://host/`id`",
                               "ssh://host/a\nb",
                               "ssh://host/a%0ab",
                               "ssh://host/a%00b",
                               "ssh://host/../../etc",
                               "ssh://host/a/%2e%2e/b",
                               "https://user@host/a",
                               "https://user:pass@host/a",
                               "ssh://git:pass@host/a",
                               "ext::sh -c id",
                               "ext::sh%20-c%20id",
                               "file:///etc/passwd",
                               "/etc/passwd",
                               "../repo",
                               "git://host/a",
                               "ftp://host/a",
                               "x::https://host/a",
                               "host::path",
                               "https://",
                               "https://host",
                               "https://host/",
                               "ssh:///a",
                               "https://ho st/a",
                               "https://h\\ost/a",
                               "https://host/a?b=c",
                               "https://host/a#b",
                               "https://host/%zz",
                               "ssh://[::1/a",
                               "ssh://[nonsense]/a",
                               "git@host:a%20b",
                               "https://host/\xff",
                               "ssh://host/%ff",
                               "ssh://ho|st/a",
                               "https://host/" + std::string(3'000, 'a')};
  for (const auto& text : table) {
    const auto url = git::parse_remote_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, base::Code::kInvalid) << text;
    EXPECT_THAT(url.error().message, testing::Not(testing::HasSubstr("pass@"))) << text;
  }
}

TEST(RemoteUrl, NamesHostsAsKnownHostsDoes) {
  EXPECT_EQ(git::parse_remote_url("ssh://git@Host/a")->known_host_name(), "host");
  EXPECT_EQ(git::parse_remote_url("ssh://git@host:2222/a")->known_host_name(), "[host]:2222");
}

TEST(Ref, T_G01_OnlyWellFormedRefsPass) {
  for (const char* good :
       {"refs/heads/main", "refs/pull/7/head", "refs/heads/feature/a-b", "refs/tags/v1.0", "refs/heads/\xc3\xa4"}) {
    EXPECT_TRUE(git::is_full_ref(good)) << good;
  }
  for (const char* bad : {"",
                          "main",
                          "-main",
                          "refs/heads",
                          "refs/heads/",
                          "refs/heads/-x",
                          "refs/heads/a..b",
                          "refs/heads/a b",
                          "refs/heads/a~1",
                          "refs/heads/a^",
                          "refs/heads/a:b",
                          "refs/heads/*",
                          "refs/heads/.a",
                          "refs/heads/a.lock",
                          "refs/heads/a@{1}",
                          "refs/heads/a\\b",
                          "refs/heads/a\nb",
                          "refs//heads/a",
                          "refs/heads/a.",
                          "+refs/heads/main",
                          "refs/heads/a?b",
                          "refs/heads/a[b"}) {
    EXPECT_FALSE(git::is_full_ref(bad)) << bad;
  }
  EXPECT_TRUE(git::is_short_ref("release/1.0"));
  EXPECT_FALSE(git::is_short_ref("--upload-pack=x"));
}

TEST(CommitId, IsFullAndLowerCase) {
  EXPECT_TRUE(git::is_commit_id(std::string(40, 'a')));
  EXPECT_TRUE(git::is_commit_id(std::string(64, '0')));
  for (const auto& bad : {std::string(39, 'a'), std::string(40, 'A'), std::string(41, 'a'), std::string("HEAD"),
                          "-" + std::string(39, 'a'), std::string(39, 'a') + "\n"}) {
    EXPECT_FALSE(git::is_commit_id(bad)) << bad;
  }
}

}  // namespace
