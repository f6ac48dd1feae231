#include "runs/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/file.h"
#include "crypto/ssh_key.h"
#include "runs/run_key.h"

namespace runs {
namespace {

using testing::HasSubstr;
using testing::Not;

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    auto sandbox = make_bubblewrap_sandbox();
    if (!sandbox) GTEST_SKIP() << "no sandbox on this machine: " << sandbox.error().message;
    sandbox_ = std::move(*sandbox);
    auto directory = base::TemporaryDirectory::create(testing::TempDir(), "sandbox-");
    ASSERT_TRUE(directory);
    directory_ = std::make_unique<base::TemporaryDirectory>(std::move(*directory));
    std::filesystem::create_directory(directory_->path() / "work");
    command_.work_dir = directory_->path() / "work";
    command_.timeout = std::chrono::seconds(60);
  }

  Exit sh(const std::string& script, std::stop_token cancel = {}) {
    command_.argv = {"sh", "-c", script};
    auto exit = sandbox_->run(
        command_, [this](std::string_view text) { output_ += text; }, std::move(cancel));
    EXPECT_TRUE(exit) << exit.error().message;
    return exit ? *exit : Exit{};
  }

  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<base::TemporaryDirectory> directory_;
  Command command_;
  std::string output_;
};

TEST_F(SandboxTest, RunsInTheWorkDirectoryAndKeepsWhatIsWritten) {
  const Exit exit = sh("pwd; echo made > file; echo oops >&2");
  EXPECT_TRUE(exit.ok()) << exit.reason;
  EXPECT_THAT(output_, HasSubstr("/work\n"));
  EXPECT_THAT(output_, HasSubstr("oops\n"));
  EXPECT_EQ(*base::read_file(directory_->path() / "work" / "file", 100), "made\n");
}

TEST_F(SandboxTest, SystemFilesCanBeReadWhateverTheServersUmask) {
  const auto before = ::umask(077);
  sh("cat /etc/hosts /etc/resolv.conf /etc/passwd >/dev/null && echo readable; git config --list && echo git");
  ::umask(before);
  EXPECT_THAT(output_, HasSubstr("readable"));
  EXPECT_THAT(output_, HasSubstr("git\n"));
}

TEST_F(SandboxTest, AnAgentIsAskedAndTheKeyIsNowhereInside) {
  auto key = crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "modules");
  ASSERT_TRUE(key);
  const std::string fingerprint = key->fingerprint();
  auto lent = LentKey::start({*key, "[127.0.0.1]:2222 ssh-ed25519 AAAA\n"}, directory_->path(), directory_->path());
  ASSERT_TRUE(lent) << lent.error().message;
  (*lent)->lend_to(command_);
  const Exit exit = sh("ssh-add -l; id -un; cat ${GIT_SSH_COMMAND##*=}; grep -rl 'PRIVATE KEY' /work /tmp /run; env");
  EXPECT_TRUE(exit.ok()) << exit.reason << output_;
  EXPECT_THAT(output_, HasSubstr(fingerprint));
  EXPECT_THAT(output_, HasSubstr("[127.0.0.1]:2222 ssh-ed25519"));
  EXPECT_THAT(output_, Not(HasSubstr("PRIVATE KEY")));
  EXPECT_THAT(output_, Not(HasSubstr("cannot find name")));
  command_.agent.reset();
  output_.clear();
  sh("ssh-add -l");
  EXPECT_THAT(output_, Not(HasSubstr(fingerprint)));
}

TEST_F(SandboxTest, T_R03_TheEnvironmentIsExactlyWhatWasGiven) {
  ::setenv("SERVER_SECRET", "canary", 1);
  command_.environment = {{"GIVEN", "a b=c\nd"}};
  sh("env | cut -d= -f1 | sort | tr '\\n' ' '; printf '<%s>' \"$GIVEN\"; ls /proc/self/fd | tr '\\n' ' '");
  ::unsetenv("SERVER_SECRET");
  EXPECT_THAT(output_, HasSubstr("<a b=c\nd>"));
  EXPECT_THAT(output_, Not(HasSubstr("SERVER_SECRET")));
  EXPECT_THAT(output_, HasSubstr("0 1 2 3 "));  // 3 is the directory that ls reads
}

TEST_F(SandboxTest, T_R04_ServerFilesProcessesAndLoopbackAreOutOfReach) {
  ASSERT_TRUE(base::write_file(directory_->path() / "database", "canary"));
  sh("cat " + (directory_->path() / "database").string() + "; ls /root /home /var 2>&1; ls /proc | grep -c '^[0-9]'; " +
     "cat /proc/" + std::to_string(::getpid()) + "/environ; cat /proc/net/dev | grep -c eth; kill -0 " +
     std::to_string(::getpid()));
  EXPECT_THAT(output_, Not(HasSubstr("canary")));
  EXPECT_THAT(output_, HasSubstr("No such file"));
}

TEST_F(SandboxTest, T_R04_TheProgramHasAUidOfItsOwnAndNoCapability) {
  sh("id -u; grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status");
  EXPECT_THAT(output_, Not(testing::StartsWith("0\n")));
  EXPECT_THAT(output_, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(output_, HasSubstr("NoNewPrivs:\t1"));
}

TEST_F(SandboxTest, SystemFilesAreReadOnly) {
  sh("touch /usr/canary 2>&1; touch /tmp/ok && echo private tmp");
  EXPECT_THAT(output_, HasSubstr("private tmp"));
  EXPECT_FALSE(std::filesystem::exists("/usr/canary"));
  EXPECT_FALSE(std::filesystem::exists("/tmp/ok"));
}

TEST_F(SandboxTest, T_R05_ARunEndsAtItsTimeLimitWithAReason) {
  command_.timeout = std::chrono::milliseconds(300);
  const Exit exit = sh("sleep 1000");
  EXPECT_TRUE(exit.timed_out);
  EXPECT_THAT(exit.reason, HasSubstr("time limit"));
}

TEST_F(SandboxTest, T_R06_NothingSurvivesTheProgram) {
  const Exit exit = sh("(trap '' TERM; setsid sleep 54321 >/dev/null 2>&1 &) ; exit 0");
  EXPECT_TRUE(exit.ok()) << exit.reason;
  EXPECT_NE(std::system("pgrep -f 'sleep 5432[1]' >/dev/null"), 0);
}

TEST_F(SandboxTest, T_R07_CancelGivesTheProgramTimeToTidyUp) {
  std::stop_source cancel;
  std::atomic<bool> ready = false;
  command_.argv = {"sh", "-c", "trap 'echo tidied; exit 3' TERM; echo ready; while :; do sleep 0.05; done"};
  std::jthread canceler([&] {
    while (!ready) std::this_thread::yield();
    cancel.request_stop();
  });
  const auto exit = sandbox_->run(
      command_,
      [&](std::string_view text) {
        output_ += text;
        if (output_.find("ready") != std::string::npos) ready = true;
      },
      cancel.get_token());
  ready = true;
  ASSERT_TRUE(exit);
  EXPECT_TRUE(exit->canceled);
  EXPECT_THAT(output_, HasSubstr("tidied"));
}

TEST_F(SandboxTest, T_R10_OutputIsCutAtItsLimit) {
  command_.output_bytes = 1000;
  const Exit exit = sh("yes");
  EXPECT_TRUE(exit.output_capped);
  EXPECT_EQ(output_.size(), 1000U);
}

TEST_F(SandboxTest, T_R14_HowItEndedIsExact) {
  EXPECT_EQ(sh("exit 0").reason, "finished");
  EXPECT_EQ(sh("exit 2").reason, "exit status 2");
  const Exit killed = sh("kill -SEGV $$");
  EXPECT_EQ(killed.signal, SIGSEGV);
  EXPECT_TRUE(sh("kill -KILL $$").out_of_memory);
  command_.argv = {"no-such-program"};
  const auto missing = sandbox_->run(command_, [](std::string_view) {}, {});
  ASSERT_TRUE(missing);
  EXPECT_FALSE(missing->ok());
}

TEST_F(SandboxTest, T_R01_AProgramNameIsNeverAnOption) {
  command_.argv = {"--help"};
  EXPECT_EQ(sandbox_->run(command_, [](std::string_view) {}, {}).error().code, base::Code::kInvalid);
}

TEST_F(SandboxTest, T_X06_PrivateFilesAreTheProgramsAloneInMemoryAndGoneAfterIt) {
  const std::string directory = sandbox_->private_directory("run-1");
  command_.private_directory = directory;
  command_.private_files = {{"npm/.npmrc", base::Secret("canary-one"), 0600},
                            {"bin/askpass", base::Secret("#!/bin/sh\necho canary-two\n"), 0700}};
  const Exit exit = sh("cat " + directory + "/npm/.npmrc; " + directory + "/bin/askpass; stat -c '%a %u' " + directory +
                       " " + directory + "/npm/.npmrc; id -u; stat -f -c %T " + directory +
                       "; for p in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $p | grep -c canary; done | sort -u");
  EXPECT_TRUE(exit.ok() || exit.code == 1) << exit.reason << output_;
  EXPECT_THAT(output_, HasSubstr("canary-one"));
  EXPECT_THAT(output_, HasSubstr("canary-two"));
  EXPECT_THAT(output_, HasSubstr("700 "));
  EXPECT_THAT(output_, HasSubstr("600 "));
  EXPECT_THAT(output_, HasSubstr("tmpfs"));
  EXPECT_FALSE(std::filesystem::exists(directory));
  command_.private_directory.clear();
  command_.private_files.clear();
  output_.clear();
  sh("ls " + directory);
  EXPECT_THAT(output_, HasSubstr("No such file")) << "another run sees none of it";
}

TEST_F(SandboxTest, APrivateFileNeverLeadsOutOfItsDirectory) {
  command_.argv = {"true"};
  command_.private_directory = sandbox_->private_directory("run-1");
  for (const char* path : {"../x", "/etc/x", "a/../../x", ""}) {
    command_.private_files = {{path, base::Secret("x"), 0600}};
    EXPECT_FALSE(sandbox_->run(command_, [](std::string_view) {}, {})) << path;
  }
}

TEST(PlainSandbox, KeepsPrivateFilesInADirectoryThatGoesWithTheProgram) {
  const auto sandbox = make_plain_sandbox();
  auto work = base::TemporaryDirectory::create(testing::TempDir(), "sandbox-");
  Command command;
  command.work_dir = work->path();
  command.private_directory = sandbox->private_directory("run-" + std::to_string(::getpid()));
  command.private_files = {{"a/b", base::Secret("canary"), 0600}};
  command.argv = {"sh", "-c", "cat " + command.private_directory + "/a/b; stat -c %a " + command.private_directory};
  std::string output;
  const auto exit = sandbox->run(command, [&](std::string_view text) { output += text; }, {});
  ASSERT_TRUE(exit) << exit.error().message;
  EXPECT_EQ(output, "canary700\n");
  EXPECT_FALSE(std::filesystem::exists(command.private_directory));
}

TEST(PlainSandbox, T_X06_WhatAServerThatDiedLeftOfARunIsDiscarded) {
  const auto sandbox = make_plain_sandbox();
  const std::string name = "run-left-" + std::to_string(::getpid());
  const std::filesystem::path left = sandbox->private_directory(name);
  ASSERT_TRUE(std::filesystem::create_directories(left / "npm"));
  ASSERT_TRUE(base::write_file(left / "npm/.npmrc", "canary"));
  sandbox->discard(name);
  EXPECT_FALSE(std::filesystem::exists(left));
  sandbox->discard(name);
}

TEST_F(SandboxTest, T_X06_SecretsOfTheEnvironmentAreInNoArgumentList) {
  command_.environment = {{"TOKEN", "canary-4711-argv"}};
  sh("cat /proc/*/cmdline | tr '\\0' ' '");
  EXPECT_THAT(output_, Not(HasSubstr("canary-4711-argv")));
}

}  // namespace
}  // namespace runs
