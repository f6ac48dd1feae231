#include "base/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/file.h"
#include "base/strings.h"

namespace {

using base::Command;
using base::ProcessResult;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

Command shell(std::string script) { return Command{.arguments = {"sh", "-c", std::move(script)}}; }

base::Result<ProcessResult> run(Command command) { return base::run_process(command); }

bool is_gone(pid_t process) {
  const auto until = steady_clock::now() + seconds(5);
  while (steady_clock::now() < until) {
    if (::kill(process, 0) != 0) return true;
    const auto status = base::read_file("/proc/" + std::to_string(process) + "/status", 65536);
    if (!status || status->find("State:\tZ") != std::string::npos) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST(Process, KeepsOutputErrorsAndExitCodeApart) {
  const auto result = run(shell("echo out; echo err >&2; exit 7"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->errors, "err\n");
  EXPECT_EQ(result->exit_code, 7);
  EXPECT_FALSE(result->succeeded());
}

TEST(Process, GetsItsInputWhole) {
  const std::string input(3'000'000, 'x');
  auto command = Command{.arguments = {"wc", "-c"}};
  command.input = input;
  const auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_EQ(base::trim(result->output), "3000000");
}

TEST(Process, SurvivesAProgramThatDoesNotReadItsInput) {
  const std::string input(3'000'000, 'x');
  auto command = Command{.arguments = {"true"}};
  command.input = input;
  const auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->succeeded());
}

TEST(Process, SeesNothingOfOurEnvironment) {
  ::setenv("RUNBRIDGE_CANARY", "secret", 1);
  auto command = Command{.arguments = {"env"}};
  command.environment = {{"ONLY", "this"}};
  const auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "ONLY=this\n");
}

TEST(Process, HasNoDescriptorsButTheNamedOnes) {
  const base::FileDescriptor leaking(::open("/dev/null", O_RDONLY));  // on purpose without O_CLOEXEC
  const base::FileDescriptor given(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  auto command = Command{.arguments = {"ls", "-l", "/proc/self/fd"}};
  command.descriptors = {{given.get(), 7}};
  const auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_THAT(result->output, testing::HasSubstr("7 -> /dev/zero"));
  EXPECT_THAT(result->output, testing::Not(testing::HasSubstr("/dev/null")));
  // 0, 1, 2, 7 and the directory that ls itself reads.
  std::size_t arrows = 0;
  for (const auto& line : base::split(result->output, '\n')) arrows += line.find("->") != std::string::npos ? 1 : 0;
  EXPECT_EQ(arrows, 5U);
}

TEST(Process, PassesDescriptorsWhoseNumbersCross) {
  base::FileDescriptor zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  base::FileDescriptor full(::open("/dev/full", O_RDONLY | O_CLOEXEC));
  auto command =
      shell("readlink /proc/self/fd/" + std::to_string(zero.get()) + " /proc/self/fd/" + std::to_string(full.get()));
  command.descriptors = {{zero.get(), full.get()}, {full.get(), zero.get()}};
  const auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "/dev/full\n/dev/zero\n");
}

TEST(Process, ATimeOutKillsTheWholeGroup) {
  auto command = shell("sleep 1000 & echo $!; wait");
  command.timeout = milliseconds(300);
  const auto before = steady_clock::now();
  const auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, ProcessResult::End::kTimedOut);
  EXPECT_EQ(result->signal, SIGKILL);
  EXPECT_LT(steady_clock::now() - before, seconds(5));
  EXPECT_TRUE(is_gone(static_cast<pid_t>(*base::to_integer(base::trim(result->output)))));
}

TEST(Process, WhatIsLeftOfTheGroupIsKilledWhenTheProgramEnds) {
  const auto result = run(shell("sleep 1000 >/dev/null 2>&1 & echo $!"));
  ASSERT_TRUE(result);
  EXPECT_TRUE(is_gone(static_cast<pid_t>(*base::to_integer(base::trim(result->output)))));
}

TEST(Process, AStopRequestSignalsSoftlyFirst) {
  std::stop_source source;
  auto command = shell("trap 'echo bye; exit 3' INT; echo ready; while :; do sleep 0.05; done");
  command.soft_signal = SIGINT;
  command.grace = seconds(20);
  command.stop = source.get_token();
  std::string seen;
  command.on_output = [&](std::string_view piece) {
    seen += piece;
    if (seen == "ready\n") source.request_stop();
    return true;
  };
  const auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, ProcessResult::End::kStopped);
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(seen, "ready\nbye\n");
}

TEST(Process, AProgramThatIgnoresTheSoftSignalIsKilledAfterTheGrace) {
  auto command = shell("trap '' TERM; while :; do sleep 0.05; done");
  command.timeout = milliseconds(200);
  command.soft_signal = SIGTERM;
  command.grace = milliseconds(200);
  const auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, ProcessResult::End::kTimedOut);
  EXPECT_EQ(result->signal, SIGKILL);
}

TEST(Process, OutputBeyondTheLimitIsCutOrEndsTheProgram) {
  auto command = shell("head -c 100000 /dev/zero; echo done >&2");
  command.output_limit = 1000;
  auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->succeeded());
  EXPECT_TRUE(result->output_cut);
  EXPECT_EQ(result->output.size(), 1000U);
  EXPECT_EQ(result->errors, "done\n");

  command = shell("cat /dev/zero");
  command.output_limit = 1000;
  command.end_at_limit = true;
  result = run(command);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, ProcessResult::End::kLimit);
}

TEST(Process, ExactlyTheLimitIsNotCut) {
  auto command = shell("printf 12345");
  command.output_limit = 5;
  const auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->output_cut);
  EXPECT_EQ(result->output, "12345");
}

TEST(Process, AFileLimitHolds) {
  const auto directory = base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "process-");
  ASSERT_TRUE(directory);
  auto command = shell("head -c 100000 /dev/zero > big");
  command.directory = directory->path();
  command.file_size_limit = 5000;
  const auto result = run(command);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->succeeded());
  EXPECT_LE(std::filesystem::file_size(directory->path() / "big"), 5000U);
}

TEST(Process, StartsWithDefaultSignalsInAGroupOfItsOwn) {
  const auto result =
      run(shell("ps -o pgid= -p $$ | tr -d ' '; echo $$; exec grep -E 'Sig(Ign|Blk)' /proc/self/status"));
  ASSERT_TRUE(result);
  const auto lines = base::split(result->output, '\n');
  ASSERT_GE(lines.size(), 4U);
  EXPECT_EQ(lines[0], lines[1]);
  EXPECT_THAT(lines[2], testing::HasSubstr("0000000000000000"));
  EXPECT_THAT(lines[3], testing::HasSubstr("0000000000000000"));
}

TEST(Process, AMissingProgramOrDirectoryIsAnError) {
  auto result = run(Command{.arguments = {"no-such-program"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "the program 'no-such-program' is not installed");
  result = run(Command{.arguments = {"/nowhere/program", "s3cret"}});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, testing::HasSubstr("No such file"));
  EXPECT_THAT(result.error().message, testing::Not(testing::HasSubstr("s3cret")));
  result = run(Command{.arguments = {"true"}, .directory = "/nowhere"});
  EXPECT_FALSE(result);
}

TEST(Process, RunsManyAtOnce) {
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&good, i] {
      const auto result = run(shell("echo " + std::to_string(i)));
      good += result && result->output == std::to_string(i) + "\n" ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(good, 8);
}

}  // namespace
