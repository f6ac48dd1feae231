#include "git/mirror.h"

#include <gmock/gmock.h>
#include <poll.h>

#include <atomic>
#include <fstream>
#include <map>
#include <thread>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "tests/git/process_watch.h"
#include "tests/support/git_repository.h"
#include "tests/support/ssh_server.h"

namespace {

namespace fs = std::filesystem;
using crypto::SshKey;
using crypto::SshKeyType;
using git::FetchRequest;
using git::Mirrors;
using git::Problem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Made when first asked for: an RSA key takes a second, and each case is a process of its own.
const SshKey& key_of(SshKeyType type) {
  static std::map<SshKeyType, SshKey> keys;
  const auto found = keys.find(type);
  return found != keys.end() ? found->second : keys.emplace(type, *SshKey::generate(type, "key")).first->second;
}

const SshKey& ed25519() { return key_of(SshKeyType::kEd25519); }

class MirrorTest : public testing::Test {
 protected:
  MirrorTest() : server_({.authorized_keys = {ed25519().public_line()}, .host_keys = {"ed25519"}}) {
    root_.emplace(*base::TemporaryDirectory::create(fs::temp_directory_path(), "mirrors-"));
    open({});
    origin_.write("main.tf", "a");
    first_ = origin_.commit("first");
  }

  void open(git::MirrorOptions options) {
    mirrors_.reset();
    auto opened = Mirrors::open(root_->path() / "m", options);
    ASSERT_TRUE(opened) << opened.error().message;
    mirrors_ = std::move(*opened);
  }

  FetchRequest request(std::vector<std::string> commits, std::vector<std::string> refs = {"refs/heads/main"}) {
    FetchRequest request;
    request.repository = key_;
    request.url = server_.url(origin_.path());
    request.commits = std::move(commits);
    request.refs = std::move(refs);
    request.ssh = git::SshAccess{ed25519(), server_.known_hosts()};
    return request;
  }

  void expect_problem(const base::Status& status, Problem problem, const char* says) {
    ASSERT_FALSE(status);
    EXPECT_EQ(git::problem_of(status.error()), problem) << status.error().message << "\n" << status.error().detail;
    EXPECT_THAT(status.error().message, HasSubstr(says));
  }

  std::vector<fs::path> left_overs() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(root_->path())) {
      const auto name = entry.path().filename().string();
      if (name.starts_with("tmp_") || name.ends_with(".lock") || name == "key.pub" || name == "known_hosts") {
        found.push_back(entry.path());
      }
    }
    return found;
  }

  git::RepositoryKey key_{"org-a", "ot-a", "17"};
  support::SshServer server_;
  support::GitRepository origin_;
  std::optional<base::TemporaryDirectory> root_;
  std::unique_ptr<Mirrors> mirrors_;
  std::string first_;
};

TEST_F(MirrorTest, FetchesACommitOverSshWithEachTypeOfKey) {
  for (const auto type : {SshKeyType::kEd25519, SshKeyType::kRsa, SshKeyType::kEcdsa}) {
    server_.authorize({key_of(type).public_line()});
    auto wanted = request({first_});
    wanted.repository.repository = crypto::ssh_key_type_name(type);
    wanted.ssh->key = key_of(type);
    const auto fetched = mirrors_->fetch(wanted);
    ASSERT_TRUE(fetched) << fetched.error().message << fetched.error().detail << server_.log();
    EXPECT_TRUE(mirrors_->has_commit(wanted.repository, first_));
  }
  EXPECT_THAT(left_overs(), IsEmpty());
}

TEST_F(MirrorTest, ACommitThatIsThereCostsNoConnection) {
  ASSERT_TRUE(mirrors_->fetch(request({first_})));
  auto again = request({first_});
  again.url = "ssh://git@127.0.0.1:1/nobody/there";
  EXPECT_TRUE(mirrors_->fetch(again));
}

TEST_F(MirrorTest, ManyCallersOfOneCommitMakeOneConnection) {
  std::vector<std::jthread> callers;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] { good += mirrors_->fetch(request({first_})) ? 1 : 0; });
  }
  callers.clear();
  EXPECT_EQ(good, 8);
  const auto log = server_.log();
  std::size_t accepted = 0;
  for (auto at = log.find("Accepted publickey"); at != std::string::npos; at = log.find("Accepted publickey", at + 1)) {
    ++accepted;
  }
  EXPECT_EQ(accepted, 1U) << log;
}

TEST_F(MirrorTest, T_K05_AnUnknownHostKeyIsRefused) {
  auto wanted = request({first_});
  wanted.ssh->known_hosts.clear();
  expect_problem(mirrors_->fetch(wanted), Problem::kHostKeyUnknown, "no SSH host key of 127.0.0.1 is pinned");
  wanted.ssh->known_hosts = "otherhost " + server_.host_public_line("ed25519") + "\n";
  expect_problem(mirrors_->fetch(wanted), Problem::kHostKeyUnknown, "pinned");
}

TEST_F(MirrorTest, T_K05_AChangedHostKeyIsRefusedAndSaysSo) {
  const auto wanted = request({first_});
  server_.change_host_keys();
  expect_problem(mirrors_->fetch(wanted), Problem::kHostKeyChanged, "is not the pinned one");
  EXPECT_FALSE(mirrors_->has_commit(key_, first_));
}

TEST_F(MirrorTest, AKeyTheServerDoesNotKnowIsAnAuthenticationProblem) {
  auto wanted = request({first_});
  wanted.ssh->key = *SshKey::generate(SshKeyType::kEd25519, "stranger");
  const auto fetched = mirrors_->fetch(wanted);
  expect_problem(fetched, Problem::kAuthentication, "does not accept the key");
  EXPECT_EQ(fetched.error().code, base::Code::kUnauthorized);
}

TEST_F(MirrorTest, AMissingRepositoryIsNotFound) {
  auto wanted = request({first_});
  wanted.url = server_.url("/no/such/repository.git");
  expect_problem(mirrors_->fetch(wanted), Problem::kNotFound, "the repository is not there");
}

TEST_F(MirrorTest, NobodyThereIsAConnectionProblem) {
  auto wanted = request({first_});
  wanted.url = "ssh://git@127.0.0.1:1/a.git";
  expect_problem(mirrors_->fetch(wanted), Problem::kConnect, "no connection");
  wanted.url = "ssh://git@no-such-host.invalid/a.git";
  expect_problem(mirrors_->fetch(wanted), Problem::kResolve, "does not resolve");
}

TEST_F(MirrorTest, TheNextCheckedAddressIsTriedWhenOneDoesNotAnswer) {
  auto wanted = request({first_});
  wanted.url = base::replace_all(wanted.url, "127.0.0.1", "no-such-host.invalid");
  wanted.ssh->known_hosts = base::replace_all(wanted.ssh->known_hosts, "127.0.0.1", "no-such-host.invalid");
  wanted.addresses = {"127.0.0.9", "127.0.0.1"};  // sshd listens on 127.0.0.1 only
  const auto fetched = mirrors_->fetch(wanted);
  EXPECT_TRUE(fetched) << fetched.error().message << fetched.error().detail;
}

TEST_F(MirrorTest, T_G09_ACommitThatIsNotThereIsGoneAndNothingElseIsTaken) {
  const std::string other = "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
  expect_problem(mirrors_->fetch(request({other})), Problem::kCommitGone, "is not in the repository (any more)");
  EXPECT_FALSE(mirrors_->has_commit(key_, other));
  expect_problem(mirrors_->fetch(request({}, {"refs/heads/gone"})), Problem::kCommitGone, "no such commit or ref");
}

TEST_F(MirrorTest, T_G09_ARefThatIsGoneDoesNotStopTheOthers) {
  EXPECT_TRUE(mirrors_->fetch(request({first_}, {"refs/heads/gone", "refs/heads/main"})));
  EXPECT_EQ(*mirrors_->ref_head(key_, "refs/heads/main"), first_);
  EXPECT_FALSE(mirrors_->ref_head(key_, "refs/heads/gone"));
}

TEST_F(MirrorTest, T_G09_AForcedPushShowsWhatItTookAway) {
  origin_.write("lost.tf", "x");
  const auto lost = origin_.commit("to be forced away");
  ASSERT_TRUE(mirrors_->fetch(request({lost})));
  origin_.git({"reset", "--quiet", "--hard", first_});
  origin_.write("kept.tf", "y");
  const auto kept = origin_.commit("instead");
  ASSERT_TRUE(mirrors_->fetch(request({kept})));
  const auto changed = mirrors_->changed_by_push(key_, lost, kept);
  ASSERT_TRUE(changed);
  EXPECT_THAT(changed->paths, ElementsAre("kept.tf", "lost.tf"));
}

TEST_F(MirrorTest, ABranchMayMakeRoomForAnotherBelowIt) {
  origin_.branch("a", true);
  ASSERT_TRUE(mirrors_->fetch(request({}, {"refs/heads/a"})));
  origin_.branch("main", false);
  origin_.git({"branch", "-D", "a"});
  origin_.branch("a/b", true);
  const auto second = origin_.commit("second");
  ASSERT_TRUE(mirrors_->fetch(request({}, {"refs/heads/a/b"})));
  EXPECT_EQ(*mirrors_->ref_head(key_, "refs/heads/a/b"), second);
}

TEST_F(MirrorTest, T_G11_TwoOrganizationsShareNothing) {
  ASSERT_TRUE(mirrors_->fetch(request({first_})));
  EXPECT_FALSE(mirrors_->has_commit({"org-b", "ot-a", "17"}, first_));
  EXPECT_FALSE(mirrors_->has_commit({"org-a", "ot-b", "17"}, first_));
  EXPECT_FALSE(mirrors_->has_commit({"org-a", "ot-a1", "7"}, first_));
  auto stranger = request({first_});
  stranger.repository.organization = "org-b";
  stranger.ssh->key = *SshKey::generate(SshKeyType::kEd25519, "stranger");
  expect_problem(mirrors_->fetch(stranger), Problem::kAuthentication, "does not accept");
}

TEST_F(MirrorTest, T_K03_T_K09_T_X06_TheKeyIsInNoArgumentEnvironmentOrFile) {
  const auto text = base::split(ed25519().private_text().reveal(), '\n');
  const std::string needle = text.at(2).substr(0, 40), other = text.at(3).substr(0, 40);
  std::atomic<bool> on_disk = false;
  ProcessWatch watch({needle, other});  // other tests beside this one have keys of their own
  std::jthread files([&](const std::stop_token& stopping) {
    while (!stopping.stop_requested()) {
      std::error_code code;
      for (auto at = fs::recursive_directory_iterator(root_->path(), code); at != fs::recursive_directory_iterator();
           at.increment(code)) {
        const auto contents = base::read_file(at->path(), 1 << 20);
        if (contents && contents->find(needle) != std::string::npos) on_disk = true;
      }
    }
  });
  for (int i = 0; i < 5; ++i) {
    auto wanted = request({first_});
    wanted.repository.repository = std::to_string(i);
    ASSERT_TRUE(mirrors_->fetch(wanted));
  }
  files.request_stop();
  files.join();
  watch.stop();
  EXPECT_THAT(watch.hits(), IsEmpty());
  EXPECT_FALSE(on_disk);
  // The watch did see the client it looked for, and how it was called.
  const auto clients = watch.command_lines("ssh");
  ASSERT_THAT(clients, Not(IsEmpty()));
  for (const char* option : {"-F none", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes", "BatchMode=yes",
                             "GlobalKnownHostsFile=/dev/null", "ClearAllForwardings=yes", "ForwardAgent=no"}) {
    EXPECT_THAT(clients, testing::Contains(HasSubstr(option)));
  }
  EXPECT_THAT(watch.command_lines("git"), testing::Contains(HasSubstr("--end-of-options ssh://")));
}

TEST_F(MirrorTest, T_K08_SettingsOfTheUserAreNotUsed) {
  ::setenv("SSH_AUTH_SOCK", "/nowhere/agent", 1);
  ::setenv("GIT_SSH_COMMAND", "false", 1);
  ::setenv("GIT_DIR", "/nowhere", 1);
  ::setenv("GIT_CONFIG_COUNT", "1", 1);
  ::setenv("GIT_CONFIG_KEY_0", "url.file:///etc/.insteadOf", 1);
  ::setenv("GIT_CONFIG_VALUE_0", "ssh://", 1);
  const auto fetched = mirrors_->fetch(request({first_}));
  for (const char* name :
       {"SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_DIR", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0"}) {
    ::unsetenv(name);
  }
  EXPECT_TRUE(fetched) << fetched.error().message;
}

// A server that is none: a Python program that listens, prints its port and does as it likes, while this lives.
class Listener {
 public:
  explicit Listener(const std::string& behavior) {
    command_.arguments = {"python3", "-c",
                          "import socket,sys,threading\n"
                          "s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen()\n"
                          "print(s.getsockname()[1], flush=True)\n" +
                              behavior + "\nsys.stdin.read()"};
    command_.stop = stop_.get_token();
    command_.on_output = [this](std::string_view text) {
      port_ = static_cast<int>(*base::to_integer(base::trim(text)));
      port_.notify_all();
      return true;
    };
    runner_ = std::jthread([this] { static_cast<void>(base::run_process(command_)); });
    port_.wait(0);
  }
  ~Listener() { stop_.request_stop(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  std::string url() const { return "ssh://git@127.0.0.1:" + std::to_string(port_.load()) + "/a.git"; }

 private:
  base::Command command_;
  std::atomic<int> port_ = 0;
  std::stop_source stop_;
  std::jthread runner_;
};

TEST_F(MirrorTest, T_K07_AServerThatHangsIsGivenUp) {
  open({.fetch_timeout = std::chrono::milliseconds(1'500), .connect_timeout = std::chrono::seconds(1)});
  const Listener silent("k=[s.accept()]");
  auto wanted = request({first_});
  wanted.url = silent.url();
  const auto before = std::chrono::steady_clock::now();
  const auto fetched = mirrors_->fetch(wanted);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, base::Code::kUnavailable) << fetched.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
}

// Before its version an SSH server may say what it likes.
TEST_F(MirrorTest, T_K07_AServerThatTalksWithoutEndIsGivenUpAndNotQuoted) {
  open({.fetch_timeout = std::chrono::seconds(8), .connect_timeout = std::chrono::seconds(2)});
  const Listener talking(
      "def talk():\n"
      "  while True:\n"
      "    c,_=s.accept()\n"
      "    try:\n"
      "      while True: c.sendall(b'\\x1b[2J\\x1b]0;owned\\x07 <b>hello</b>\\r\\n'*1000)\n"
      "    except OSError: pass\n"
      "threading.Thread(target=talk,daemon=True).start()");
  auto wanted = request({first_});
  wanted.url = talking.url();
  const auto fetched = mirrors_->fetch(wanted);
  ASSERT_FALSE(fetched);
  EXPECT_LT(fetched.error().message.size(), 500U);
  EXPECT_LT(fetched.error().detail.size(), 4'000U);
  for (const auto& text : {fetched.error().message, fetched.error().detail}) {
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("owned")));
  }
}

TEST_F(MirrorTest, T_G07_APackBeyondTheLimitIsRefusedAndItsBytesAreGivenBack) {
  std::string noise;
  for (unsigned i = 0, x = 1; i < 400'000; ++i)
    noise.push_back(static_cast<char>((x = x * 1664525U + 1013904223U) >> 24U));
  origin_.write("big.bin", noise);
  const auto big = origin_.commit("big");
  open({.pack_bytes = 100'000});
  expect_problem(mirrors_->fetch(request({big})), Problem::kLimit, "larger than this server allows");
  EXPECT_THAT(left_overs(), IsEmpty());
}

TEST_F(MirrorTest, T_G06_HooksFiltersAndConfigurationOfTheRepositoryDoNotRun) {
  const auto canary = root_->path() / "canary";
  origin_.write(".gitattributes", "*.tf filter=evil diff=evil export-subst\nhidden.tf export-ignore\n");
  origin_.write("hidden.tf", "$Format:%H$");
  origin_.write(".lfsconfig", "[lfs]\n\turl = http://127.0.0.1:1/\n");
  origin_.write(".gitconfig", "[core]\n\tsshCommand = touch " + canary.string() + "\n");
  const auto evil = origin_.commit("evil");
  ASSERT_TRUE(mirrors_->fetch(request({first_})));
  // Even inside our own copy a hook would not run.
  for (const auto& entry : fs::directory_iterator(root_->path() / "m" / "repositories")) {
    fs::create_directories(entry.path() / "hooks");
    for (const char* hook : {"reference-transaction", "post-checkout", "pre-auto-gc", "post-index-change"}) {
      ASSERT_TRUE(base::write_file(entry.path() / "hooks" / hook, "#!/bin/sh\ntouch " + canary.string() + "\n", 0755));
    }
  }
  ASSERT_TRUE(mirrors_->fetch(request({evil})));
  ASSERT_TRUE(mirrors_->changed_by_push(key_, first_, evil));
  const auto packed = mirrors_->archive(key_, evil, root_->path() / "a.tar.gz");
  ASSERT_TRUE(packed);
  EXPECT_FALSE(fs::exists(canary));
  const auto listed =
      base::run_process({.arguments = {"tar", "-xzOf", (root_->path() / "a.tar.gz").string(), "hidden.tf"}});
  EXPECT_EQ(listed->output, "$Format:%H$");
}

TEST_F(MirrorTest, T_G04_NamesLikeDotGitDoNotPassTheChecks) {
  const std::string blob(base::trim(origin_.git({"hash-object", "-w", "--stdin"}, "x")));
  for (const std::string name : {".GIT", "git~1", ".g\xe2\x80\x8cit"}) {
    const std::string tree(base::trim(origin_.git({"mktree"}, "100644 blob " + blob + "\t" + name + "\n")));
    const std::string commit(base::trim(origin_.git({"commit-tree", tree, "-m", "evil"})));
    origin_.git({"update-ref", "refs/heads/evil", commit});
    auto wanted = request({commit}, {"refs/heads/evil"});
    wanted.repository.repository = name;
    expect_problem(mirrors_->fetch(wanted), Problem::kDamaged, "does not pass git's checks");
  }
}

TEST_F(MirrorTest, T_F29_WhatAKilledFetchLeftIsSweptAndTheFetchWorksAgain) {
  ASSERT_TRUE(mirrors_->fetch(request({first_})));
  const auto second = origin_.commit("second");
  for (const auto& entry : fs::directory_iterator(root_->path() / "m" / "repositories")) {
    std::ofstream(entry.path() / "objects" / "pack" / "tmp_pack_abc") << "half";
    std::ofstream(entry.path() / "packed-refs.lock") << "";
    std::ofstream(entry.path() / "config.lock") << "";
  }
  fs::create_directories(root_->path() / "m" / "temporary" / "a-left");
  open({});
  EXPECT_THAT(left_overs(), IsEmpty());
  EXPECT_TRUE(fs::is_empty(root_->path() / "m" / "temporary"));
  EXPECT_TRUE(mirrors_->fetch(request({second})));
}

TEST_F(MirrorTest, T_F29_ADamagedCopyIsFetchedAnew) {
  ASSERT_TRUE(mirrors_->fetch(request({first_})));
  for (const auto& entry : fs::recursive_directory_iterator(root_->path() / "m" / "repositories")) {
    if (entry.path().extension() != ".pack") continue;
    fs::permissions(entry.path(), fs::perms::owner_all);
    std::fstream pack(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    pack.seekp(20);
    pack << std::string(60, '\x5a');
  }
  origin_.write("more.tf", "b");
  const auto second = origin_.commit("second");
  const auto fetched = mirrors_->fetch(request({second}));
  ASSERT_TRUE(fetched) << fetched.error().message << fetched.error().detail;
  EXPECT_TRUE(mirrors_->archive(key_, second, root_->path() / "a.tar.gz"));
}

TEST_F(MirrorTest, OneProcessOwnsTheDirectory) {
  const auto second = Mirrors::open(root_->path() / "m");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::kConflict);
}

TEST_F(MirrorTest, AStoppedFetchEndsAtOnce) {
  std::stop_source source;
  source.request_stop();
  auto wanted = request({first_});
  wanted.stop = source.get_token();
  EXPECT_FALSE(mirrors_->fetch(wanted));
}

TEST_F(MirrorTest, WrongInputIsRefusedBeforeAnyProcessStarts) {
  auto wanted = request({"main"});
  EXPECT_EQ(mirrors_->fetch(wanted).error().code, base::Code::kInvalid);
  wanted = request({}, {"--upload-pack=x"});
  EXPECT_EQ(mirrors_->fetch(wanted).error().code, base::Code::kInvalid);
  wanted = request({first_});
  wanted.url = "ext::sh -c id";
  EXPECT_EQ(mirrors_->fetch(wanted).error().code, base::Code::kInvalid);
  wanted = request({first_});
  wanted.ssh.reset();
  EXPECT_EQ(mirrors_->fetch(wanted).error().code, base::Code::kInvalid);
}

TEST_F(MirrorTest, ProbeTellsWhetherTheKeyGetsIn) {
  EXPECT_TRUE(mirrors_->probe(request({})));
  auto wanted = request({});
  wanted.ssh->key = *SshKey::generate(SshKeyType::kEd25519, "stranger");
  expect_problem(mirrors_->probe(wanted), Problem::kAuthentication, "does not accept");
}

TEST_F(MirrorTest, CompactingKeepsEverything) {
  ASSERT_TRUE(mirrors_->fetch(request({first_})));
  const auto second = origin_.commit("second");
  ASSERT_TRUE(mirrors_->fetch(request({second})));
  origin_.git({"reset", "--quiet", "--hard", first_});
  const auto third = origin_.commit("third");
  ASSERT_TRUE(mirrors_->fetch(request({third})));
  ASSERT_TRUE(mirrors_->compact(key_));
  for (const auto& sha : {first_, second, third}) EXPECT_TRUE(mirrors_->has_commit(key_, sha));
  ASSERT_TRUE(mirrors_->remove(key_));
  EXPECT_FALSE(mirrors_->has_commit(key_, first_));
  EXPECT_TRUE(mirrors_->fetch(request({third})));
}

}  // namespace
