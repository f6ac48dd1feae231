#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/permissions.h"
#include "crypto/ssh_key.h"
#include "tests/providers/providers_test.h"

namespace {

using http::Method;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kList = "/api/v2/organizations/acme/oauth-clients";

json client_body(const json& attributes, const json& relationships = json::object()) {
  return {{"data", {{"type", "oauth-clients"}, {"attributes", attributes}, {"relationships", relationships}}}};
}
std::string one(const std::string& id) { return "/api/v2/oauth-clients/" + id; }

class ClientRoutes : public ProvidersTest {};
INSTANTIATE_ON_BOTH_DATABASES(ClientRoutes);

TEST_P(ClientRoutes, CreatingWithATokenAnswersTheClientWithExactlyOneToken) {
  const auto answer = world->call(Method::kPost, kList,
                                  client_body({{"name", nullptr},
                                               {"service-provider", "ado_server"},
                                               {"http-url", "https://ado.example/Collection"},
                                               {"api-url", "https://ado.example/Collection"},
                                               {"oauth-token-string", "pat-123"}}));
  ASSERT_EQ(answer.status, 201) << answer.text;
  EXPECT_EQ(answer.data()["type"], "oauth-clients");
  EXPECT_TRUE(answer.attributes()["name"].is_null());
  EXPECT_TRUE(answer.attributes()["secret"].is_null());
  EXPECT_TRUE(answer.attributes()["key"].is_null());
  EXPECT_EQ(answer.attributes()["service-provider-display-name"], "Azure DevOps Server");
  EXPECT_THAT(answer.attributes()["callback-url"].get<std::string>(), HasSubstr("https://bridge.example/auth/"));
  const auto& relationships = answer.data()["relationships"];
  EXPECT_EQ(relationships["organization"]["data"]["id"], "acme");
  ASSERT_EQ(relationships["oauth-tokens"]["data"].size(), 1U);
  EXPECT_EQ(relationships["oauth-tokens"]["data"][0]["type"], "oauth-tokens");
  EXPECT_TRUE(relationships["agent-pool"]["data"].is_null());
  EXPECT_THAT(answer.text, Not(HasSubstr("pat-123")));
}

TEST_P(ClientRoutes, T_J10_OfTwoChangesToTheSameVersionOneIsMade) {
  const auto id = world->create_client();
  const auto change = [&](const std::string& version, const std::string& name) {
    http::Request request;
    request.method = Method::kPatch;
    request.target = request.path = one(id);
    request.headers.set("Content-Type", "application/vnd.api+json");
    request.headers.set("If-Match", version);
    request.body = client_body({{"name", name}}).dump();
    return world->router.handle(request);
  };
  world->acting_for = world->acme;
  const std::string version(change("*", "first").headers.get_or("ETag"));
  ASSERT_FALSE(version.empty());
  world->run_jobs();
  EXPECT_EQ(change(version, "second").status, 200) << "what a verification finds out is no change";
  EXPECT_EQ(change(version, "third").status, 409);
}

TEST_P(ClientRoutes, NoHostIsAskedWhileRegistering) {
  world->create_client();
  EXPECT_THAT(world->forge.calls(), IsEmpty());
}

TEST_P(ClientRoutes, BitbucketDataCenterIsCreatableWithoutATokenAndEchoesItsKeys) {
  const auto id = world->create_client({{"service-provider", "bitbucket_data_center"},
                                        {"oauth-token-string", ""},
                                        {"key", "key-1"},
                                        {"secret", "-----BEGIN RSA gar"},
                                        {"rsa-public-key", "-----BEGIN PUBLIC gar"}});
  const auto answer = world->call(Method::kGet, one(id));
  EXPECT_EQ(answer.attributes()["key"], "key-1");
  EXPECT_EQ(answer.attributes()["rsa-public-key"], "-----BEGIN PUBLIC gar");
  EXPECT_TRUE(answer.attributes()["secret"].is_null());
  EXPECT_THAT(answer.data()["relationships"]["oauth-tokens"]["data"], IsEmpty());
  EXPECT_EQ(world->call(Method::kPost, one(id) + "/actions/verify").status, 409);
}

TEST_P(ClientRoutes, ATokenMayComeAfterTheClient) {
  const auto id = world->create_client({{"service-provider", "bitbucket_data_center"}, {"oauth-token-string", ""}});
  const auto answer =
      world->call(Method::kPatch, one(id), client_body({{"oauth-token-string", "late"}, {"name", "bitbucket"}}));
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.data()["relationships"]["oauth-tokens"]["data"].size(), 1U);
  world->run_jobs();
  EXPECT_EQ(world->forge.last_token(), "late");
}

TEST_P(ClientRoutes, AnUnknownKindIsRefusedWithTheKnownOnes) {
  const auto answer = world->call(
      Method::kPost, kList,
      client_body(
          {{"service-provider", "gitea"}, {"http-url", "https://x.example"}, {"api-url", "https://x.example"}}));
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.pointer(), "/data/attributes/service-provider");
  EXPECT_THAT(answer.detail(), HasSubstr("github, github_enterprise, bitbucket_data_center, ado_server"));
}

TEST_P(ClientRoutes, EnterpriseServerDoesNotMeanGithubDotCom) {
  const auto answer = world->call(Method::kPost, kList,
                                  client_body({{"service-provider", "github_enterprise"},
                                               {"http-url", "https://github.com"},
                                               {"api-url", "https://api.github.com"},
                                               {"oauth-token-string", "t"}}));
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.pointer(), "/data/attributes/http-url");
}

TEST_P(ClientRoutes, AnAddressThePolicyBlocksIsRefusedWithTheFlagToAdd) {
  const auto answer = world->call(Method::kPost, kList,
                                  client_body({{"service-provider", "ado_server"},
                                               {"http-url", "https://10.1.2.3/tfs/C"},
                                               {"api-url", "https://10.1.2.3/tfs/C"},
                                               {"oauth-token-string", "t"}}));
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.detail(), HasSubstr("--outbound-allow"));
  EXPECT_THAT(world->columns("SELECT id FROM oauth_clients"), IsEmpty());
}

TEST_P(ClientRoutes, AnUnreadableCaBundleIsRefused) {
  const auto answer = world->call(Method::kPost, kList,
                                  client_body({{"service-provider", "ado_server"},
                                               {"http-url", "https://ado.example/C"},
                                               {"ca-bundle", "not a certificate"},
                                               {"oauth-token-string", "t"}}));
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.pointer(), "/data/attributes/ca-bundle");
}

TEST_P(ClientRoutes, AnAgentPoolIsRefusedWithTheTextClientsKnow) {
  const auto answer = world->call(
      Method::kPost, kList,
      client_body({{"service-provider", "github"}, {"http-url", "https://forge.example"}, {"oauth-token-string", "t"}},
                  {{"agent-pool", {{"data", {{"id", "apool-1"}, {"type", "agent-pools"}}}}}}));
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.detail(), HasSubstr("the provided agent pool does not exist or you are not authorized to use it"));
}

TEST_P(ClientRoutes, EmptyTextsInAPatchLeaveWhatIsThere) {
  const auto id = world->create_client({{"name", "one"}});
  const auto answer = world->call(Method::kPatch, one(id), client_body({{"key", ""}, {"oauth-token-string", ""}}));
  ASSERT_EQ(answer.status, 200) << answer.text;
  world->run_jobs();
  EXPECT_EQ(world->forge.last_token(), "token-one");
  EXPECT_EQ(answer.attributes()["name"], "one");
}

TEST_P(ClientRoutes, BlankingAKeyThatIsSetIsRefused) {
  const auto id = world->create_client({{"service-provider", "bitbucket_data_center"}, {"key", "key-1"}});
  EXPECT_EQ(world->call(Method::kPatch, one(id), client_body({{"key", ""}})).status, 422);
}

TEST_P(ClientRoutes, T_S16_AddressesCannotBeChangedUnderAStoredToken) {
  const auto id = world->create_client();
  const auto answer =
      world->call(Method::kPatch, one(id), client_body({{"http-url", "https://evil.example"}, {"name", "x"}}));
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.pointer(), "/data/attributes/http-url");
  EXPECT_EQ(world->call(Method::kPatch, one(id), client_body({{"http-url", "https://forge.example"}})).status, 200);
}

TEST_P(ClientRoutes, ReplacingTheTokenKeepsIdsAndVerifiesAgain) {
  const auto id = world->create_client();
  const auto token = world->token_of(id);
  world->run_jobs();
  const auto answer = world->call(Method::kPatch, one(id), client_body({{"oauth-token-string", "token-two"}}));
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.attributes()["health"], "unknown");
  EXPECT_EQ(world->token_of(id), token);
  EXPECT_EQ(world->vault.size(), 1U) << "the old token must be erased";
  world->run_jobs();
  EXPECT_EQ(world->forge.count("verify"), 2);
  EXPECT_EQ(world->forge.last_token(), "token-two");
}

TEST_P(ClientRoutes, VerifyingShowsChecksUserAndVersion) {
  const auto id = world->create_client();
  const auto answer = world->call(Method::kPost, one(id) + "/actions/verify");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.attributes()["health"], "healthy");
  EXPECT_EQ(answer.attributes()["server-version"], "1.2");
  EXPECT_EQ(answer.attributes()["checks"][0]["state"], "passed");
  EXPECT_FALSE(answer.attributes()["verified-at"].is_null());
  const auto token = world->call(Method::kGet, "/api/v2/oauth-tokens/" + world->token_of(id).str());
  EXPECT_EQ(token.attributes()["service-provider-user"], "svc-tf");
  EXPECT_EQ(token.attributes()["has-ssh-key"], false);
}

TEST_P(ClientRoutes, T_S18_AFailedCheckIsShownWithItsRemedy) {
  vcs::Verification bad;
  bad.checks.push_back({"scopes", vcs::Check::State::kFailed, "the token lacks admin:repo_hook", "add that scope"});
  world->forge.set_verification(bad);
  const auto id = world->create_client();
  world->run_jobs();
  const auto answer = world->call(Method::kGet, one(id));
  EXPECT_EQ(answer.attributes()["health"], "failing");
  EXPECT_EQ(answer.attributes()["last-error"], "the token lacks admin:repo_hook");
  EXPECT_EQ(answer.attributes()["checks"][0]["remedy"], "add that scope");
}

TEST_P(ClientRoutes, T_S18_AWarningAboutTooManyRightsIsNotAFailure) {
  vcs::Verification rich;
  rich.ok = true;
  rich.checks.push_back(
      {"scopes", vcs::Check::State::kWarning, "the token may delete repositories", "use a smaller one"});
  world->forge.set_verification(rich);
  const auto id = world->create_client();
  world->run_jobs();
  EXPECT_EQ(world->call(Method::kGet, one(id)).attributes()["health"], "warning");
}

TEST_P(ClientRoutes, IncludedTokensComeWithTheClient) {
  const auto id = world->create_client();
  const auto answer = world->call(Method::kGet, one(id) + "?include=oauth_tokens");
  ASSERT_EQ(answer.body["included"].size(), 1U);
  EXPECT_EQ(answer.body["included"][0]["id"], world->token_of(id).str());
}

TEST_P(ClientRoutes, AffectedWorkspacesAreCountedOnRequest) {
  world->service->set_dependents(
      {[](storage::Connection&,
          const providers::OAuthTokenId&) -> base::Result<std::vector<providers::AffectedWorkspace>> {
        return std::vector<providers::AffectedWorkspace>{{"ws-1", "prod"}, {"ws-2", "test"}};
      }});
  const auto id = world->create_client();
  const auto answer = world->call(Method::kGet, one(id) + "?show_affected_workspaces=true");
  EXPECT_EQ(answer.attributes()["affected-workspaces"], json({"prod", "test"}));
  EXPECT_EQ(answer.attributes()["affected-workspaces-count"], 2);
  EXPECT_FALSE(world->call(Method::kGet, one(id)).attributes().contains("affected-workspaces"));
}

TEST_P(ClientRoutes, TheListHasTheOrganizationsOwnClientsOnly) {
  const auto id = world->create_client();
  const auto mine = world->call(Method::kGet, kList);
  ASSERT_EQ(mine.data().size(), 1U);
  EXPECT_EQ(mine.data()[0]["id"], id);
  EXPECT_TRUE(mine.body.contains("meta"));
  world->acting_for = world->globex;
  EXPECT_THAT(world->call(Method::kGet, kList).data(), IsEmpty());
}

TEST_P(ClientRoutes, DeletedMeansNotFoundAndNothingSecretStays) {
  const auto id = world->create_client({{"secret", "s"}});
  world->run_jobs();
  EXPECT_EQ(world->call(Method::kDelete, one(id)).status, 204);
  EXPECT_EQ(world->call(Method::kGet, one(id)).status, 404);
  EXPECT_EQ(world->call(Method::kDelete, one(id)).status, 404);
  world->run_jobs();
  EXPECT_EQ(world->vault.size(), 0U);
  EXPECT_THAT(world->columns("SELECT id FROM oauth_clients"), IsEmpty());
  EXPECT_THAT(world->columns("SELECT id FROM oauth_tokens"), IsEmpty());
}

TEST_P(ClientRoutes, EveryChangeLeavesAnAuditLine) {
  const auto id = world->create_client();
  world->call(Method::kPatch, one(id), client_body({{"oauth-token-string", "two"}}));
  world->call(Method::kDelete, one(id));
  EXPECT_THAT(world->columns("SELECT action FROM audit_events"),
              testing::UnorderedElementsAre("oauth-client.create", "oauth-token.replace", "oauth-client.delete"));
}

TEST_P(ClientRoutes, ProjectsNarrowWhoMayUseTheToken) {
  const auto project = world->make_project("net");
  const auto other = world->make_project("dns");
  const auto id = world->create_client({{"organization-scoped", false}});
  const json body = {{"data", {{{"id", project.str()}, {"type", "projects"}}}}};
  EXPECT_EQ(world->call(Method::kPost, one(id) + "/relationships/projects", body).status, 204);
  const auto token = world->token_of(id);
  const auto scope = [&](const auth::ProjectId& of) {
    return world->database.read([&](storage::Connection& connection) {
      return world->service->check_scope(connection, token, world->acme, of);
    });
  };
  EXPECT_TRUE(scope(project));
  ASSERT_FALSE(scope(other));
  EXPECT_EQ(scope(other).error().code, base::Code::kInvalid);
  EXPECT_EQ(world->call(Method::kDelete, one(id) + "/relationships/projects", body).status, 204);
  EXPECT_FALSE(scope(project));
}

TEST_P(ClientRoutes, AProjectOfNobodyIsNotFound) {
  const auto id = world->create_client();
  const json body = {{"data", {{{"id", "prj-none"}, {"type", "projects"}}}}};
  EXPECT_EQ(world->call(Method::kPost, one(id) + "/relationships/projects", body).status, 404);
}

TEST_P(ClientRoutes, EveryRouteOfTheFolderHasAPermissionAndAnOwner) {
  EXPECT_THAT(world->guard->gaps(world->router), IsEmpty());
  int in_table = 0;
  for (const auto& permission : auth::permissions()) {
    const bool ours = permission.pattern.find("/oauth-clients") != std::string_view::npos ||
                      permission.pattern.find("/oauth-tokens") != std::string_view::npos ||
                      permission.pattern.find("/vcs") != std::string_view::npos;
    const bool elsewhere = permission.pattern.find("ssh-key") != std::string_view::npos ||
                           permission.pattern.find("vcs-hooks") != std::string_view::npos ||
                           permission.pattern.find("webhooks") != std::string_view::npos;
    if (ours && !elsewhere) ++in_table;
  }
  EXPECT_EQ(static_cast<int>(world->router.routes().size()), in_table);
}

}  // namespace
