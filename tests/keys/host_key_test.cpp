#include <gmock/gmock.h>

#include "base/strings.h"
#include "tests/keys/keys_test.h"
#include "tests/support/ssh_server.h"

namespace {

using keys::HostKeyState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kHostKeys = "/api/v2/organizations/acme/ssh-host-keys";

class HostKeys : public KeysTest {
 protected:
  std::vector<keys::HostKey> scan(const support::SshServer& server) {
    auto scanned = service->scan(ada(), world->acme, server.host(), server.port());
    EXPECT_TRUE(scanned) << scanned.error().message << scanned.error().detail;
    return scanned ? *scanned : std::vector<keys::HostKey>();
  }
  std::vector<std::string> public_lines(const std::vector<keys::HostKey>& known) {
    std::vector<std::string> lines;
    for (const auto& key : known) lines.push_back(key.algorithm + " " + key.public_key);
    return lines;
  }
};
INSTANTIATE_ON_BOTH_DATABASES(HostKeys);

TEST_P(HostKeys, AScanSeesEveryKindOfKeyAndConfirmsNone) {
  const support::SshServer server({});
  const auto seen = scan(server);
  EXPECT_THAT(public_lines(seen),
              testing::UnorderedElementsAre(server.host_public_line("ed25519"), server.host_public_line("ecdsa"),
                                            server.host_public_line("rsa")));
  for (const auto& key : seen) EXPECT_EQ(key.state, HostKeyState::kUnconfirmed);
  EXPECT_EQ(*service->known_hosts(world->acme, "127.0.0.1", server.port()), "");
}

TEST_P(HostKeys, T_K05_PinningIsAnExplicitActAndAnotherScanChangesNothing) {
  const support::SshServer server({.host_keys = {"ed25519"}});
  const auto first = scan(server);
  ASSERT_THAT(first, SizeIs(1));
  const auto confirmed =
      post("/api/v2/ssh-host-keys/" + first[0].id.str() + "/actions/confirm", nlohmann::json::object());
  EXPECT_EQ(confirmed.status, 200);
  EXPECT_EQ(confirmed.attributes()["state"], "confirmed");
  EXPECT_EQ(confirmed.attributes()["confirmed-by"], "administrator");
  EXPECT_EQ(*service->known_hosts(world->acme, "127.0.0.1", server.port()), server.known_hosts());
  const auto again = scan(server);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].id, first[0].id);
  EXPECT_EQ(again[0].state, HostKeyState::kConfirmed);
}

TEST_P(HostKeys, T_K05_AChangedKeyStopsClonesUntilSomebodyConfirmsTheNewOne) {
  support::SshServer server({.host_keys = {"ed25519"}});
  ASSERT_TRUE(service->confirm(ada(), scan(server).at(0).id));
  server.change_host_keys();
  const auto seen = scan(server);
  ASSERT_THAT(seen, SizeIs(2));
  const auto stopped = service->known_hosts(world->acme, "127.0.0.1", server.port());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, base::Code::kConflict);
  EXPECT_THAT(stopped.error().message, HasSubstr("has changed"));
  for (const auto& key : seen) {
    if (key.state == HostKeyState::kUnconfirmed) {
      ASSERT_TRUE(service->confirm(ada(), key.id));
    }
  }
  EXPECT_EQ(*service->known_hosts(world->acme, "127.0.0.1", server.port()), server.known_hosts());
  EXPECT_THAT(*service->list_host_keys(world->acme), SizeIs(1));  // the old one is forgotten
}

TEST_P(HostKeys, OneThatWasBroughtAlongIsPinnedAtOnce) {
  const auto key = crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "");
  const auto line = key->public_line();
  const auto pinned =
      post(kHostKeys, {{"host", "Git.Corp"}, {"port", 2222}, {"public-key", "git.corp " + line + " x"}});
  ASSERT_EQ(pinned.status, 201) << pinned.text;
  EXPECT_EQ(pinned.attributes()["known-hosts-line"], "[git.corp]:2222 " + line);
  EXPECT_EQ(pinned.attributes()["fingerprint"], key->fingerprint());
  EXPECT_EQ(*service->known_hosts(world->acme, "GIT.corp", 2222), "[git.corp]:2222 " + line + "\n");
  EXPECT_EQ(*service->known_hosts(world->globex, "git.corp", 2222), "");
  EXPECT_EQ(*service->known_hosts(world->acme, "git.corp", 22), "");
  const std::string one = "/api/v2/ssh-host-keys/" + pinned.data()["id"].get<std::string>();
  EXPECT_EQ(get(one).status, 200);
  EXPECT_EQ(world->call(http::Method::kDelete, one).status, 204);
  EXPECT_EQ(*service->known_hosts(world->acme, "git.corp", 2222), "");
}

TEST_P(HostKeys, T_K06_NonsenseIsRefused) {
  const auto line = crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "")->public_line();
  for (const char* host : {"", "-oProxyCommand=x", "a b", "a/b", "host:22", "a\nb", "user@host", "$(id)"}) {
    EXPECT_EQ(post(kHostKeys, {{"host", host}, {"public-key", line}}).status, 422) << host;
  }
  EXPECT_EQ(post(kHostKeys, {{"host", "h"}, {"port", 0}, {"public-key", line}}).status, 422);
  EXPECT_EQ(post(kHostKeys, {{"host", "h"}, {"port", 65536}, {"public-key", line}}).status, 422);
  for (const char* key : {"", "ssh-ed25519", "ssh-ed25519 !!!", "ssh-ed25519 AAAA", "ssh-dss AAAAB3NzaC1kc3M="}) {
    EXPECT_EQ(post(kHostKeys, {{"host", "h"}, {"public-key", key}}).status, 422) << key;
  }
  EXPECT_THAT(*service->list_host_keys(world->acme), IsEmpty());
}

TEST_P(HostKeys, T_S01_AnAddressThatIsNotAllowedIsNotCalled) {
  const auto refused = post(std::string(kHostKeys) + "/actions/scan", {{"host", "127.0.0.2"}, {"port", 22}});
  EXPECT_EQ(refused.status, 422) << refused.text;
  EXPECT_THAT(refused.detail(), HasSubstr("--outbound-allow"));
}

TEST_P(HostKeys, NobodyThereAndNoSshServerAreToldApart) {
  const auto nobody = post(std::string(kHostKeys) + "/actions/scan", {{"url", "ssh://git@127.0.0.1:1/a"}});
  EXPECT_EQ(nobody.status, 503) << nobody.text;
  EXPECT_THAT(nobody.detail(), HasSubstr("nobody answers"));
}

}  // namespace
