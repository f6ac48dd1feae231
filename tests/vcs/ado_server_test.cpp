#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "tests/vcs/all_kinds.h"
#include "tests/vcs/checks_of.h"
#include "tests/vcs/fake_client.h"
#include "vcs/ado_server/address.h"
#include "vcs/ado_server/ado_provider.h"
#include "vcs/ado_server/provider.h"

namespace {

using base::Code;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using vcs_test::check_of;
using vcs_test::failed;
using vcs_test::FakeClient;
using vcs_test::passed;

constexpr const char* kCollection = "https://fabrikam:8080/tfs/DefaultCollection";
constexpr const char* kHookUrl = "https://bridge.corp/webhooks/vcs/1";
constexpr const char* kRepositoryId = "5febef5a-833d-4e14-b9c0-14cb638f91e6";
constexpr const char* kProjectId = "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c";
const std::string kSha = "0929a3404b39f6e39076a640779b2c1c961e19b5";
const std::string kConnection = "GET /_apis/connectionData?api-version=5.0-preview";
const std::string kVersionProbe = "GET /_apis/projects?$top=1&api-version=99.0";
const std::string kRepositories = "GET /_apis/git/repositories?api-version=5.0";
const std::string kRepository = std::string("/_apis/git/repositories/") + kRepositoryId;
const std::string kSubscriptions =
    "GET /_apis/hooks/subscriptions?publisherId=tfs&consumerId=webHooks&consumerActionId=httpRequest&api-version=5.0";
const std::string kPostSubscription = "POST /_apis/hooks/subscriptions?api-version=5.0";

const base::Headers kHtml = {{"Content-Type", "text/html; charset=utf-8"}};

class AdoServer : public testing::Test {
 protected:
  AdoServer() {
    repository.id = kRepositoryId;
    repository.path = "My Project/_git/infra";
    client.on("GET " + kRepository + "?api-version=5.0", 200,
              json{{"id", kRepositoryId}, {"name", "infra"}, {"project", {{"id", kProjectId}, {"name", "My Project"}}}}
                  .dump());
  }

  vcs::Verification verify() { return *provider->verify(); }

  void signed_in() {
    client.on(kConnection, 200,
              R"({"authenticatedUser":{"id":"54d125f7-69f7-4191-904f-c5b96b6261c8","descriptor":"win.Uy0x",)"
              R"("providerDisplayName":"Norman Paulk"},"instanceId":"x","deploymentType":"onPremises"})",
              {{"X-TFS-ProcessId", "1"}});
    client.on(
        kVersionProbe, 400,
        R"({"message":"The requested REST API version of 99.0 is out of range for this server. The latest REST API )"
        R"(version this server supports is 6.1.","typeKey":"VssVersionOutOfRangeException"})");
    client.on(kRepositories, 200, R"({"count":1,"value":[{"id":"x","name":"r","project":{"name":"p"}}]})");
    client.on(kSubscriptions, 200, R"({"count":0,"value":[]})");
  }

  FakeClient client{kCollection};
  std::unique_ptr<vcs::Provider> provider =
      vcs::ado_server::make_provider({kCollection, kCollection, base::Secret("hunter2pat"), {}}, client);
  vcs::Repository repository;
  vcs::HookSpec spec{kHookUrl, base::Secret("hook-secret"), false};
};

json subscription(const std::string& id, const std::string& event, const std::string& status = "enabled",
                  const std::string& url = kHookUrl) {
  return {{"id", id}, {"eventType", event}, {"status", status}, {"consumerInputs", {{"url", url}}}};
}

std::string subscriptions(std::vector<json> list) { return json{{"count", list.size()}, {"value", list}}.dump(); }

std::vector<json> all_four() {
  return {subscription("s1", "git.push"), subscription("s2", "git.pullrequest.created"),
          subscription("s3", "git.pullrequest.updated"), subscription("s4", "git.pullrequest.merged")};
}

TEST(AdoServerAddress, PastedUrlsBecomeTheCollection) {
  const std::vector<std::pair<const char*, const char*>> table = {
      {"https://ado.corp/tfs/DefaultCollection", "https://ado.corp/tfs/DefaultCollection"},
      {"http://tfs:8080/tfs/DefaultCollection/", "http://tfs:8080/tfs/DefaultCollection"},
      {"https://ado.corp/tfs/DefaultCollection/My Project", "https://ado.corp/tfs/DefaultCollection"},
      {"https://ado.corp/tfs/DefaultCollection/My%20Project/_git/infra?version=GBmain",
       "https://ado.corp/tfs/DefaultCollection"},
      {"https://ado.corp/tfs/DefaultCollection/_git/infra", "https://ado.corp/tfs/DefaultCollection"},
      {"https://ado.corp/DefaultCollection", "https://ado.corp/DefaultCollection"},
      {"ado.corp/DefaultCollection/_git/infra", "https://ado.corp/DefaultCollection"},
      {"https://ado.corp/DefaultCollection/Project/_git/infra", "https://ado.corp/DefaultCollection"},
      {"https://ado.corp/DefaultCollection/_apis/projects", "https://ado.corp/DefaultCollection"},
      {"https://ado.corp/My Collection", "https://ado.corp/My%20Collection"},
      {"https://me@dev.azure.com/contoso/My%20Project/_git/x", "https://dev.azure.com/contoso"},
      {"https://contoso.visualstudio.com/DefaultCollection/_git/x", "https://dev.azure.com/contoso"}};
  for (const auto& [pasted, want] : table) {
    vcs::ProviderConfig config;
    config.http_url = pasted;
    const auto status = vcs::ado_server::normalize(config);
    ASSERT_TRUE(status) << pasted << ": " << status.error().message;
    EXPECT_EQ(config.http_url, want) << pasted;
    EXPECT_EQ(config.api_url, want) << pasted;
  }
}

TEST(AdoServerAddress, AUrlWithoutCollectionIsRefusedWithTheRemedy) {
  for (const char* pasted :
       {"https://ado.corp", "https://ado.corp/tfs/", "https://dev.azure.com/", "https://ado.corp/_home"}) {
    vcs::ProviderConfig config;
    config.http_url = pasted;
    const auto status = vcs::ado_server::normalize(config);
    ASSERT_FALSE(status) << pasted;
    EXPECT_EQ(status.error().pointer, "/data/attributes/http-url");
    EXPECT_THAT(status.error().message, HasSubstr("Add the"));
  }
}

TEST(AdoServerAddress, RepositoryPathsAreReadFromWhatPeopleType) {
  const auto read = [](const char* text) {
    const auto path = vcs::ado_server::read_path(text, kCollection);
    return path ? path->text() : "refused";
  };
  EXPECT_EQ(read("My Project/_git/infra"), "My Project/_git/infra");
  EXPECT_EQ(read("My%20Project/_git/infra"), "My Project/_git/infra");
  EXPECT_EQ(read("My Project/infra"), "My Project/_git/infra");
  EXPECT_EQ(read("_git/infra"), "infra/_git/infra");
  EXPECT_EQ(read("infra"), "infra/_git/infra");
  EXPECT_EQ(read("https://fabrikam:8080/tfs/DefaultCollection/P/_git/r?path=/x"), "P/_git/r");
  for (const char* text : {"", "a/b/c", "a/_git/../b", "a/_git/b%2Fc", "_x/_git/y", "a/_git/b*"}) {
    EXPECT_EQ(read(text), "refused") << text;
  }
}

TEST_F(AdoServer, VerifyTellsUserAndServerVersion) {
  signed_in();
  const vcs::Verification verification = verify();
  EXPECT_TRUE(verification.ok);
  EXPECT_EQ(verification.user_name, "Norman Paulk");
  EXPECT_EQ(verification.server_version, "Azure DevOps Server 2020 (API 6.1)");
  for (const char* name : {"reach", "sign-in", "scopes", "repositories", "hooks"}) {
    EXPECT_TRUE(passed(verification, name)) << name;
  }
  EXPECT_THAT(client.take_calls(), ElementsAre(kConnection, kVersionProbe, kRepositories, kSubscriptions));
  EXPECT_EQ(client.authorization(), "Basic " + base::to_base64(":hunter2pat"));
  EXPECT_EQ(client.last().headers.get_or("X-TFS-FedAuthRedirect"), "Suppress");
}

TEST_F(AdoServer, T_S18_ASignInPageMeansTheTokenWasNotAccepted) {
  client.on(kConnection, 203, "<html>Sign In</html>", kHtml);
  EXPECT_TRUE(failed(verify(), "sign-in"));
  EXPECT_THAT(check_of(verify(), "sign-in").message, HasSubstr("sign-in page (status 203)"));
}

TEST_F(AdoServer, T_S18_ARedirectToSignInMeansTheSame) {
  client.on(kConnection, 302, "", {{"Location", "https://fabrikam:8080/tfs/_signin?realm=x"}});
  EXPECT_TRUE(failed(verify(), "sign-in"));
  EXPECT_EQ(client.take_calls().size(), 1U);
}

TEST_F(AdoServer, AnyOtherRedirectOrNotFoundMeansTheUrlIsWrong) {
  client.on(kConnection, 302, "", {{"Location", "https://other/"}}).on(kConnection, 404, "<html>", kHtml);
  EXPECT_TRUE(failed(verify(), "reach"));
  EXPECT_THAT(check_of(verify(), "reach").remedy, HasSubstr("collection URL"));
}

TEST_F(AdoServer, T_S18_TheAnonymousUserIsNotASignIn) {
  client.on(kConnection, 200,
            R"({"authenticatedUser":{"id":"aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",)"
            R"("descriptor":"System:PublicAccess;aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"}})");
  EXPECT_THAT(check_of(verify(), "sign-in").message, HasSubstr("anonymous"));
  EXPECT_FALSE(verify().ok);
}

TEST_F(AdoServer, T_S18_TheServersOwnReasonIsShown) {
  client.on(kConnection, 401, "<html>",
            {{"Content-Type", "text/html"},
             {"X-TFS-ProcessId", "1"},
             {"X-TFS-ServiceError", "The+Personal%20Access%20Token+used+has+expired."}});
  EXPECT_THAT(check_of(verify(), "sign-in").message, HasSubstr("The Personal Access Token used has expired."));
}

TEST_F(AdoServer, BasicAuthenticationOfIisIsRecognized) {
  client.on(kConnection, 401, "<html>",
            {{"Content-Type", "text/html"}, {"WWW-Authenticate", "Basic realm=\"fabrikam\""}});
  EXPECT_THAT(check_of(verify(), "sign-in").message, HasSubstr("Basic Authentication is switched on in IIS"));
  EXPECT_THAT(check_of(verify(), "sign-in").remedy, HasSubstr("disable Basic Authentication"));
}

TEST_F(AdoServer, WindowsAuthenticationIsRecognized) {
  client.on(kConnection, 401, "<html>",
            {{"Content-Type", "text/html"}, {"WWW-Authenticate", "Negotiate"}, {"WWW-Authenticate", "NTLM"}});
  EXPECT_THAT(check_of(verify(), "sign-in").message, HasSubstr("Windows authentication"));
}

TEST_F(AdoServer, AnUntrustedCertificateIsItsOwnCheck) {
  client.fail(kConnection, base::upstream("The server's certificate was issued by an authority we do not trust."));
  EXPECT_TRUE(failed(verify(), "tls"));
  EXPECT_THAT(check_of(verify(), "tls").remedy, HasSubstr("CA bundle"));
}

TEST_F(AdoServer, ABlockedAddressNamesItsFlag) {
  client.fail(kConnection, base::invalid("10.0.0.5 is a private address; allow it with --outbound-allow 10.0.0.5."));
  EXPECT_THAT(check_of(verify(), "reach").message, HasSubstr("--outbound-allow"));
}

TEST_F(AdoServer, T_S18_MissingScopeAndMissingHookPermissionAreTwoChecks) {
  signed_in();
  FakeClient other(kCollection);
  other.on(kConnection, 200, R"({"authenticatedUser":{"id":"5","providerDisplayName":"N"}})");
  other.on(kVersionProbe, 400, R"({"message":"x"})");
  other.on(kRepositories, 401, "", {{"X-TFS-ProcessId", "1"}});
  other.on(kSubscriptions, 403,
           R"({"message":"Access Denied: Norman Paulk needs the following permission(s) on the resource )"
           R"(PublisherSecurity/6ce954b1 to perform this action: View subscriptions"})");
  const auto verification =
      *vcs::ado_server::make_provider({kCollection, kCollection, base::Secret("p"), {}}, other)->verify();
  EXPECT_TRUE(passed(verification, "sign-in"));
  EXPECT_TRUE(failed(verification, "scopes"));
  EXPECT_TRUE(failed(verification, "hooks"));
  EXPECT_THAT(check_of(verification, "hooks").message, HasSubstr("PublisherSecurity/6ce954b1"));
  EXPECT_THAT(check_of(verification, "hooks").remedy, HasSubstr("Edit subscriptions"));
}

TEST_F(AdoServer, AnOlderServerGetsItsOwnApiVersion) {
  client.on(kRepositories, 400,
            R"({"message":"The requested REST API version of 5.0 is out of range for this server. The latest REST API )"
            R"(version this server supports is 4.1.","typeKey":"VssVersionOutOfRangeException"})");
  const std::string older = "GET /_apis/git/repositories?api-version=4.1";
  client.on(older, 200, R"({"value":[]})");
  EXPECT_TRUE(provider->list_repositories("", ""));
  EXPECT_TRUE(provider->list_repositories("", ""));
  EXPECT_THAT(client.take_calls(), ElementsAre(kRepositories, older, older));
}

TEST(AdoServerVersion, TheLastNumberOfTheMessageCounts) {
  using vcs::ado_server::latest_version_in;
  EXPECT_EQ(latest_version_in("of 7.2 is out of range. The latest … supports is 6.1."), "6.1");
  EXPECT_EQ(latest_version_in("La versión 7.2 no …; 5.0"), "5.0");
  EXPECT_EQ(latest_version_in("no number"), "");
  EXPECT_EQ(latest_version_in("error 42"), "");
}

TEST_F(AdoServer, RepositoriesAreListedSortedAndSliced) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  client.on(kRepositories, 200, vcs_test::shared_fixture("azure-devops-server/api/list_repositories.200.json"));
  const auto all = provider->list_repositories("", "");
  ASSERT_TRUE(all);
  ASSERT_EQ(all->items.size(), 3U);
  EXPECT_EQ(all->items[0].path, "Fabrikam-Fiber-Git/_git/AnotherRepository");
  EXPECT_EQ(all->items[0].default_branch, "");
  EXPECT_EQ(all->items[1].path, "Fabrikam-Fiber-Git/_git/Fabrikam-Fiber-Git");
  EXPECT_EQ(all->items[1].default_branch, "master");
  EXPECT_EQ(all->next, "");
  EXPECT_EQ(provider->list_repositories("testgit", "")->items.size(), 1U);
  EXPECT_TRUE(provider->list_repositories("", "7")->items.empty());
  EXPECT_FALSE(provider->list_repositories("", "x"));
}

TEST_F(AdoServer, ManyRepositoriesComeInSlices) {
  json list = json::array();
  for (int i = 0; i < 250; ++i) {
    list.push_back(
        {{"id", "id" + std::to_string(i)}, {"name", "r" + std::to_string(1000 + i)}, {"project", {{"name", "p"}}}});
  }
  list.push_back({{"id", "off"}, {"name", "a"}, {"project", {{"name", "p"}}}, {"isDisabled", true}});
  client.on(kRepositories, 200, json{{"value", list}}.dump());
  std::size_t seen = 0;
  std::string cursor;
  do {
    const auto slice = provider->list_repositories("", cursor);
    seen += slice->items.size();
    cursor = slice->next;
  } while (!cursor.empty());
  EXPECT_EQ(seen, 250U);
}

TEST_F(AdoServer, OneRepositoryIsFoundByTypedPath) {
  client.on("GET /My%20Project/_apis/git/repositories/My%20Repo?api-version=5.0", 200,
            R"({"id":"5FEBEF5A-833d-4e14-b9c0-14cb638f91e6","name":"My Repo","project":{"id":"p","name":"My Project"},)"
            R"("defaultBranch":"refs/heads/main","remoteUrl":"https://org@public.name/tfs/x/My Project/_git/My Repo",)"
            R"("sshUrl":"ssh://public.name:22/tfs/DefaultCollection/My Project/_git/My Repo"})");
  const auto found = provider->find_repository("My Project/_git/My Repo");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->id, kRepositoryId);
  EXPECT_EQ(found->path, "My Project/_git/My Repo");
  EXPECT_EQ(found->https_clone_url, "https://fabrikam:8080/tfs/DefaultCollection/My%20Project/_git/My%20Repo");
  EXPECT_EQ(found->ssh_clone_url, "ssh://git@public.name:22/tfs/DefaultCollection/My%20Project/_git/My%20Repo");
  EXPECT_EQ(found->default_branch, "main");
}

TEST_F(AdoServer, ErrorsOfTheApplicationKeepItsWords) {
  client.on("GET /P/_apis/git/repositories/r?api-version=5.0", 404,
            R"({"message":"TF401019: The Git repository with name or identifier r does not exist","typeKey":"x"})");
  const auto found = provider->find_repository("P/r");
  EXPECT_EQ(found.error().code, Code::kNotFound);
  EXPECT_THAT(found.error().message, HasSubstr("TF401019"));
  client.on("GET /Q/_apis/git/repositories/r?api-version=5.0", 203, "<html>", kHtml);
  EXPECT_EQ(provider->find_repository("Q/r").error().code, Code::kUnauthorized);
}

TEST_F(AdoServer, BranchesFollowTheContinuationToken) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  const std::string first = "GET " + kRepository + "/refs?filter=heads/&$top=1000";
  client.on(first + "&api-version=5.0", 200,
            vcs_test::shared_fixture("azure-devops-server/api/list_refs_heads.200.json"),
            {{"x-ms-continuationtoken", "a/b"}});
  client.on(first + "&continuationToken=a%2Fb&api-version=5.0", 200, R"({"value":[]})");
  const auto slice = provider->list_branches(repository, "calc", "");
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->items.size(), 1U);
  EXPECT_EQ(slice->items[0].name, "feature/calcApp");
  EXPECT_EQ(slice->items[0].sha, "ffe9cba521f00d7f60e322845072238635edb451");
  EXPECT_EQ(slice->next, "a/b");
  EXPECT_TRUE(provider->list_branches(repository, "", slice->next)->items.empty());
}

TEST_F(AdoServer, ABranchIsComparedExactly) {
  client.on(
      "GET " + kRepository + "/refs?filter=heads/feature/x&$top=1000&api-version=5.0", 200,
      R"({"value":[{"name":"refs/heads/feature/x2","objectId":"bad"},{"name":"refs/heads/feature/x","objectId":")" +
          kSha + "\"}]}");
  EXPECT_EQ(*provider->branch_head(repository, "feature/x"), kSha);
  client.on("GET " + kRepository + "/refs?filter=heads/gone&$top=1000&api-version=5.0", 200, R"({"value":[]})");
  EXPECT_EQ(provider->branch_head(repository, "gone").error().code, Code::kNotFound);
}

TEST_F(AdoServer, ANewHookIsFourSubscriptions) {
  client.on(kSubscriptions, 200, subscriptions({subscription("other", "git.push", "enabled", "https://elsewhere/")}));
  for (const char* id : {"s1", "s2", "s3", "s4"}) client.on(kPostSubscription, 200, json{{"id", id}}.dump());
  const auto hook = provider->ensure_hook(repository, spec);
  ASSERT_TRUE(hook) << hook.error().message;
  EXPECT_THAT(hook->ids, ElementsAre("s1", "s2", "s3", "s4"));
  EXPECT_THAT(client.take_calls(),
              ElementsAre("GET " + kRepository + "?api-version=5.0", kSubscriptions, kPostSubscription,
                          kPostSubscription, kPostSubscription, kPostSubscription));
  EXPECT_EQ(json::parse(client.body_of(kPostSubscription)), json::parse(R"({
    "publisherId":"tfs","eventType":"git.pullrequest.merged","resourceVersion":"1.0","consumerId":"webHooks",
    "consumerActionId":"httpRequest","status":"enabled",
    "publisherInputs":{"projectId":"6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c",
                       "repository":"5febef5a-833d-4e14-b9c0-14cb638f91e6","branch":""},
    "consumerInputs":{"url":"https://bridge.corp/webhooks/vcs/1","basicAuthUsername":"runbridge",
                      "basicAuthPassword":"hook-secret","resourceDetailsToSend":"all","messagesToSend":"none",
                      "detailedMessagesToSend":"none"}})"));
}

TEST_F(AdoServer, ExistingSubscriptionsAreAdoptedAndSurplusOnesDeleted) {
  std::vector<json> present = all_four();
  present[1]["status"] = "disabledBySystem";
  present.push_back(subscription("s5", "git.push"));
  client.on(kSubscriptions, 200, subscriptions(present));
  for (const char* id : {"s1", "s2", "s3", "s4"}) {
    client.on(std::string("PUT /_apis/hooks/subscriptions/") + id + "?api-version=5.0", 200, json{{"id", id}}.dump());
  }
  client.on("DELETE /_apis/hooks/subscriptions/s5?api-version=5.0", 204);
  spec.insecure_tls = true;
  EXPECT_THAT(provider->ensure_hook(repository, spec)->ids, ElementsAre("s1", "s2", "s3", "s4"));
  const json body = json::parse(client.body_of("PUT /_apis/hooks/subscriptions/s2?api-version=5.0"));
  EXPECT_EQ(body["status"], "enabled");
  EXPECT_EQ(body["eventType"], "git.pullrequest.created");
  EXPECT_EQ(body["consumerInputs"]["basicAuthPassword"], "hook-secret");
  EXPECT_EQ(body["consumerInputs"]["acceptUntrustedCerts"], "true");
}

TEST_F(AdoServer, AMissingHookPermissionIsForbiddenAndExplained) {
  client.on(kSubscriptions, 200, subscriptions({}));
  client.on(
      kPostSubscription, 400,
      R"({"message":"Access Denied: N needs the following permission(s) on the resource PublisherSecurity/6ce9 to )"
      R"(perform this action: Edit subscription"})");
  const auto hook = provider->ensure_hook(repository, spec);
  EXPECT_EQ(hook.error().code, Code::kForbidden);
  EXPECT_THAT(hook.error().message, HasSubstr("\"Edit subscriptions\""));
}

TEST_F(AdoServer, HookStateNeedsAllFourEnabled) {
  const vcs::InstalledHook hook{{"s1", "s2", "s3", "s4"}};
  std::vector<json> on_probation = all_four();
  on_probation[3]["status"] = "onProbation";
  std::vector<json> three = all_four();
  three.pop_back();
  client.on(kSubscriptions, 200, subscriptions(all_four())).on(kSubscriptions, 200, subscriptions(on_probation));
  client.on(kSubscriptions, 200, subscriptions(three)).on(kSubscriptions, 200, subscriptions({}));
  EXPECT_EQ(*provider->hook_state(repository, hook, kHookUrl), vcs::HookState::kActive);
  EXPECT_EQ(*provider->hook_state(repository, hook, kHookUrl), vcs::HookState::kDisabled);
  EXPECT_EQ(*provider->hook_state(repository, hook, kHookUrl), vcs::HookState::kDisabled);
  EXPECT_EQ(*provider->hook_state(repository, hook, kHookUrl), vcs::HookState::kMissing);
}

TEST_F(AdoServer, RemovingTwiceIsASuccess) {
  client.on(kSubscriptions, 200, subscriptions({subscription("s9", "git.push")}))
      .on(kSubscriptions, 200, subscriptions({}));
  client.on("DELETE /_apis/hooks/subscriptions/s1?api-version=5.0", 204);
  client.on("DELETE /_apis/hooks/subscriptions/s1?api-version=5.0", 404, R"({"message":"not found"})");
  client.on("DELETE /_apis/hooks/subscriptions/s9?api-version=5.0", 200);
  EXPECT_TRUE(provider->remove_hook(repository, {{"s1"}}, kHookUrl));
  EXPECT_TRUE(provider->remove_hook(repository, {{"s1"}}, kHookUrl));
}

TEST_F(AdoServer, AStatusGoesToTheCommitAndThePullRequest) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  const std::string commit = kRepository + "/commits/" + kSha + "/statuses";
  const std::string request = "POST " + kRepository + "/pullRequests/7/statuses?api-version=5.0";
  client.on("GET " + commit + "?latestOnly=true&api-version=5.0", 200,
            R"({"value":[{"id":3,"context":{"genre":"runbridge","name":"acme/prod"}},)"
            R"({"id":9,"context":{"genre":"other","name":"acme/prod"}}]})");
  client.on("POST " + commit + "?api-version=5.0", 201,
            vcs_test::shared_fixture("azure-devops-server/api/create_commit_status.201.json"));
  client.on(request, 200, vcs_test::shared_fixture("azure-devops-server/api/create_pr_status.200.json"));
  vcs::CommitStatus status{kSha, vcs::CommitState::kSuccess, "runbridge/acme/prod", "fine", "https://b/runs/1", "main",
                           7};
  ASSERT_TRUE(provider->set_status(repository, status));
  json want = json::parse(R"({"state":"succeeded","description":"fine","targetUrl":"https://b/runs/1",
                              "context":{"genre":"runbridge","name":"acme/prod"}})");
  EXPECT_EQ(json::parse(client.body_of(request)), want);
  want["id"] = 3;
  EXPECT_EQ(json::parse(client.body_of("POST " + commit + "?api-version=5.0")), want);
}

TEST_F(AdoServer, AStatusWithoutPullRequestIsTheCommitsAlone) {
  const std::string commit = kRepository + "/commits/" + kSha + "/statuses";
  client.on("GET " + commit + "?latestOnly=true&api-version=5.0", 403, "{}");
  client.on("POST " + commit + "?api-version=5.0", 201, "{}");
  vcs::CommitStatus status{kSha, vcs::CommitState::kFailure, "plan", "", "", "", std::nullopt};
  ASSERT_TRUE(provider->set_status(repository, status));
  EXPECT_EQ(json::parse(client.body_of("POST " + commit + "?api-version=5.0")),
            json::parse(R"({"state":"failed","description":"","context":{"genre":"runbridge","name":"plan"}})"));
}

TEST_F(AdoServer, T_S14_NeitherTokenNorItsEncodedFormIsInAMessage) {
  const std::string encoded = base::to_base64(":hunter2pat");
  client.on("GET /P/_apis/git/repositories/r?api-version=5.0", 400,
            json{{"message", "got hunter2pat " + encoded}}.dump());
  const std::string message = provider->find_repository("P/r").error().message;
  EXPECT_EQ(message.find("hunter2"), std::string::npos);
  EXPECT_EQ(message.find(encoded), std::string::npos);
}

TEST_F(AdoServer, GitGetsTheTokenAsAHeader) {
  const auto credentials = provider->git_credentials();
  EXPECT_TRUE(credentials.as_header);
  EXPECT_EQ(credentials.username, "");
  EXPECT_EQ(credentials.password.reveal(), "hunter2pat");
}

}  // namespace
