#include "git/ssh_agent.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "crypto/ssh_wire.h"

namespace {

namespace fs = std::filesystem;
using crypto::SshKey;
using crypto::SshKeyType;
using git::SshAgent;

class SshAgentTest : public testing::Test {
 protected:
  SshAgentTest() : directory_(*base::TemporaryDirectory::create(fs::temp_directory_path(), "agent-")) {}

  void start(SshAgent::Options options = {}) {
    auto started = SshAgent::start(key_, directory_.path(), options);
    ASSERT_TRUE(started) << started.error().message;
    agent_ = std::move(*started);
  }

  base::ProcessResult run(const std::string& script) {
    base::Command command{.arguments = {"sh", "-c", script}};
    command.environment = {{"SSH_AUTH_SOCK", agent_->socket().string()}, {"PATH", "/usr/bin:/bin"}};
    command.directory = directory_.path();
    return *base::run_process(command);
  }

  // One raw message to the agent and its whole answer.
  std::string ask(const std::string& bytes) {
    const base::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, agent_->socket().c_str());
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return "no agent";
    if (::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return "no agent";
    ::shutdown(socket.get(), SHUT_WR);
    std::string answer(4096, '\0');
    std::size_t size = 0;
    for (ssize_t got = 0; (got = ::recv(socket.get(), answer.data() + size, answer.size() - size, 0)) > 0;) {
      size += static_cast<std::size_t>(got);
    }
    answer.resize(size);
    return answer;
  }

  static std::string message(std::string_view body) { return crypto::SshWriter().string(body).bytes(); }

  std::string sign_request(std::uint32_t flags, const std::string& blob) {
    return message(crypto::SshWriter().byte(13).string(blob).string("data").number(flags).bytes());
  }

  const std::string refusal_ = message("\x05");
  SshKey key_ = *SshKey::generate(SshKeyType::kEd25519, "clone key");
  base::TemporaryDirectory directory_;
  std::unique_ptr<SshAgent> agent_;
};

TEST_F(SshAgentTest, OpensshSeesExactlyOneKey) {
  start();
  const auto listed = run("ssh-add -l");
  EXPECT_EQ(base::trim(listed.output), "256 " + key_.fingerprint() + " clone key (ED25519)");
}

TEST_F(SshAgentTest, OpensshSignsThroughItWithEveryTypeOfKey) {
  for (const auto type : {SshKeyType::kEd25519, SshKeyType::kRsa, SshKeyType::kEcdsa}) {
    key_ = *SshKey::generate(type, "clone key");
    start();
    ASSERT_TRUE(base::write_file(directory_.path() / "key.pub", key_.public_line() + "\n"));
    ASSERT_TRUE(base::write_file(directory_.path() / "signers", "me " + key_.public_line() + "\n"));
    const auto result =
        run("echo text > text; rm -f text.sig; ssh-keygen -q -Y sign -f key.pub -n file text &&"
            "ssh-keygen -Y verify -f signers -I me -n file -s text.sig < text");
    EXPECT_TRUE(result.succeeded()) << result.errors;
    EXPECT_EQ(agent_->signatures(), 1);
  }
}

TEST_F(SshAgentTest, T_K09_TheSocketIsPrivateAndGoneWithItsOwner) {
  start();
  struct stat facts {};
  ASSERT_EQ(::stat(agent_->socket().parent_path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0700U);
  const auto parent = agent_->socket().parent_path();
  agent_.reset();
  EXPECT_FALSE(fs::exists(parent));
}

TEST_F(SshAgentTest, RefusesAllButListAndSign) {
  start();
  // Remove all (19), add (17), lock (22), smartcard (20), extension (27), old protocol (1), nothing at all.
  for (const char type : {'\x13', '\x11', '\x16', '\x14', '\x1b', '\x01'})
    EXPECT_EQ(ask(message({&type, 1})), refusal_);
  EXPECT_EQ(ask(message("")), refusal_);
  EXPECT_NE(run("ssh-keygen -q -t ed25519 -N '' -f other; ssh-add other").exit_code, 0);
}

TEST_F(SshAgentTest, SignsForItsOwnKeyOnly) {
  start();
  EXPECT_NE(ask(sign_request(0, key_.public_blob())), refusal_);
  EXPECT_EQ(ask(sign_request(0, SshKey::generate(SshKeyType::kEd25519, "")->public_blob())), refusal_);
  EXPECT_EQ(ask(message("\x0d half a request")), refusal_);
}

TEST_F(SshAgentTest, StopsAfterSoManySignatures) {
  start({.most_signatures = 2});
  EXPECT_NE(ask(sign_request(0, key_.public_blob())), refusal_);
  EXPECT_NE(ask(sign_request(0, key_.public_blob())), refusal_);
  EXPECT_EQ(ask(sign_request(0, key_.public_blob())), refusal_);
  EXPECT_EQ(agent_->signatures(), 2);
}

TEST_F(SshAgentTest, Sha1IsForThoseWhoAskedForIt) {
  key_ = *SshKey::generate(SshKeyType::kRsa, "");
  start();
  EXPECT_EQ(ask(sign_request(0, key_.public_blob())), refusal_);
  EXPECT_NE(ask(sign_request(SshKey::kRsaSha512, key_.public_blob())), refusal_);
  start({.allow_sha1 = true});
  EXPECT_THAT(ask(sign_request(0, key_.public_blob())), testing::HasSubstr("ssh-rsa"));
}

TEST_F(SshAgentTest, AMessageWithoutEndIsCutOff) {
  start();
  EXPECT_EQ(ask(std::string("\xff\xff\xff\xff", 4) + std::string(300'000, 'x')), "");
  EXPECT_NE(ask(sign_request(0, key_.public_blob())), "");  // and others are still served
}

TEST_F(SshAgentTest, ALongDirectoryDoesNotMatter) {
  const auto deep = directory_.path() / std::string(120, 'd');
  fs::create_directory(deep);
  auto started = SshAgent::start(key_, deep);
  ASSERT_TRUE(started) << started.error().message;
  agent_ = std::move(*started);
  EXPECT_TRUE(run("ssh-add -l").succeeded());
}

}  // namespace
