// The same promises for every kind, kept against the working fakes of tests/fakes over real HTTP.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/provider_fake.h"
#include "tests/vcs/all_kinds.h"
#include "tests/vcs/checks_of.h"

namespace {

using base::Code;
using nlohmann::json;
using testing::AnyOf;
using vcs_test::check_of;

// Leaves what the fake was asked in a file, for tests/contract/validate_diary.mjs. `address` is the path behind the
// fake's own address that a user would register.
void keep_diary(const test_support::ProviderFake& fake, const std::string& kind, const std::string& address) {
  const char* directory = std::getenv("RUNBRIDGE_TEST_DIARIES");
  if (directory == nullptr) return;
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test->test_suite_name()) + "." + test->name() + ".json";
  std::replace(name.begin(), name.end(), '/', '.');
  std::filesystem::create_directories(directory);
  std::ofstream file(std::filesystem::path(directory) / name);
  file << json{{"kind", kind}, {"address", address}, {"diary", fake.get("/_fake/diary")}};
  EXPECT_TRUE(file.flush()) << name;
}

struct Target {
  std::string name, kind, program;
  std::vector<std::string> arguments;
  std::string repository;  // of --repo
  std::string path;        // as a user types it
  std::string http, api;   // behind the fake's address; "-": leave empty
  std::string token, bad_token;
  json weak;               // a token's settings that lack a right the kind needs
  std::string weak_check;  // the check that says so; empty: verify cannot know
  std::size_t hooks = 1;   // what one hook is at the provider
};

void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

std::vector<Target> targets() {
  const json no_webhook_scope = {
      {"scopes",
       {"read:repository:bitbucket", "read:user:bitbucket", "read:workspace:bitbucket", "read:pullrequest:bitbucket"}}};
  return {{"GitHub",
           "github",
           "github.mjs",
           {},
           "octo/hello",
           "octo/hello",
           "",
           "",
           "ghp_fake",
           "ghp_wrong",
           {{"scopes", {"read:org"}}},
           "scopes"},
          {"GitHubEnterprise",
           "github_enterprise",
           "github.mjs",
           {"--enterprise", "3.14.0"},
           "octo/hello",
           "octo/hello",
           "",
           "-",
           "ghp_fake",
           "ghp_wrong",
           {{"scopes", {"read:org"}}},
           "scopes"},
          {"AdoServer",
           "ado_server",
           "ado_server.mjs",
           {"--context", "/tfs"},
           "My Project/infra",
           "My Project/_git/infra",
           "/tfs/DefaultCollection",
           "-",
           "fake-pat",
           "wrong-pat",
           {{"scopes", {"vso.project"}}},
           "scopes",
           4},
          {"AdoServer2019",
           "ado_server",
           "ado_server.mjs",
           {"--api-version", "5.0"},
           "P/infra",
           "P/infra",
           "/DefaultCollection",
           "-",
           "fake-pat",
           "wrong-pat",
           {{"view_subscriptions", false}, {"edit_subscriptions", false}},
           "",
           4},
          {"BitbucketDataCenter",
           "bitbucket_data_center",
           "bitbucket_data_center.mjs",
           {"--context", "/bitbucket"},
           "KEY/infra",
           "KEY/infra",
           "/bitbucket",
           "-",
           "fake-http-token",
           "wrong-token",
           {{"level", "REPO_READ"}},
           ""},
          {"BitbucketServer6",
           "bitbucket_data_center",
           "bitbucket_data_center.mjs",
           {"--version", "6.10.0"},
           "KEY/infra",
           "KEY/infra",
           "",
           "-",
           "fake-http-token",
           "wrong-token",
           {{"level", "REPO_READ"}},
           ""},
          {"BitbucketCloud",
           "bitbucket_hosted",
           "bitbucket_cloud.mjs",
           {},
           "acme/infra",
           "acme/infra",
           "",
           "/2.0",
           "emma@example.com:ATATT-fake",
           "emma@example.com:ATATT-wrong",
           no_webhook_scope,
           "hooks"},
          {"BitbucketCloudAccessToken",
           "bitbucket_hosted",
           "bitbucket_cloud.mjs",
           {},
           "acme/infra",
           "acme/infra",
           "/acme",
           "/2.0",
           "ATCTT-fake",
           "ATCTT-wrong",
           {{"scopes", {"repository", "pullrequest"}}},
           "hooks"}};
}

class ProviderContract : public testing::TestWithParam<Target> {
 protected:
  void SetUp() override {
    auto git = test_support::GitRepository::create();
    if (!git) GTEST_SKIP() << git.error().message;
    git_ = *std::move(git);
    std::vector<std::string> arguments = GetParam().arguments;
    arguments.insert(arguments.end(), {"--repo", GetParam().repository + "=" + git_->path()});
    auto fake = test_support::ProviderFake::start(GetParam().program, std::move(arguments));
    if (!fake) GTEST_SKIP() << fake.error().message;
    fake_ = *std::move(fake);
  }
  void TearDown() override {
    if (fake_) keep_diary(*fake_, GetParam().kind, GetParam().http);
  }

  const vcs::Kind& kind() const { return *vcs_test::all_kinds().find(GetParam().kind); }

  std::unique_ptr<vcs::Provider> provider(const std::string& token) const {
    vcs::ProviderConfig config;
    config.http_url = fake_->base_url() + GetParam().http;
    if (GetParam().api != "-") config.api_url = fake_->base_url() + (GetParam().api.empty() ? "/" : GetParam().api);
    config.token = base::Secret(token);
    const auto status = kind().normalize(config);
    EXPECT_TRUE(status) << status.error().message;
    return kind().make(std::move(config), fake_->client());
  }
  std::unique_ptr<vcs::Provider> provider() const { return provider(GetParam().token); }

  // The provider with a token that lacks a right. A name before ':' is kept.
  std::unique_ptr<vcs::Provider> weak_provider() const {
    const std::string& token = GetParam().token;
    const std::size_t colon = token.find(':');
    const std::string user = colon == std::string::npos ? "" : token.substr(0, colon + 1);
    const std::string weak = (colon == std::string::npos ? token : token.substr(colon + 1)) + "-weak";
    EXPECT_FALSE(fake_->post("/_fake/set", {{"tokens", {{weak, GetParam().weak}}}}).is_null());
    return provider(user + weak);
  }

  vcs::Repository found(vcs::Provider& provider) const {
    auto repository = provider.find_repository(GetParam().path);
    EXPECT_TRUE(repository) << repository.error().message;
    return repository ? *std::move(repository) : vcs::Repository{};
  }

  vcs::HookSpec spec(const char* secret = "the-hook-secret") const {
    return {"https://bridge.example.com/webhooks/vcs/1", base::Secret(secret), false};
  }

  std::size_t installed() const {
    const json state = fake_->get("/_fake/state");
    return state.is_object() && state.contains("hooks") ? state.at("hooks").size() : 999;
  }

  std::unique_ptr<test_support::GitRepository> git_;
  std::unique_ptr<test_support::ProviderFake> fake_;
};

TEST_P(ProviderContract, AGoodTokenPassesEveryCheck) {
  const auto verification = provider()->verify();
  ASSERT_TRUE(verification);
  for (const vcs::Check& check : verification->checks) {
    EXPECT_NE(check.state, vcs::Check::State::kFailed) << check.name << ": " << check.message;
  }
  EXPECT_TRUE(verification->ok);
}

TEST_P(ProviderContract, T_S18_ABadTokenFailsTheSignInAndIsNeverShown) {
  const std::string& bad = GetParam().bad_token;
  const auto verification = provider(bad)->verify();
  ASSERT_TRUE(verification);
  EXPECT_FALSE(verification->ok);
  EXPECT_TRUE(vcs_test::failed(*verification, "sign-in"));
  const std::string secret = bad.substr(bad.find(':') + 1);
  for (const vcs::Check& check : verification->checks) {
    EXPECT_EQ((check.message + check.remedy).find(secret), std::string::npos) << check.name;
    EXPECT_EQ(check.state == vcs::Check::State::kFailed, !check.remedy.empty()) << check.name;
  }
  const auto repository = provider(bad)->find_repository(GetParam().path);
  ASSERT_FALSE(repository);
  EXPECT_EQ(repository.error().code, Code::kUnauthorized) << repository.error().message;
  EXPECT_EQ(repository.error().message.find(secret), std::string::npos);
}

TEST_P(ProviderContract, T_S18_AMissingRightIsSaidByACheckOrByTheHook) {
  const auto weak = weak_provider();
  if (!GetParam().weak_check.empty()) {
    const auto verification = *weak->verify();
    EXPECT_TRUE(vcs_test::failed(verification, GetParam().weak_check));
    EXPECT_FALSE(check_of(verification, GetParam().weak_check).remedy.empty());
  }
  const vcs::Repository repository = found(*provider());
  const auto hook = weak->ensure_hook(repository, spec());
  ASSERT_FALSE(hook);
  EXPECT_THAT(hook.error().code, AnyOf(Code::kForbidden, Code::kUnauthorized, Code::kNotFound)) << hook.error().message;
  EXPECT_EQ(installed(), 0U);
}

TEST_P(ProviderContract, RepositoriesAreFoundAndListed) {
  const auto forge = provider();
  const vcs::Repository repository = found(*forge);
  EXPECT_FALSE(repository.id.empty());
  EXPECT_EQ(repository.default_branch, "main");
  EXPECT_TRUE(repository.https_clone_url.starts_with(fake_->base_url() + "/")) << repository.https_clone_url;
  EXPECT_EQ(repository.https_clone_url.find_first_of(" @"), std::string::npos);
  EXPECT_TRUE(repository.ssh_clone_url.empty() || repository.ssh_clone_url.starts_with("ssh://"));
  const auto slice = forge->list_repositories("", "");
  ASSERT_TRUE(slice) << slice.error().message;
  ASSERT_EQ(slice->items.size(), 1U);
  EXPECT_EQ(slice->items[0].id, repository.id);
  EXPECT_EQ(slice->items[0].path, repository.path);
  EXPECT_EQ(slice->next, "");
  EXPECT_TRUE(forge->list_repositories("no-such-name", "")->items.empty());
  EXPECT_EQ(found(*forge).path, repository.path);
}

TEST_P(ProviderContract, AnUnknownRepositoryIsNotFound) {
  const auto repository = provider()->find_repository(GetParam().path + "-not-there");
  ASSERT_FALSE(repository);
  EXPECT_EQ(repository.error().code, Code::kNotFound) << repository.error().message;
}

TEST_P(ProviderContract, BranchesAndTheirHeadsAreTold) {
  const auto forge = provider();
  const vcs::Repository repository = found(*forge);
  const auto slice = forge->list_branches(repository, "", "");
  ASSERT_TRUE(slice) << slice.error().message;
  EXPECT_EQ(slice->items.size(), 2U);
  EXPECT_EQ(forge->list_branches(repository, "FEATURE", "")->items.at(0).sha, git_->head("feature/x"));
  const auto head = forge->branch_head(repository, "feature/x");
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(*head, git_->head("feature/x"));
  EXPECT_EQ(forge->branch_head(repository, "feature/gone").error().code, Code::kNotFound);
  const std::size_t length = GetParam().kind == "ado_server" ? 40 : 12;  // Azure DevOps takes whole ids only
  const auto commit = forge->resolve_commit(repository, git_->head("main").substr(0, length));
  ASSERT_TRUE(commit) << commit.error().message;
  EXPECT_EQ(*commit, git_->head("main"));
}

TEST_P(ProviderContract, EnsuringTwiceLeavesOneHookAndRemovingTwiceNone) {
  const auto forge = provider();
  const vcs::Repository repository = found(*forge);
  const auto first = forge->ensure_hook(repository, spec());
  ASSERT_TRUE(first) << first.error().message;
  const auto second = forge->ensure_hook(repository, spec("a-new-secret"));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(first->ids, second->ids);
  EXPECT_EQ(installed(), GetParam().hooks);
  EXPECT_EQ(*forge->hook_state(repository, *second, spec().url), vcs::HookState::kActive);
  for (int i = 0; i < 2; ++i) {
    const auto removed = forge->remove_hook(repository, *second, spec().url);
    EXPECT_TRUE(removed) << removed.error().message;
  }
  EXPECT_EQ(installed(), 0U);
  EXPECT_EQ(*forge->hook_state(repository, *second, spec().url), vcs::HookState::kMissing);
}

TEST_P(ProviderContract, AHookWhoseIdWasForgottenIsRemovedByItsUrl) {
  const auto forge = provider();
  const vcs::Repository repository = found(*forge);
  ASSERT_TRUE(forge->ensure_hook(repository, spec()));
  EXPECT_TRUE(forge->remove_hook(repository, {}, spec().url));
  EXPECT_EQ(installed(), 0U);
}

base::Headers headers_of(const json& request) {
  base::Headers headers;
  for (const auto& [name, value] : request.at("headers").items()) headers.add(name, value.get<std::string>());
  return headers;
}

TEST_P(ProviderContract, WhatTheHookDeliversIsProvenAndUnderstood) {
  const auto forge = provider();
  const vcs::Repository repository = found(*forge);
  ASSERT_TRUE(forge->ensure_hook(repository, spec("old")));
  ASSERT_TRUE(forge->ensure_hook(repository, spec()));
  const std::string before = git_->head("main");
  const std::string after = git_->commit("main", "third");
  const json sent = fake_->post("/_fake/deliver", {{"event", "push"}, {"repo", GetParam().repository}});
  std::vector<vcs::Push> pushes;
  for (const json& delivery : sent.value("deliveries", json::array())) {
    const base::Headers headers = headers_of(delivery.at("request"));
    const std::string body = delivery.at("request").at("body");
    const auto verified = kind().verify_delivery(headers, body, spec().secret);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_FALSE(verified->delivery_id.empty());
    EXPECT_FALSE(kind().verify_delivery(headers, body, base::Secret("old"))) << "the secret was changed";
    const auto parsed = kind().parse(headers, body);
    ASSERT_TRUE(parsed) << parsed.error().message;
    for (const vcs::Event& event : parsed->events) {
      if (const auto* push = std::get_if<vcs::Push>(&event)) pushes.push_back(*push);
    }
  }
  ASSERT_EQ(pushes.size(), 1U) << sent.dump();
  EXPECT_EQ(pushes[0].repository.id, repository.id);
  EXPECT_EQ(pushes[0].repository.path, repository.path);
  EXPECT_EQ(pushes[0].ref, "main");
  EXPECT_EQ(pushes[0].before, before);
  EXPECT_EQ(pushes[0].after, after);
}

TEST_P(ProviderContract, PostingAStatusTwiceIsHarmless) {
  const auto forge = provider();
  const vcs::Repository repository = found(*forge);
  vcs::CommitStatus status;
  status.sha = git_->head("feature/x");
  status.context = "runbridge/acme/" + std::string(60, 'w');
  status.description = std::string(400, 'd');
  status.target_url = "https://bridge.example.com/runs/1";
  status.ref = "feature/x";
  for (const vcs::CommitState state :
       {vcs::CommitState::kPending, vcs::CommitState::kRunning, vcs::CommitState::kFailure, vcs::CommitState::kSuccess,
        vcs::CommitState::kSuccess, vcs::CommitState::kError}) {
    status.state = state;
    const auto posted = forge->set_status(repository, status);
    EXPECT_TRUE(posted) << posted.error().message;
  }
  EXPECT_FALSE(fake_->get("/_fake/state").at("statuses").empty());
}

TEST_P(ProviderContract, T_S19_TooManyCallsAreARateLimit) {
  const auto forge = provider();
  fake_->post("/_fake/fail", {{"count", 1}, {"status", 429}, {"headers", {{"Retry-After", "30"}}}, {"match", "GET "}});
  const auto slice = forge->list_repositories("", "");
  ASSERT_FALSE(slice);
  EXPECT_EQ(slice.error().code, Code::kRateLimited);
  EXPECT_EQ(slice.error().retry_after, std::chrono::seconds(30));
}

TEST_P(ProviderContract, ABrokenProviderIsUnavailable) {
  const auto forge = provider();
  fake_->post("/_fake/fail", {{"count", 1}, {"status", 503}, {"match", "GET "}});
  EXPECT_EQ(forge->list_repositories("", "").error().code, Code::kUnavailable);
  fake_->post("/_fake/fail", {{"count", 0}, {"drop", true}, {"match", "GET "}});
  EXPECT_THAT(forge->list_repositories("", "").error().code, AnyOf(Code::kUnavailable, Code::kUpstream));
  EXPECT_TRUE(vcs_test::failed(*forge->verify(), "reach"));
}

INSTANTIATE_TEST_SUITE_P(Kinds, ProviderContract, testing::ValuesIn(targets()),
                         [](const auto& target) { return target.param.name; });

class AdoContract : public testing::Test {
 protected:
  void SetUp() override {
    auto git = test_support::GitRepository::create();
    if (!git) GTEST_SKIP() << git.error().message;
    git_ = *std::move(git);
    auto fake = test_support::ProviderFake::start("ado_server.mjs", {"--repo", "P/infra=" + git_->path()});
    if (!fake) GTEST_SKIP() << fake.error().message;
    fake_ = *std::move(fake);
  }
  void TearDown() override {
    if (fake_) keep_diary(*fake_, "ado_server", "/DefaultCollection");
  }

  std::unique_ptr<vcs::Provider> provider(const char* token) const {
    vcs::ProviderConfig config;
    config.http_url = fake_->base_url() + "/DefaultCollection";
    config.token = base::Secret(token);
    const vcs::Kind& kind = *vcs_test::all_kinds().find("ado_server");
    EXPECT_TRUE(kind.normalize(config));
    return kind.make(std::move(config), fake_->client());
  }

  std::unique_ptr<test_support::GitRepository> git_;
  std::unique_ptr<test_support::ProviderFake> fake_;
};

TEST_F(AdoContract, T_S18_EveryWayToRefuseATokenIsRecognized) {
  for (const char* way : {"401", "203", "302", "anonymous"}) {
    fake_->post("/_fake/set", {{"bad_token", way}});
    EXPECT_TRUE(vcs_test::failed(*provider("wrong")->verify(), "sign-in")) << way;
  }
  fake_->post("/_fake/set", {{"iis", true}});
  EXPECT_THAT(check_of(*provider("fake-pat")->verify(), "sign-in").message, testing::HasSubstr("IIS"));
}

TEST_F(AdoContract, AStatusShowsOnThePullRequestToo) {
  const auto forge = provider("fake-pat");
  const auto repository = forge->find_repository("P/infra");
  ASSERT_TRUE(repository);
  fake_->post("/_fake/deliver", {{"event", "pull_request"},
                                 {"action", "opened"},
                                 {"repo", "P/infra"},
                                 {"source", "feature/x"},
                                 {"target", "main"},
                                 {"title", "t"}});
  const json pulls = fake_->get("/_fake/state").at("pulls");
  ASSERT_EQ(pulls.size(), 1U);
  vcs::CommitStatus status;
  status.sha = git_->head("feature/x");
  status.context = "runbridge/acme/prod";
  status.state = vcs::CommitState::kSuccess;
  status.pull_request_number = pulls[0].value("id", pulls[0].value("number", 1));
  const auto posted = forge->set_status(*repository, status);
  ASSERT_TRUE(posted) << posted.error().message;
  const json state = fake_->get("/_fake/state");
  EXPECT_EQ(state.at("statuses").size(), 1U);
  EXPECT_EQ(state.at("pulls").at(0).at("statuses").size(), 1U);
}

}  // namespace
