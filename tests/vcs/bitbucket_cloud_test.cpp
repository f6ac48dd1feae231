#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "tests/vcs/all_kinds.h"
#include "tests/vcs/checks_of.h"
#include "tests/vcs/fake_client.h"
#include "vcs/bitbucket_cloud/cloud_provider.h"
#include "vcs/bitbucket_cloud/provider.h"

namespace {

using base::Code;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using vcs_test::check_of;
using vcs_test::failed;
using vcs_test::FakeClient;
using vcs_test::passed;

constexpr const char* kApi = "https://api.bitbucket.org/2.0";
constexpr const char* kHookUrl = "https://bridge.example.com/webhooks/vcs/1";
const std::string kSha = "174561d625c9623b60d8aba09b7f08ddc9df45cd";
const std::string kHooks = "/repositories/acme/infra/hooks";
const std::string kHookList = "GET " + kHooks + "?pagelen=100";
const std::string kMissingScope =
    R"({"type":"error","error":{"message":"Your credentials lack one or more required privilege scopes.",)"
    R"("detail":{"required":["read:webhook:bitbucket"],"granted":["read:user:bitbucket"]}}})";

std::unique_ptr<vcs::Provider> make(FakeClient& client, const char* token, const char* http = "https://bitbucket.org") {
  return vcs::bitbucket_cloud::make_provider({http, kApi, base::Secret(token), {}}, client);
}

class BitbucketCloud : public testing::Test {
 protected:
  BitbucketCloud() { repository.path = "acme/infra"; }

  FakeClient client{kApi};
  std::unique_ptr<vcs::Provider> provider = make(client, "me@example.com:ATATThunter2");
  vcs::Repository repository;
  vcs::HookSpec spec{kHookUrl, base::Secret("hook-secret"), false};
};

std::string hook_list(const std::string& url, const std::string& uuid = "{h1}") {
  return json{{"values",
               {{{"uuid", "{other}"}, {"url", "https://elsewhere/"}, {"active", true}, {"events", {"repo:push"}}},
                {{"uuid", uuid},
                 {"url", url},
                 {"active", true},
                 {"events",
                  {"repo:push", "repo:updated", "pullrequest:created", "pullrequest:updated", "pullrequest:fulfilled",
                   "pullrequest:rejected"}}}}}}
      .dump();
}

TEST(BitbucketCloudAddress, PastedUrlsBecomeTheTwoUrls) {
  const std::vector<std::array<const char*, 4>> table = {
      {"", "", "https://bitbucket.org", kApi},
      {"bitbucket.org", "", "https://bitbucket.org", kApi},
      {"https://me@bitbucket.org/acme/infra.git", "", "https://bitbucket.org/acme", kApi},
      {"https://bitbucket.org/acme/", kApi, "https://bitbucket.org/acme", kApi},
      {"https://api.bitbucket.org/2.0", "", "https://bitbucket.org", kApi},
      {"http://127.0.0.1:80", "http://127.0.0.1:80/2.0/", "http://127.0.0.1", "http://127.0.0.1/2.0"}};
  for (const auto& [http, api, want_http, want_api] : table) {
    vcs::ProviderConfig config;
    config.http_url = http;
    config.api_url = api;
    const auto status = vcs::bitbucket_cloud::normalize(config);
    ASSERT_TRUE(status) << http << ": " << status.error().message;
    EXPECT_EQ(config.http_url, want_http) << http;
    EXPECT_EQ(config.api_url, want_api) << http;
  }
  vcs::ProviderConfig own;
  own.http_url = "https://bitbucket.corp";
  EXPECT_THAT(vcs::bitbucket_cloud::normalize(own).error().message, HasSubstr("bitbucket_data_center"));
}

TEST(BitbucketCloudAddress, RepositoryPathsAreReadFromWhatPeoplePaste) {
  using vcs::bitbucket_cloud::read_path;
  for (const char* text :
       {"acme/infra", "https://bitbucket.org/acme/infra/src/main/", "https://me@bitbucket.org/acme/infra.git"}) {
    EXPECT_EQ(read_path(text).value_or("?"), "acme/infra") << text;
  }
  EXPECT_EQ(*read_path("{ws}/{repo}"), "{ws}/{repo}");
  for (const char* text : {"", "acme", "acme/../x", "a/b/c", "acme/in fra"}) EXPECT_FALSE(read_path(text)) << text;
}

TEST_F(BitbucketCloud, VerifyWithAnApiToken) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  client.on("GET /user", 200, vcs_test::shared_fixture("bitbucket-cloud/api/user.200.json"));
  client.on("GET /user/workspaces?pagelen=100", 200,
            vcs_test::shared_fixture("bitbucket-cloud/api/user_workspaces.200.json"));
  client.on("GET /repositories/my-workspace?pagelen=1", 200,
            vcs_test::shared_fixture("bitbucket-cloud/api/list_repos.200.json"));
  client.on("GET /repositories/atlassian/stash-example-plugin/hooks?pagelen=1", 200, "{}");
  const auto verification = *provider->verify();
  EXPECT_TRUE(verification.ok);
  EXPECT_EQ(verification.user_name, "bb bot");
  EXPECT_EQ(verification.user_id, "{00000000-0000-0000-0000-000000000001}");
  EXPECT_TRUE(passed(verification, "hooks"));
  EXPECT_EQ(client.authorization(), "Basic " + base::to_base64("me@example.com:ATATThunter2"));
}

TEST_F(BitbucketCloud, VerifyWithAnAccessTokenAsksTheWorkspace) {
  client.on("GET /user", 403, R"({"error":{"message":"no user"}})");
  client.on("GET /repositories/acme?pagelen=1", 200, R"({"values":[{"full_name":"acme/infra"}]})");
  client.on("GET /repositories/acme/infra/hooks?pagelen=1", 403, R"({"error":{"message":"not an admin"}})");
  const auto verification = *make(client, "ATCTThunter2", "https://bitbucket.org/acme")->verify();
  EXPECT_TRUE(verification.ok);
  EXPECT_EQ(client.authorization(), "Bearer ATCTThunter2");
  EXPECT_EQ(check_of(verification, "hooks").state, vcs::Check::State::kSkipped);
}

TEST_F(BitbucketCloud, AnAccessTokenNeedsItsWorkspace) {
  client.on("GET /user", 403, "{}");
  const auto verification = *make(client, "ATCTThunter2")->verify();
  EXPECT_TRUE(failed(verification, "repositories"));
  EXPECT_THAT(check_of(verification, "repositories").message, HasSubstr("https://bitbucket.org/WORKSPACE"));
}

TEST_F(BitbucketCloud, T_S18_ABadTokenIsSaidSoWithItsLikelyReason) {
  client.on("GET /user", 401,
            R"({"error":{"message":"Token is invalid, expired, or not supported for this endpoint."}})");
  EXPECT_TRUE(failed(*provider->verify(), "sign-in"));
  EXPECT_THAT(check_of(*make(client, "me:apppassword")->verify(), "sign-in").remedy, HasSubstr("App passwords"));
  client.on("GET /repositories/acme?pagelen=1", 401, "");
  EXPECT_THAT(check_of(*make(client, "ATATTx", "https://bitbucket.org/acme")->verify(), "sign-in").remedy,
              HasSubstr("EMAIL:TOKEN"));
}

TEST_F(BitbucketCloud, T_S18_AMissingScopeIsNamed) {
  client.on("GET /user", 200, R"({"uuid":"{1}","display_name":"Me"})");
  client.on("GET /user/workspaces?pagelen=100", 200, R"({"values":[{"workspace":{"slug":"acme"}}]})");
  client.on("GET /repositories/acme?pagelen=1", 200, R"({"values":[{"full_name":"acme/infra"}]})");
  client.on("GET /repositories/acme/infra/hooks?pagelen=1", 403, kMissingScope);
  const auto verification = *provider->verify();
  EXPECT_FALSE(verification.ok);
  EXPECT_THAT(check_of(verification, "hooks").message, HasSubstr("read:webhook:bitbucket"));
}

TEST_F(BitbucketCloud, RepositoriesOfAllWorkspacesAreWalked) {
  const std::string query = "?role=contributor&pagelen=100&sort=full_name";
  client.on("GET /user/workspaces?pagelen=100", 200,
            R"({"values":[{"workspace":{"slug":"one"}},{"workspace":{"slug":"two"}}],"next":""})");
  client.on("GET /repositories/one" + query, 200,
            json{{"values", {{{"uuid", "{1}"}, {"full_name", "one/a"}}}},
                 {"next", std::string(kApi) + "/repositories/one" + query + "&page=2"}}
                .dump());
  client.on("GET /repositories/one" + query + "&page=2", 200, R"({"values":[]})");
  client.on("GET /repositories/two" + query, 200, R"({"values":[{"uuid":"{2}","full_name":"two/b"}]})");
  const auto first = provider->list_repositories("", "");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->items.at(0).path, "one/a");
  const auto second = provider->list_repositories("", first->next);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->items.at(0).path, "two/b") << "the empty page between is skipped";
  EXPECT_EQ(second->next, "");
  EXPECT_EQ(provider->list_repositories("B", "")->items.at(0).path, "two/b");
}

TEST_F(BitbucketCloud, AnAccessTokenListsItsWorkspaceWithoutRole) {
  client.on("GET /repositories/acme?pagelen=100&sort=full_name", 200,
            R"({"values":[{"uuid":"{1}","full_name":"acme/a"}]})");
  const auto slice = make(client, "ATCTThunter2", "https://bitbucket.org/acme")->list_repositories("", "");
  EXPECT_EQ(slice->items.at(0).https_clone_url, "https://bitbucket.org/acme/a.git");
  EXPECT_EQ(make(client, "ATCTThunter2")->list_repositories("", "").error().code, Code::kInvalid);
}

TEST_F(BitbucketCloud, T_S08_AForeignNextPageIsNotFetched) {
  client.on("GET /repositories/acme/infra/refs/branches?pagelen=100&sort=name", 200,
            R"({"values":[],"next":"https://evil.example/2.0/x"})");
  EXPECT_EQ(provider->list_branches(repository, "", "").error().code, Code::kUpstream);
  EXPECT_EQ(client.take_calls().size(), 1U);
}

TEST_F(BitbucketCloud, OneRepositoryIsFound) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  client.on("GET /repositories/amuniz/test-repos", 200,
            vcs_test::shared_fixture("bitbucket-cloud/api/get_repo.200.json"));
  const auto found = provider->find_repository("amuniz/test-repos");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "{3deb8c29-778a-450c-8f69-3e50a18079df}");
  EXPECT_EQ(found->default_branch, "master");
  EXPECT_EQ(found->https_clone_url, "https://bitbucket.org/amuniz/test-repos.git");
  EXPECT_EQ(found->ssh_clone_url, "ssh://git@bitbucket.org/amuniz/test-repos.git");
}

TEST_F(BitbucketCloud, BranchesAndCommitsAreLookedUp) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  client.on("GET /repositories/acme/infra/refs/branches?pagelen=100&sort=name", 200,
            vcs_test::shared_fixture("bitbucket-cloud/api/list_branches.200.json"));
  EXPECT_EQ(provider->list_branches(repository, "bb-1", "")->items.at(0).name, "feature/BB-1");
  client.on("GET /repositories/acme/infra/refs/branches/feature/BB-1", 200, R"({"target":{"hash":")" + kSha + "\"}}");
  EXPECT_EQ(*provider->branch_head(repository, "feature/BB-1"), kSha);
  client.on("GET /repositories/acme/infra/commit/174561d625c9", 200, R"({"hash":")" + kSha + "\"}");
  EXPECT_EQ(*provider->resolve_commit(repository, "174561d625c9"), kSha);
}

TEST_F(BitbucketCloud, ANewHookIsCreatedWithItsSecret) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  client.on(kHookList, 200, R"({"values":[]})");
  client.on("POST " + kHooks, 201, vcs_test::shared_fixture("bitbucket-cloud/api/create_hook.201.json"));
  EXPECT_THAT(provider->ensure_hook(repository, spec)->ids, ElementsAre("{d53603cc-3f67-45ea-b310-aaa5ef6ec061}"));
  EXPECT_EQ(json::parse(client.body_of("POST " + kHooks)), json::parse(R"({
    "description":"runbridge","url":"https://bridge.example.com/webhooks/vcs/1","active":true,"secret":"hook-secret",
    "skip_cert_verification":false,
    "events":["repo:push","pullrequest:created","pullrequest:updated","pullrequest:fulfilled","pullrequest:rejected",
              "repo:updated"]})"));
}

TEST_F(BitbucketCloud, AnExistingHookIsAdopted) {
  client.on(kHookList, 200, hook_list(kHookUrl));
  client.on("PUT " + kHooks + "/%7Bh1%7D", 200, R"({"uuid":"{h1}"})");
  EXPECT_THAT(provider->ensure_hook(repository, spec)->ids, ElementsAre("{h1}"));
  EXPECT_EQ(json::parse(client.body_of("PUT " + kHooks + "/%7Bh1%7D"))["secret"], "hook-secret");
}

TEST_F(BitbucketCloud, APrivateBridgeAddressIsExplained) {
  client.on(kHookList, 200, "{}");
  client.on(
      "POST " + kHooks, 400,
      R"({"type":"error","error":{"fields":{"url":["url must resolve and cannot be internal"]},"message":"Bad request"}})");
  const auto hook = provider->ensure_hook(repository, spec);
  EXPECT_EQ(hook.error().code, Code::kInvalid);
  EXPECT_THAT(hook.error().message, HasSubstr("cannot be internal"));
  EXPECT_THAT(hook.error().message, HasSubstr("public URL"));
}

TEST_F(BitbucketCloud, HookStateAndRemoval) {
  client.on(kHookList, 200, hook_list(kHookUrl)).on(kHookList, 200, hook_list(kHookUrl)).on(kHookList, 200, "{}");
  client.on("DELETE " + kHooks + "/%7Bh1%7D", 204);
  EXPECT_EQ(*provider->hook_state(repository, {{"{h1}"}}, kHookUrl), vcs::HookState::kActive);
  EXPECT_TRUE(provider->remove_hook(repository, {{"{h1}"}}, kHookUrl));
  EXPECT_TRUE(provider->remove_hook(repository, {{"{h1}"}}, kHookUrl));
  EXPECT_EQ(*provider->hook_state(repository, {{"{h1}"}}, kHookUrl), vcs::HookState::kMissing);
}

TEST_F(BitbucketCloud, AStatusNamesItsBranch) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  const std::string call = "POST /repositories/acme/infra/commit/" + kSha + "/statuses/build";
  client.on(call, 201, vcs_test::shared_fixture("bitbucket-cloud/api/create_status.201.json"));
  ASSERT_TRUE(provider->set_status(repository, {kSha, vcs::CommitState::kPending, "runbridge/acme/prod", "waits",
                                                "https://b/runs/1", "feature/x", 3}));
  EXPECT_EQ(json::parse(client.body_of(call)), json::parse(R"({
    "key":"runbridge/acme/prod","state":"INPROGRESS","name":"runbridge/acme/prod","description":"waits",
    "url":"https://b/runs/1","refname":"feature/x"})"));
}

TEST(BitbucketCloudStatus, LongKeysAreHashedToForty) {
  using vcs::bitbucket_cloud::status_key;
  EXPECT_EQ(status_key(std::string(40, 'a')), std::string(40, 'a'));
  const std::string one = status_key(std::string(41, 'a'));
  EXPECT_EQ(one.size(), 40U);
  EXPECT_EQ(one, status_key(std::string(41, 'a')));
  EXPECT_NE(one, status_key(std::string(42, 'a')));
  EXPECT_EQ(status_key("Zürich").size(), 24U);
  EXPECT_LE(status_key(std::string(60, 'a') + "ü").size(), 40U);
}

TEST_F(BitbucketCloud, T_S19_TooManyCallsGiveARetry) {
  client.on("GET /repositories/acme/infra", 429, "Rate limit for this resource has been exceeded",
            {{"Content-Type", "text/plain"}});
  const auto found = provider->find_repository("acme/infra");
  EXPECT_EQ(found.error().code, Code::kRateLimited);
  EXPECT_EQ(found.error().retry_after, base::Millis(60'000));
}

TEST_F(BitbucketCloud, T_S14_NoPartOfTheTokenIsInAMessage) {
  const std::string basic = base::to_base64("me@example.com:ATATThunter2");
  client.on("GET /repositories/acme/infra", 400, json{{"error", {{"message", "ATATThunter2 " + basic}}}}.dump());
  const std::string message = provider->find_repository("acme/infra").error().message;
  EXPECT_EQ(message.find("hunter2"), std::string::npos);
  EXPECT_EQ(message.find(basic), std::string::npos);
}

TEST_F(BitbucketCloud, GitUsesTheUserOfTheTokensKind) {
  EXPECT_EQ(provider->git_credentials().username, "x-bitbucket-api-token-auth");
  EXPECT_EQ(provider->git_credentials().password.reveal(), "ATATThunter2");
  EXPECT_EQ(make(client, "ATCTT1")->git_credentials().username, "x-token-auth");
}

base::Result<vcs::Parsed> parse(const std::string& event, const json& body) {
  return vcs_test::all_kinds().find("bitbucket_hosted")->parse({{"X-Event-Key", event}}, body.dump());
}

json push_of(json old_side, json new_side) {
  return {{"repository", {{"uuid", "{1}"}, {"full_name", "a/b"}}},
          {"push", {{"changes", {{{"old", std::move(old_side)}, {"new", std::move(new_side)}}}}}}};
}

TEST(BitbucketCloudPayload, T_W21_T_W22_HostileNamesAndCommitsAreParked) {
  const auto branch = [](const std::string& name, const std::string& hash) {
    return json{{"type", "branch"}, {"name", name}, {"target", {{"hash", hash}}}};
  };
  EXPECT_TRUE(parse("repo:push", push_of(nullptr, branch("main", kSha))));
  EXPECT_FALSE(parse("repo:push", push_of(nullptr, branch("-x", kSha))));
  EXPECT_FALSE(parse("repo:push", push_of(nullptr, branch("main", kSha.substr(0, 12)))));
  EXPECT_FALSE(parse("repo:push", push_of(nullptr, nullptr)));
  const auto deleted = parse("repo:push", push_of(branch("main", kSha), nullptr));
  EXPECT_EQ(std::get<vcs::Push>(deleted->events.at(0)).after, "");
  EXPECT_EQ(std::get<vcs::Push>(deleted->events.at(0)).ref, "main");
}

TEST(BitbucketCloudPayload, T_W08_UnusedEventsAreIgnored) {
  EXPECT_EQ(parse("repo:fork", json::object())->ignored->reason, "event 'repo:fork' is not used");
  EXPECT_TRUE(parse("repo:push", json{{"repository", {{"uuid", "{1}"}, {"full_name", "a/b"}}}})->ignored);
}

TEST(BitbucketCloudPayload, AGoneForkIsStillAFork) {
  const json body = {
      {"repository", {{"uuid", "{1}"}, {"full_name", "a/b"}}},
      {"pullrequest",
       {{"id", 4},
        {"source", {{"branch", {{"name", "x"}}}, {"commit", {{"hash", "174561d625c9"}}}, {"repository", nullptr}}},
        {"destination", {{"branch", {{"name", "main"}}}}}}}};
  EXPECT_TRUE(std::get<vcs::PullRequest>(parse("pullrequest:updated", body)->events.at(0)).from_fork);
}

}  // namespace
