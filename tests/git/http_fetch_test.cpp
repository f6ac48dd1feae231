#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "git/mirror.h"
#include "test_paths.h"
#include "tests/git/process_watch.h"
#include "tests/support/git_repository.h"

namespace {

namespace fs = std::filesystem;
using git::FetchRequest;
using git::Mirrors;
using git::Problem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kToken = "t0ken-canary-\"'$-%41";

// The Python server, alive as long as this object.
class GitHttpServer {
 public:
  GitHttpServer(const fs::path& root, const std::string& mode) {
    const auto script = std::string(RUNBRIDGE_SOURCE_DIR) + "/tests/git/git_http_server.py";
    const auto credentials = (root.parent_path() / "credentials").string();
    static_cast<void>(base::write_file(credentials, std::string("svc:") + kToken));
    std::array<int, 2> to{}, from{};
    if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    std::array<std::string, 5> words{"python3", script, root.string(), credentials, mode};
    std::array<char*, 6> arguments{words[0].data(), words[1].data(), words[2].data(),
                                   words[3].data(), words[4].data(), nullptr};
    if (::posix_spawnp(&process_, "python3", &actions, nullptr, arguments.data(), environ) != 0) {
      throw std::runtime_error("no python3");
    }
    posix_spawn_file_actions_destroy(&actions);
    ::close(to[0]);
    ::close(from[1]);
    input_ = base::FileDescriptor(to[1]);
    const base::FileDescriptor output(from[0]);
    std::string text;
    char letter = 0;
    while (::read(output.get(), &letter, 1) == 1 && letter != '\n') text.push_back(letter);
    port_ = static_cast<int>(base::to_integer(text).value_or(0));
  }
  ~GitHttpServer() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  GitHttpServer(const GitHttpServer&) = delete;
  GitHttpServer& operator=(const GitHttpServer&) = delete;
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

 private:
  pid_t process_ = -1;
  base::FileDescriptor input_;
  int port_ = 0;
};

class HttpFetchTest : public testing::Test {
 protected:
  HttpFetchTest() : root_(*base::TemporaryDirectory::create(fs::temp_directory_path(), "http-")) {
    fs::create_directory(root_.path() / "served");
    origin_.write("main.tf", "a");
    first_ = origin_.commit("first");
    fs::create_directory_symlink(origin_.path(), root_.path() / "served" / "repo.git");
    open({});
    serve("normal");
  }

  void open(git::MirrorOptions options) {
    mirrors_.reset();
    mirrors_ = std::move(*Mirrors::open(root_.path() / "m", options));
  }
  void serve(const std::string& mode) {
    server_.reset();
    server_ = std::make_unique<GitHttpServer>(root_.path() / "served", mode);
  }
  std::string diary() { return base::read_file(root_.path() / "diary", 1 << 20).value_or(""); }

  FetchRequest request(const std::string& path = "/repo.git") {
    FetchRequest request;
    request.repository = {"org-a", "ot-a", "1"};
    request.url = server_->url(path);
    request.commits = {first_};
    request.refs = {"refs/heads/main"};
    request.http = git::HttpAccess{.username = "svc", .password = base::Secret(kToken)};
    request.allow_http = true;
    return request;
  }

  void expect_problem(const base::Status& status, Problem problem) {
    ASSERT_FALSE(status);
    EXPECT_EQ(git::problem_of(status.error()), problem) << status.error().message << "\n" << status.error().detail;
    EXPECT_THAT(status.error().message + status.error().detail, Not(HasSubstr("canary")));
  }

  base::TemporaryDirectory root_;
  support::GitRepository origin_;
  std::unique_ptr<Mirrors> mirrors_;
  std::unique_ptr<GitHttpServer> server_;
  std::string first_;
};

TEST_F(HttpFetchTest, T_G10_APackWithAWrongBitIsNotTaken) {
  serve("corrupt");
  const auto fetched = mirrors_->fetch(request());
  ASSERT_FALSE(fetched);
  EXPECT_FALSE(mirrors_->has_commit({"org-a", "ot-a", "1"}, first_));
  serve("normal");
  EXPECT_TRUE(mirrors_->fetch(request())) << "the next attempt begins anew";
}

TEST_F(HttpFetchTest, FetchesWithATokenOfOddCharacters) {
  const auto fetched = mirrors_->fetch(request());
  ASSERT_TRUE(fetched) << fetched.error().message << fetched.error().detail;
  EXPECT_TRUE(mirrors_->has_commit({"org-a", "ot-a", "1"}, first_));
  EXPECT_THAT(diary(), HasSubstr("authorized"));
}

TEST_F(HttpFetchTest, SendsTheHeaderFirstWhereAsked) {
  serve("preemptive");
  expect_problem(mirrors_->fetch(request()), Problem::kAuthentication);
  auto wanted = request();
  wanted.http->as_header = true;
  fs::remove(root_.path() / "diary");
  const auto fetched = mirrors_->fetch(wanted);
  ASSERT_TRUE(fetched) << fetched.error().message << fetched.error().detail;
  EXPECT_THAT(diary(), Not(HasSubstr("anonymous")));
}

TEST_F(HttpFetchTest, T_G15_T_X06_TheTokenIsInNoArgumentEnvironmentOrFile) {
  const std::string basic = base::to_base64(std::string("svc:") + kToken);
  ProcessWatch watch({kToken, basic});
  for (const bool as_header : {false, true, false, true}) {
    auto wanted = request();
    wanted.repository.repository = std::to_string(as_header) + std::to_string(watch.hits().size());
    wanted.http->as_header = as_header;
    ASSERT_TRUE(mirrors_->remove(wanted.repository));
    ASSERT_TRUE(mirrors_->fetch(wanted));
  }
  watch.stop();
  EXPECT_THAT(watch.hits(), IsEmpty());
  EXPECT_THAT(watch.command_lines("git-remote-http"), Not(IsEmpty()));
  for (const auto& entry : fs::recursive_directory_iterator(root_.path() / "m")) {
    const auto text = base::read_file(entry.path(), 1 << 20);
    if (!text) continue;
    EXPECT_THAT(*text, Not(HasSubstr(kToken))) << entry.path();
    EXPECT_THAT(*text, Not(HasSubstr(basic))) << entry.path();
  }
}

TEST_F(HttpFetchTest, ARefusedTokenIsAnAuthenticationProblem) {
  auto wanted = request();
  wanted.http->password = base::Secret("wrong-canary");
  expect_problem(mirrors_->fetch(wanted), Problem::kAuthentication);
  wanted.http->password = base::Secret();
  expect_problem(mirrors_->fetch(wanted), Problem::kAuthentication);
}

TEST_F(HttpFetchTest, AMissingRepositoryIsNotFound) {
  expect_problem(mirrors_->fetch(request("/other.git")), Problem::kNotFound);
}

TEST_F(HttpFetchTest, ARedirectIsNotFollowed) {
  serve("redirect");
  expect_problem(mirrors_->fetch(request()), Problem::kMoved);
}

TEST_F(HttpFetchTest, T_G08_AServerThatStallsIsGivenUp) {
  serve("stall");
  open({.stall_timeout = std::chrono::seconds(1)});
  const auto before = std::chrono::steady_clock::now();
  expect_problem(mirrors_->fetch(request()), Problem::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20));
}

TEST_F(HttpFetchTest, ConnectsOnlyToTheCheckedAddress) {
  auto wanted = request();
  wanted.url = base::replace_all(wanted.url, "127.0.0.1", "no-such-host.invalid");
  wanted.addresses = {"127.0.0.1"};
  const auto fetched = mirrors_->fetch(wanted);
  EXPECT_TRUE(fetched) << fetched.error().message << fetched.error().detail;
}

TEST_F(HttpFetchTest, T_G02_PlainHttpNeedsPermission) {
  auto wanted = request();
  wanted.allow_http = false;
  const auto fetched = mirrors_->fetch(wanted);
  ASSERT_FALSE(fetched);
  EXPECT_THAT(fetched.error().message, HasSubstr("--outbound-http"));
}

TEST_F(HttpFetchTest, ALineBreakInATokenIsRefused) {
  auto wanted = request();
  wanted.http->password = base::Secret("a\nhost=evil");
  EXPECT_EQ(mirrors_->fetch(wanted).error().code, base::Code::kInvalid);
}

}  // namespace
