#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/vcs/all_kinds.h"
#include "tests/vcs/checks_of.h"
#include "tests/vcs/fake_client.h"
#include "vcs/bitbucket_data_center/address.h"
#include "vcs/bitbucket_data_center/provider.h"

namespace {

using base::Code;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using vcs_test::check_of;
using vcs_test::failed;
using vcs_test::FakeClient;
using vcs_test::passed;

constexpr const char* kServer = "https://bb.corp/bitbucket";
constexpr const char* kHookUrl = "https://bridge.corp/webhooks/vcs/1";
const std::string kSha = "9fdd7b96d3f5c276d0b9e0bf38c879eb112d889a";
const std::string kProperties = "GET /rest/api/1.0/application-properties";
const std::string kOneRepository = "GET /rest/api/1.0/repos?start=0&limit=1";
const std::string kRepository = "/rest/api/1.0/projects/KEY/repos/infra";
const std::string kHookList = "GET " + kRepository + "/webhooks?start=0&limit=100";

class BitbucketDataCenter : public testing::Test {
 protected:
  BitbucketDataCenter() { repository.path = "KEY/infra"; }

  FakeClient client{kServer};
  std::unique_ptr<vcs::Provider> provider = vcs::bitbucket_data_center::make_provider(
      {kServer, std::string(kServer) + "/rest/api/1.0", base::Secret("hunter2token"), {}}, client);
  vcs::Repository repository;
  vcs::HookSpec spec{kHookUrl, base::Secret("hook-secret"), false};
};

std::string hook_list(const std::string& url, bool is_active = true) {
  return json{{"isLastPage", true},
              {"values",
               {{{"id", 1}, {"url", "https://elsewhere/"}, {"active", true}, {"events", {"repo:refs_changed"}}},
                {{"id", 12},
                 {"url", url},
                 {"active", is_active},
                 {"events", {"repo:refs_changed", "pr:opened", "pr:merged", "pr:declined"}}}}}}
      .dump();
}

TEST(BitbucketDataCenterAddress, PastedUrlsBecomeTheServer) {
  const std::vector<std::pair<const char*, const char*>> table = {
      {"bb.corp", "https://bb.corp"},
      {"http://bb.corp:7990/", "http://bb.corp:7990"},
      {"https://bb.corp/bitbucket/projects/KEY/repos/infra/browse", "https://bb.corp/bitbucket"},
      {"https://me@bb.corp/scm/key/infra.git", "https://bb.corp"},
      {"https://bb.corp/users/jane/repos/x", "https://bb.corp"},
      {"https://bb.corp/bitbucket/rest/api/latest", "https://bb.corp/bitbucket"},
      {"https://bb.corp/bitbucket/dashboard", "https://bb.corp/bitbucket"}};
  for (const auto& [pasted, want] : table) {
    vcs::ProviderConfig config;
    config.http_url = pasted;
    ASSERT_TRUE(vcs::bitbucket_data_center::normalize(config)) << pasted;
    EXPECT_EQ(config.http_url, want) << pasted;
    EXPECT_EQ(config.api_url, std::string(want) + "/rest/api/1.0") << pasted;
  }
  vcs::ProviderConfig cloud;
  cloud.http_url = "https://bitbucket.org/acme";
  EXPECT_THAT(vcs::bitbucket_data_center::normalize(cloud).error().message, HasSubstr("bitbucket_hosted"));
}

TEST(BitbucketDataCenterAddress, RepositoryPathsAreReadFromWhatPeoplePaste) {
  const auto read = [](const char* text) {
    const auto path = vcs::bitbucket_data_center::read_path(text);
    return path ? path->text() : "refused";
  };
  EXPECT_EQ(read("KEY/infra"), "KEY/infra");
  EXPECT_EQ(read("~jane/infra"), "~jane/infra");
  EXPECT_EQ(read("https://bb.corp/bitbucket/projects/KEY/repos/infra/browse?at=x"), "KEY/infra");
  EXPECT_EQ(read("https://bb.corp/users/jane/repos/infra"), "~jane/infra");
  EXPECT_EQ(read("https://bb.corp/scm/key/infra.git"), "key/infra");
  for (const char* text : {"", "KEY", "KEY/../x", "a/b/c", "KEY/in fra"}) EXPECT_EQ(read(text), "refused") << text;
}

TEST_F(BitbucketDataCenter, VerifyTellsVersionAndUser) {
  client.on(kProperties, 200, R"({"version":"9.5.2","displayName":"Bitbucket"})");
  client.on(kOneRepository, 200, R"({"values":[{"id":1}],"isLastPage":true})",
            {{"X-AUSERNAME", "jane%40corp"}, {"X-AUSERID", "7"}});
  const auto verification = *provider->verify();
  EXPECT_TRUE(verification.ok);
  EXPECT_EQ(verification.server_version, "9.5.2");
  EXPECT_EQ(verification.user_name, "jane@corp");
  EXPECT_EQ(verification.user_id, "7");
  EXPECT_THAT(client.take_calls(), ElementsAre(kProperties, kOneRepository));
  EXPECT_EQ(client.authorization(), "Bearer hunter2token");
}

TEST_F(BitbucketDataCenter, T_S18_AnAnonymousAnswerIsNotASignIn) {
  client.on(kProperties, 200, R"({"version":"8.9.0"})");
  client.on(kOneRepository, 200, R"({"values":[{"id":1}]})", {{"X-AUSERNAME", "anonymous"}});
  EXPECT_TRUE(failed(*provider->verify(), "sign-in"));
  FakeClient other(kServer);
  other.on(kProperties, 200, R"({"version":"8.9.0"})");
  other.on(kOneRepository, 200, R"({"values":[],"isLastPage":true})");
  const auto second = vcs::bitbucket_data_center::make_provider(
      {kServer, std::string(kServer) + "/rest/api/1.0", base::Secret("x"), {}}, other);
  EXPECT_TRUE(failed(*second->verify(), "sign-in"));
}

TEST_F(BitbucketDataCenter, AProjectTokenHasNoUserAndIsAWarning) {
  client.on(kProperties, 200, R"({"version":"8.9.0"})");
  client.on(kOneRepository, 200, R"({"values":[{"id":1}]})");
  const auto verification = *provider->verify();
  EXPECT_TRUE(verification.ok);
  EXPECT_EQ(check_of(verification, "sign-in").state, vcs::Check::State::kWarning);
}

TEST_F(BitbucketDataCenter, T_S18_ABadTokenIsSaidSo) {
  client.on(kProperties, 200, R"({"version":"8.9.0"})")
      .on(kProperties, 401, R"({"errors":[{"message":"Token expired"}]})");
  client.on(kOneRepository, 401, R"({"errors":[{"context":null,"message":"Authentication failed."}]})");
  EXPECT_THAT(check_of(*provider->verify(), "sign-in").message, HasSubstr("Authentication failed."));
  EXPECT_THAT(check_of(*provider->verify(), "sign-in").message, HasSubstr("Token expired"));
}

TEST_F(BitbucketDataCenter, AnotherProductIsNotBitbucket) {
  client.on(kProperties, 404, "<html>", {{"Content-Type", "text/html"}});
  EXPECT_TRUE(failed(*provider->verify(), "reach"));
}

TEST_F(BitbucketDataCenter, RepositoriesArePagedByNextPageStart) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  json page = json::parse(vcs_test::shared_fixture("bitbucket-datacenter/api/list_repos.200.json"));
  page["isLastPage"] = false;
  page["nextPageStart"] = 25;
  client.on("GET /rest/api/1.0/repos?start=0&limit=100", 200, page.dump());
  client.on("GET /rest/api/1.0/repos?start=25&limit=100", 200,
            R"({"values":[],"isLastPage":true,"nextPageStart":null})");
  const auto slice = provider->list_repositories("ANOTHER", "");
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->items.size(), 1U);
  EXPECT_EQ(slice->items[0].path, "AMUNIZ/another-repo");
  EXPECT_EQ(slice->items[0].id, "2");
  EXPECT_EQ(slice->next, "25");
  EXPECT_TRUE(provider->list_repositories("", "25")->items.empty());
  EXPECT_FALSE(provider->list_repositories("", "/x"));
}

TEST_F(BitbucketDataCenter, T_S09_APageThatPointsToItselfIsFound) {
  client.on("GET /rest/api/1.0/repos?start=0&limit=100", 200, R"({"values":[],"isLastPage":false,"nextPageStart":0})");
  EXPECT_EQ(provider->list_repositories("", "").error().code, Code::kUpstream);
  EXPECT_EQ(client.take_calls().size(), 1U);
}

TEST_F(BitbucketDataCenter, OneRepositoryIsFoundWithItsDefaultBranch) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  const std::string path = "GET /rest/api/1.0/projects/AMUNIZ/repos/test-repos";
  client.on(path, 200, vcs_test::shared_fixture("bitbucket-datacenter/api/get_repo.200.json"));
  client.on(path + "/default-branch", 404, "{}");
  client.on(path + "/branches/default", 200, R"({"id":"refs/heads/main","displayId":"main"})");
  const auto found = provider->find_repository("AMUNIZ/test-repos");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->default_branch, "main");
  EXPECT_EQ(found->https_clone_url, "https://bb.corp/bitbucket/scm/AMUNIZ/test-repos.git");
  EXPECT_EQ(found->ssh_clone_url, "ssh://git@localhost:7999/amuniz/test-repos.git");
  EXPECT_EQ(found->http_url, "https://bb.corp/bitbucket/projects/AMUNIZ/repos/test-repos");
}

TEST_F(BitbucketDataCenter, AnEmptyRepositoryHasNoDefaultBranch) {
  client.on("GET " + kRepository, 200, R"({"id":1,"slug":"infra","project":{"key":"KEY"}})");
  client.on("GET " + kRepository + "/default-branch", 204);
  EXPECT_EQ(provider->find_repository("KEY/infra")->default_branch, "");
  EXPECT_EQ(provider->find_repository("KEY/infra")->ssh_clone_url, "") << "SSH is off";
}

TEST_F(BitbucketDataCenter, BranchesAndCommitsAreLookedUp) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  const std::string list = "GET " + kRepository + "/branches?orderBy=MODIFICATION";
  const std::string branches = vcs_test::shared_fixture("bitbucket-datacenter/api/list_branches.200.json");
  client.on(list + "&start=0&limit=100", 200, branches);
  client.on(list + "&filterText=feature%2FBB-1&start=0&limit=100", 200, branches);
  client.on("GET " + kRepository + "/commits/9fdd7b96d3f", 200, R"({"id":")" + kSha + "\"}");
  EXPECT_EQ(provider->list_branches(repository, "", "")->items.size(), 4U);
  EXPECT_EQ(*provider->branch_head(repository, "feature/BB-1"), "fb522a6f08c7c7df337312e4e65ec1b57710672e");
  EXPECT_EQ(*provider->resolve_commit(repository, "9fdd7b96d3f"), kSha);
}

TEST_F(BitbucketDataCenter, ANewHookIsCreated) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  client.on(kHookList, 200, R"({"values":[],"isLastPage":true})");
  client.on("POST " + kRepository + "/webhooks", 201,
            vcs_test::shared_fixture("bitbucket-datacenter/api/create_webhook.201.json"));
  EXPECT_THAT(provider->ensure_hook(repository, spec)->ids, ElementsAre("1"));
  EXPECT_EQ(json::parse(client.body_of("POST " + kRepository + "/webhooks")), json::parse(R"({
    "name":"runbridge","url":"https://bridge.corp/webhooks/vcs/1","active":true,"sslVerificationRequired":true,
    "configuration":{"secret":"hook-secret"},
    "events":["repo:refs_changed","pr:opened","pr:merged","pr:declined","pr:from_ref_updated","pr:modified","pr:deleted",
              "repo:modified"]})"));
}

TEST_F(BitbucketDataCenter, AnExistingHookIsAdopted) {
  client.on(kHookList, 200, hook_list(kHookUrl, false));
  client.on("PUT " + kRepository + "/webhooks/12", 200, R"({"id":12})");
  EXPECT_THAT(provider->ensure_hook(repository, spec)->ids, ElementsAre("12"));
  EXPECT_EQ(json::parse(client.body_of("PUT " + kRepository + "/webhooks/12"))["configuration"]["secret"],
            "hook-secret");
}

TEST_F(BitbucketDataCenter, AnOlderServerGetsFewerEvents) {
  const std::string create = "POST " + kRepository + "/webhooks";
  client.on(kHookList, 200, "{}");
  client.on(create, 400, R"({"errors":[{"context":"events","message":"Unknown event: pr:from_ref_updated"}]})");
  client.on(create, 400, R"({"errors":[{"context":"events","message":"The webhook event is not valid"}]})");
  client.on(create, 201, R"({"id":5})");
  EXPECT_THAT(provider->ensure_hook(repository, spec)->ids, ElementsAre("5"));
  EXPECT_EQ(json::parse(client.body_of(create))["events"],
            json::parse(R"(["repo:refs_changed","pr:opened","pr:merged","pr:declined","pr:modified","pr:deleted"])"));
}

TEST_F(BitbucketDataCenter, MissingAdminRightsAreExplained) {
  client.on(kHookList, 401, R"({"errors":[{"message":"You are not permitted to access this resource"}]})");
  EXPECT_THAT(provider->ensure_hook(repository, spec).error().message, HasSubstr("repository admin"));
}

TEST_F(BitbucketDataCenter, HookStateAndRemoval) {
  client.on(kHookList, 200, hook_list(kHookUrl)).on(kHookList, 200, hook_list(kHookUrl, false));
  client.on(kHookList, 200, hook_list(kHookUrl)).on(kHookList, 200, "{}");
  client.on("DELETE " + kRepository + "/webhooks/12", 204);
  EXPECT_EQ(*provider->hook_state(repository, {{"12"}}, kHookUrl), vcs::HookState::kActive);
  EXPECT_EQ(*provider->hook_state(repository, {{"12"}}, kHookUrl), vcs::HookState::kDisabled);
  EXPECT_TRUE(provider->remove_hook(repository, {{"12"}}, kHookUrl));
  EXPECT_TRUE(provider->remove_hook(repository, {{"12"}}, kHookUrl));
  EXPECT_EQ(*provider->hook_state(repository, {{"12"}}, kHookUrl), vcs::HookState::kMissing);
}

const std::string kBuilds = "POST /rest/api/latest/projects/KEY/repos/infra/commits/" + kSha + "/builds";
const std::string kOldBuilds = "POST /rest/build-status/1.0/commits/" + kSha;

TEST_F(BitbucketDataCenter, AStatusGoesToTheRepositorysBuilds) {
  client.on(kBuilds, 204);
  ASSERT_TRUE(provider->set_status(repository, {kSha, vcs::CommitState::kError, std::string(300, 'k'),
                                                std::string(300, 'd'), "https://b/runs/1", "main", 3}));
  const json body = json::parse(client.body_of(kBuilds));
  EXPECT_EQ(body["key"], std::string(254, 'k') + "…");
  EXPECT_EQ(body["description"], std::string(254, 'd') + "…");
  EXPECT_EQ(body["state"], "FAILED");
  EXPECT_EQ(body["ref"], "refs/heads/main");
  EXPECT_EQ(body["url"], "https://b/runs/1");
}

TEST_F(BitbucketDataCenter, AnOlderServerGetsTheGlobalBuildStatus) {
  client.on(kBuilds, 404, "<html>", {{"Content-Type", "text/html"}});
  client.on(kOldBuilds, 204);
  ASSERT_TRUE(
      provider->set_status(repository, {kSha, vcs::CommitState::kRunning, "k", "d", "https://b/1", "main", {}}));
  EXPECT_EQ(json::parse(client.body_of(kOldBuilds)),
            json::parse(R"({"key":"k","name":"k","state":"INPROGRESS","description":"d","url":"https://b/1"})"));
}

TEST_F(BitbucketDataCenter, AnUnknownCommitIsNotAnOlderServer) {
  client.on(
      kBuilds, 404,
      R"({"errors":[{"message":"Commit does not exist","exceptionName":"com.atlassian.bitbucket.commit.NoSuchCommitException"}]})");
  EXPECT_EQ(provider->set_status(repository, {kSha, vcs::CommitState::kRunning, "k", "d", "", "", {}}).error().code,
            Code::kNotFound);
}

const vcs::Kind& kind() { return *vcs_test::all_kinds().find("bitbucket_data_center"); }

TEST(BitbucketDataCenterDelivery, T_W09_TheUnsignedConnectionTestIsAPing) {
  const base::Headers headers = {{"X-Event-Key", "diagnostics:ping"}, {"X-Request-Id", "1"}};
  for (const char* body : {"{\"test\":true}", "{\n    \"test\": true\n}"}) {
    EXPECT_TRUE(kind().verify_delivery(headers, body, base::Secret("s"))) << body;
    EXPECT_TRUE(std::holds_alternative<vcs::Ping>(kind().parse(headers, body)->events.at(0)));
  }
}

TEST(BitbucketDataCenterDelivery, T_W02_NothingElsePassesUnsigned) {
  const base::Headers ping = {{"X-Event-Key", "diagnostics:ping"}};
  for (const char* body :
       {"{}", "{\"test\":false}", "{\"test\":true,\"changes\":[]}", "[{\"test\":true}]", "", "true"}) {
    EXPECT_EQ(kind().verify_delivery(ping, body, base::Secret("s")).error().code, Code::kUnauthorized) << body;
  }
  const base::Headers push = {{"X-Event-Key", "repo:refs_changed"}};
  EXPECT_FALSE(kind().verify_delivery(push, "{\"test\":true}", base::Secret("s")));
  const base::Headers wrong = {{"X-Event-Key", "diagnostics:ping"}, {"X-Hub-Signature", "sha256=00"}};
  EXPECT_FALSE(kind().verify_delivery(wrong, "{\"test\":true}", base::Secret("s"))) << "a wrong proof is not no proof";
  const base::Headers two = {{"X-Event-Key", "diagnostics:ping"}, {"X-Event-Key", "repo:refs_changed"}};
  EXPECT_EQ(kind().verify_delivery(two, "{\"test\":true}", base::Secret("s")).error().code, Code::kMalformed);
}

base::Result<vcs::Parsed> parse(const std::string& event, const json& body) {
  return kind().parse({{"X-Event-Key", event}}, body.dump());
}

json push_of(json changes) {
  return {{"repository", {{"id", 1}, {"slug", "infra"}, {"project", {{"key", "KEY"}}}}},
          {"changes", std::move(changes)}};
}

TEST(BitbucketDataCenterPayload, SeveralChangesAreSeveralEvents) {
  const std::string zeros(40, '0');
  const auto parsed =
      parse("repo:refs_changed", push_of({{{"ref", {{"id", "refs/heads/a"}}}, {"fromHash", zeros}, {"toHash", kSha}},
                                          {{"refId", "refs/tags/v1"}, {"fromHash", kSha}, {"toHash", zeros}}}));
  ASSERT_EQ(parsed->events.size(), 2U);
  EXPECT_EQ(std::get<vcs::Push>(parsed->events[0]).before, "");
  EXPECT_EQ(std::get<vcs::Push>(parsed->events[1]).after, "");
  EXPECT_EQ(std::get<vcs::Push>(parsed->events[1]).ref, "v1");
  EXPECT_TRUE(parse("repo:refs_changed", push_of(json::array()))->ignored);
}

TEST(BitbucketDataCenterPayload, T_W21_T_W22_HostileNamesAndCommitsAreParked) {
  EXPECT_FALSE(
      parse("repo:refs_changed", push_of({{{"refId", "refs/heads/-a"}, {"fromHash", kSha}, {"toHash", kSha}}})));
  EXPECT_FALSE(parse("repo:refs_changed", push_of({{{"refId", "refs/heads/a"}, {"fromHash", "x"}, {"toHash", kSha}}})));
}

TEST(BitbucketDataCenterPayload, T_W08_UnusedEventsAreIgnored) {
  EXPECT_EQ(parse("pr:comment:added", json::object())->ignored->reason, "event 'pr:comment:added' needs no run");
  EXPECT_EQ(parse("mirror:repo_synchronized", json::object())->ignored->reason,
            "event 'mirror:repo_synchronized' is not used");
}

}  // namespace
