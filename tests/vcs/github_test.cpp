#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/vcs/all_kinds.h"
#include "tests/vcs/fake_client.h"
#include "vcs/github/github_provider.h"
#include "vcs/github/provider.h"

namespace {

using base::Code;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using vcs::Check;
using vcs_test::FakeClient;

constexpr const char* kApi = "https://api.github.com";
constexpr const char* kHookUrl = "https://bridge.example.com/webhooks/vcs/1";
const std::string kSha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";

vcs::ProviderConfig config() { return {"https://github.com", kApi, base::Secret("ghp_hunter2"), {}}; }

vcs::Repository infra() {
  vcs::Repository repository;
  repository.id = "7";
  repository.path = "acme/infra";
  return repository;
}

vcs::HookSpec spec() { return {kHookUrl, base::Secret("hook-secret"), false}; }

std::string hook_list(const std::string& url, const std::string& events = R"("push","pull_request","repository")",
                      const std::string& active = "true") {
  return R"([{"id":1,"active":true,"events":["push"],"config":{"url":"https://other/"}},{"id":12,"active":)" + active +
         R"(,"events":[)" + events + R"(],"config":{"url":")" + url + R"("}}])";
}

class GitHub : public testing::Test {
 protected:
  FakeClient client{kApi};
  std::unique_ptr<vcs::Provider> provider = vcs::github::make_provider(config(), client);
};

const Check* find_check(const vcs::Verification& verification, const std::string& name) {
  for (const Check& check : verification.checks) {
    if (check.name == name) return &check;
  }
  return nullptr;
}

Check::State state_of(const vcs::Verification& verification, const std::string& name) {
  const Check* check = find_check(verification, name);
  return check == nullptr ? Check::State::kSkipped : check->state;
}

struct Pasted {
  const char *kind, *http, *api, *want_http, *want_api;
};

TEST(GitHubAddress, PastedUrlsBecomeTheTwoUrls) {
  const std::vector<Pasted> table = {
      {"github", "", "", "https://github.com", "https://api.github.com"},
      {"github", "github.com/", "", "https://github.com", "https://api.github.com"},
      {"github", "https://www.github.com/acme/infra", "", "https://github.com", "https://api.github.com"},
      {"github", "https://api.github.com", "", "https://github.com", "https://api.github.com"},
      {"github", "https://acme.ghe.com/x/y", "", "https://acme.ghe.com", "https://api.acme.ghe.com"},
      {"github", "http://127.0.0.1:3000/", "http://127.0.0.1:3000/api", "http://127.0.0.1:3000",
       "http://127.0.0.1:3000/api"},
      {"github_enterprise", "ghe.corp", "", "https://ghe.corp", "https://ghe.corp/api/v3"},
      {"github_enterprise", "https://ghe.corp/api/v3/", "", "https://ghe.corp", "https://ghe.corp/api/v3"},
      {"github_enterprise", "", "https://ghe.corp/api/v3", "https://ghe.corp", "https://ghe.corp/api/v3"},
      {"github_enterprise", "https://ghe.corp:8443/acme/infra", "", "https://ghe.corp:8443",
       "https://ghe.corp:8443/api/v3"},
      {"github_enterprise", "https://me@ghe.corp", "https://api.ghe.corp", "https://ghe.corp",
       "https://api.ghe.corp/api/v3"}};
  for (const Pasted& row : table) {
    vcs::ProviderConfig given;
    given.http_url = row.http;
    given.api_url = row.api;
    const auto status = vcs_test::all_kinds().find(row.kind)->normalize(given);
    ASSERT_TRUE(status) << row.http << ": " << status.error().message;
    EXPECT_EQ(given.http_url, row.want_http) << row.http;
    EXPECT_EQ(given.api_url, row.want_api) << row.http;
    EXPECT_TRUE(vcs_test::all_kinds().find(row.kind)->normalize(given)) << "twice";
    EXPECT_EQ(given.api_url, row.want_api) << "twice";
  }
}

TEST(GitHubAddress, TheWrongKindIsPointedOut) {
  vcs::ProviderConfig own;
  own.http_url = "https://git.corp";
  own.api_url = "https://api.github.com";
  EXPECT_THAT(vcs_test::all_kinds().find("github")->normalize(own).error().message, HasSubstr("github_enterprise"));
  vcs::ProviderConfig cloud;
  cloud.http_url = "https://github.com";
  const auto status = vcs_test::all_kinds().find("github_enterprise")->normalize(cloud);
  EXPECT_EQ(status.error().pointer, "/data/attributes/http-url");
}

TEST(GitHubAddress, RepositoryPathsAreReadFromWhatPeoplePaste) {
  for (const char* text : {"acme/infra", " acme/infra ", "https://github.com/acme/infra", "acme/infra.git",
                           "https://github.com/acme/infra.git?tab=1"}) {
    EXPECT_EQ(vcs::github::read_path(text).value_or("?"), "acme/infra") << text;
  }
  for (const char* text : {"", "acme", "acme/", "acme/in fra", "../x", "acme/..", "a/b/c/d", "acme/in%2Ffra"}) {
    EXPECT_FALSE(vcs::github::read_path(text)) << text;
  }
}

TEST(GitHubAddress, ExpiryIsReadInAllItsForms) {
  const base::Time noon = *base::parse_time("2026-01-31T12:00:00Z");
  for (const char* text : {"2026-01-31 12:00:00 UTC", "2026-01-31 12:00:00 +0000", "2026-01-31 13:00:00 +0100",
                           "2026-01-31T12:00:00Z", "2026-01-31T13:00:00.000+01:00"}) {
    EXPECT_EQ(vcs::github::read_expiry(text), noon) << text;
  }
  EXPECT_FALSE(vcs::github::read_expiry(""));
  EXPECT_FALSE(vcs::github::read_expiry("soon"));
}

TEST_F(GitHub, VerifyTellsUserScopesAndExpiry) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  client.on("GET /user", 200, vcs_test::shared_fixture("github/api/user.200.json"),
            {{"X-OAuth-Scopes", "repo, admin:repo_hook"},
             {"github-authentication-token-expiration", "2026-01-31 12:00:00 UTC"}});
  client.on("GET /user/repos?per_page=1", 200, "[{}]");
  const auto verification = provider->verify();
  ASSERT_TRUE(verification);
  EXPECT_TRUE(verification->ok);
  EXPECT_EQ(verification->user_name, "octocat");
  EXPECT_EQ(verification->user_id, "1");
  EXPECT_THAT(verification->scopes, ElementsAre("repo", "admin:repo_hook"));
  EXPECT_EQ(verification->token_expires_at, base::parse_time("2026-01-31T12:00:00Z"));
  EXPECT_THAT(client.take_calls(), ElementsAre("GET /user", "GET /user/repos?per_page=1"));
  EXPECT_EQ(client.authorization(), "Bearer ghp_hunter2");
  EXPECT_EQ(client.last().headers.get_or("User-Agent"), "runbridge");
  EXPECT_EQ(client.last().headers.get_or("X-GitHub-Api-Version"), "2022-11-28");
}

TEST_F(GitHub, T_S18_ABadTokenIsSaidSo) {
  client.on("GET /user", 401, R"({"message":"Bad credentials"})");
  const auto verification = provider->verify();
  EXPECT_FALSE(verification->ok);
  EXPECT_EQ(state_of(*verification, "sign-in"), Check::State::kFailed);
  EXPECT_THAT(find_check(*verification, "sign-in")->message, HasSubstr("Bad credentials"));
  EXPECT_FALSE(find_check(*verification, "sign-in")->remedy.empty());
}

TEST_F(GitHub, T_S18_MissingScopesAreNamed) {
  client.on("GET /user", 200, R"({"login":"octo","id":1})", {{"X-OAuth-Scopes", "read:org"}});
  client.on("GET /user/repos?per_page=1", 200, "[]");
  const auto verification = provider->verify();
  EXPECT_FALSE(verification->ok);
  EXPECT_EQ(find_check(*verification, "scopes")->message, "The token lacks the scope repo and admin:repo_hook.");
  EXPECT_EQ(state_of(*verification, "repositories"), Check::State::kWarning);
}

TEST_F(GitHub, T_S18_TooManyRightsAreAWarning) {
  client.on("GET /user", 200, R"({"login":"octo","id":1})", {{"X-OAuth-Scopes", "repo, delete_repo, admin:org"}});
  client.on("GET /user/repos?per_page=1", 200, "[{}]");
  const auto verification = provider->verify();
  EXPECT_TRUE(verification->ok);
  EXPECT_EQ(state_of(*verification, "scopes"), Check::State::kWarning);
  EXPECT_THAT(find_check(*verification, "scopes")->message, HasSubstr("delete_repo"));
}

TEST_F(GitHub, AFineGrainedTokenSkipsTheScopeCheck) {
  client.on("GET /user", 200, R"({"login":"octo","id":1})", {{"X-GitHub-Enterprise-Version", "3.12.1"}});
  client.on("GET /user/repos?per_page=1", 200, "[{}]");
  const auto verification = provider->verify();
  EXPECT_TRUE(verification->ok);
  EXPECT_EQ(state_of(*verification, "scopes"), Check::State::kSkipped);
  EXPECT_EQ(verification->server_version, "3.12.1");
}

TEST_F(GitHub, SingleSignOnIsExplained) {
  client.on("GET /user", 403, R"({"message":"Resource protected by organization SAML enforcement."})",
            {{"X-GitHub-SSO", "required; url=https://github.com/orgs/acme/sso"}});
  const auto verification = provider->verify();
  EXPECT_THAT(find_check(*verification, "sign-in")->remedy, HasSubstr("Configure SSO"));
}

TEST_F(GitHub, AnUntrustedCertificateIsItsOwnCheck) {
  client.fail("GET /user", base::upstream("TLS: the certificate's issuer is not trusted."));
  const auto verification = provider->verify();
  EXPECT_EQ(state_of(*verification, "tls"), Check::State::kFailed);
  EXPECT_THAT(find_check(*verification, "tls")->remedy, HasSubstr("CA bundle"));
}

TEST_F(GitHub, AWebPageIsNotTheApi) {
  client.on("GET /user", 200, "<html>", {{"Content-Type", "text/html"}});
  EXPECT_EQ(state_of(*provider->verify(), "reach"), Check::State::kFailed);
}

TEST_F(GitHub, RepositoriesAreFilteredAndPagedByLink) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  const std::string first =
      "/user/repos?per_page=100&affiliation=owner,collaborator,organization_member&sort=full_name";
  client.on("GET " + first, 200, vcs_test::shared_fixture("github/api/user_repos.200.json"),
            {{"Link", "<https://api.github.com/user/repos?page=2>; rel=\"next\""}});
  const auto slice = provider->list_repositories("HELLO", "");
  ASSERT_TRUE(slice) << slice.error().message;
  ASSERT_EQ(slice->items.size(), 1U);
  const vcs::Repository& repository = slice->items[0];
  EXPECT_EQ(repository.id, "1296269");
  EXPECT_EQ(repository.path, "octocat/Hello-World");
  EXPECT_EQ(repository.https_clone_url, "https://github.com/octocat/Hello-World.git");
  EXPECT_EQ(repository.ssh_clone_url, "ssh://git@github.com/octocat/Hello-World.git");
  EXPECT_EQ(slice->next, "/user/repos?page=2");
  client.on("GET /user/repos?page=2", 200, "[]");
  EXPECT_TRUE(provider->list_repositories("", slice->next)->items.empty());
  EXPECT_FALSE(provider->list_repositories("", "/repos/acme/secret"));
}

TEST_F(GitHub, T_S08_TheTokenIsNotSentToAForeignNextPage) {
  client.on("GET /repos/acme/infra/branches?per_page=100", 200, R"([{"name":"main","commit":{"sha":"x"}}])",
            {{"Link", "<https://evil.example/next>; rel=\"next\""}});
  const auto slice = provider->list_branches(infra(), "", "");
  ASSERT_FALSE(slice);
  EXPECT_EQ(slice.error().code, Code::kUpstream);
  EXPECT_EQ(client.take_calls().size(), 1U);
}

TEST_F(GitHub, OneRepositoryIsFound) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  client.on("GET /repos/octocat/Hello-World", 200, vcs_test::shared_fixture("github/api/get_repo.200.json"));
  const auto repository = provider->find_repository("octocat/Hello-World");
  ASSERT_TRUE(repository);
  EXPECT_EQ(repository->default_branch, "master");
  EXPECT_EQ(repository->can_admin, false);
}

TEST_F(GitHub, AMovedRepositoryIsNotFollowed) {
  client.on("GET /repos/acme/old", 301, "{}", {{"Location", "https://api.github.com/repositories/7"}});
  EXPECT_THAT(provider->find_repository("acme/old").error().message, HasSubstr("renamed or moved"));
  client.on("GET /repos/acme/gone", 404, R"({"message":"Not Found"})");
  EXPECT_EQ(provider->find_repository("acme/gone").error().code, Code::kNotFound);
}

TEST_F(GitHub, ANewHookIsCreated) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  client.on("GET /repos/acme/infra/hooks?per_page=100", 200, "[]");
  client.on("POST /repos/acme/infra/hooks", 201, vcs_test::shared_fixture("github/api/create_hook.201.json"));
  const auto hook = provider->ensure_hook(infra(), spec());
  ASSERT_TRUE(hook);
  EXPECT_THAT(hook->ids, ElementsAre("12345678"));
  EXPECT_EQ(json::parse(client.body_of("POST /repos/acme/infra/hooks")), json::parse(R"({
    "name":"web","active":true,"events":["push","pull_request","repository"],
    "config":{"url":"https://bridge.example.com/webhooks/vcs/1","content_type":"json","secret":"hook-secret",
              "insecure_ssl":"0"}})"));
}

TEST_F(GitHub, AnExistingHookIsAdoptedAndBroughtUpToDate) {
  client.on("GET /repos/acme/infra/hooks?per_page=100", 200, hook_list(kHookUrl, R"("push")", "false"));
  client.on("PATCH /repos/acme/infra/hooks/12", 200, "{}");
  EXPECT_THAT(provider->ensure_hook(infra(), spec())->ids, ElementsAre("12"));
  const json body = json::parse(client.body_of("PATCH /repos/acme/infra/hooks/12"));
  EXPECT_EQ(body["config"]["secret"], "hook-secret");
  EXPECT_EQ(body["events"].size(), 3U);
  EXPECT_EQ(body["active"], true);
}

TEST_F(GitHub, AHookMadeInTheMeantimeIsAdopted) {
  client.on("GET /repos/acme/infra/hooks?per_page=100", 200, "[]");
  client.on("GET /repos/acme/infra/hooks?per_page=100", 200, hook_list(kHookUrl));
  client.on("POST /repos/acme/infra/hooks", 422,
            R"({"message":"Validation Failed","errors":[{"message":"Hook already exists on this repository"}]})");
  client.on("PATCH /repos/acme/infra/hooks/12", 200, "{}");
  EXPECT_THAT(provider->ensure_hook(infra(), spec())->ids, ElementsAre("12"));
}

TEST_F(GitHub, TooManyHooksAndMissingRightsAreExplained) {
  client.on("GET /repos/acme/infra/hooks?per_page=100", 200, "[]");
  client.on(
      "POST /repos/acme/infra/hooks", 422,
      R"({"message":"Validation Failed","errors":[{"message":"The \"push\" event cannot have more than 20 hooks"}]})");
  EXPECT_EQ(provider->ensure_hook(infra(), spec()).error().code, Code::kConflict);
  vcs::Repository other = infra();
  other.path = "acme/other";
  client.on("GET /repos/acme/other/hooks?per_page=100", 404, R"({"message":"Not Found"})");
  const auto refused = provider->ensure_hook(other, spec());
  EXPECT_EQ(refused.error().code, Code::kForbidden);
  EXPECT_THAT(refused.error().message, HasSubstr("administrator rights"));
}

TEST_F(GitHub, HookStateIsReadFromTheList) {
  const vcs::InstalledHook hook{{"12"}};
  const std::string list = "GET /repos/acme/infra/hooks?per_page=100";
  client.on(list, 200, hook_list(kHookUrl)).on(list, 200, hook_list(kHookUrl, R"("push")"));
  client.on(list, 200, hook_list("https://elsewhere/")).on(list, 200, "[]");
  EXPECT_EQ(*provider->hook_state(infra(), hook, kHookUrl), vcs::HookState::kActive);
  EXPECT_EQ(*provider->hook_state(infra(), hook, kHookUrl), vcs::HookState::kDisabled);
  EXPECT_EQ(*provider->hook_state(infra(), hook, kHookUrl), vcs::HookState::kMissing);
  EXPECT_EQ(*provider->hook_state(infra(), hook, kHookUrl), vcs::HookState::kMissing);
}

TEST_F(GitHub, RemovingTwiceIsASuccess) {
  const std::string list = "GET /repos/acme/infra/hooks?per_page=100";
  client.on(list, 200, hook_list(kHookUrl)).on(list, 200, "[]");
  client.on("DELETE /repos/acme/infra/hooks/12", 204);
  EXPECT_TRUE(provider->remove_hook(infra(), {{"12"}}, kHookUrl));
  EXPECT_TRUE(provider->remove_hook(infra(), {{"12"}}, kHookUrl));
  EXPECT_THAT(client.take_calls(), ElementsAre(list, "DELETE /repos/acme/infra/hooks/12", list));
}

TEST_F(GitHub, AStatusIsCutToTheLimit) {
  SKIP_WITHOUT_SHARED_FIXTURES();
  const std::string call = "POST /repos/acme/infra/statuses/" + kSha;
  client.on(call, 201, vcs_test::shared_fixture("github/api/create_status.201.json"));
  vcs::CommitStatus status;
  status.sha = kSha;
  status.state = vcs::CommitState::kRunning;
  status.context = "runbridge/acme/prod";
  status.description = std::string(139, 'x') + "äöü";
  status.target_url = "https://bridge.example.com/runs/1";
  ASSERT_TRUE(provider->set_status(infra(), status));
  EXPECT_EQ(json::parse(client.body_of(call)), (json{{"state", "pending"},
                                                     {"context", "runbridge/acme/prod"},
                                                     {"description", std::string(139, 'x') + "…"},
                                                     {"target_url", "https://bridge.example.com/runs/1"}}));
}

TEST_F(GitHub, CommitsAndBranchesAreLookedUp) {
  client.on("GET /repos/acme/infra/commits/6113728", 200, R"({"sha":")" + kSha + "\"}");
  client.on("GET /repos/acme/infra/branches/feature%2Fx", 200, R"({"commit":{"sha":")" + kSha + "\"}}");
  client.on("GET /repos/acme/infra/branches/main", 200, R"({"commit":{"sha":"main"}})");
  EXPECT_EQ(*provider->resolve_commit(infra(), "6113728"), kSha);
  EXPECT_EQ(*provider->branch_head(infra(), "feature/x"), kSha);
  EXPECT_FALSE(provider->branch_head(infra(), "main")) << "not a commit id";
  EXPECT_EQ(provider->branch_head(infra(), "../x").error().code, Code::kInvalid);
  EXPECT_EQ(provider->resolve_commit(infra(), "main").error().code, Code::kInvalid);
}

TEST_F(GitHub, TheTokenIsInNoErrorMessage) {
  client.on("GET /repos/acme/infra", 400, R"({"message":"you sent ghp_hunter2"})");
  EXPECT_EQ(provider->find_repository("acme/infra").error().message.find("hunter2"), std::string::npos);
}

base::Result<vcs::Parsed> parse(const std::string& event, const std::string& body) {
  return vcs_test::all_kinds().find("github")->parse({{"X-GitHub-Event", event}}, body);
}

TEST(GitHubPayload, T_W06_W07_UnreadableBodiesAreParkedWithAReason) {
  for (const std::string& body : {std::string(), std::string("x"), std::string("[]"), std::string("\"text\""),
                                  std::string("{\"a\":\"\xff\"}"), std::string("\xEF\xBB\xBF{}"), std::string("{}")}) {
    const auto parsed = parse("push", body);
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
  }
}

TEST(GitHubPayload, T_W08_UnusedEventsAreIgnoredWithAReason) {
  EXPECT_EQ(parse("star", "{}")->ignored->reason, "event 'star' is not used");
  EXPECT_EQ(parse("create", "{}")->ignored->reason, "the push event tells the same");
  EXPECT_FALSE(parse("", "{}"));
}

TEST(GitHubPayload, T_W09_PingIsAPing) {
  const auto parsed = parse("ping", R"({"zen":"Keep it simple."})");
  ASSERT_EQ(parsed->events.size(), 1U);
  EXPECT_EQ(std::get<vcs::Ping>(parsed->events[0]).text, "Keep it simple.");
}

TEST(GitHubPayload, T_W21_AHostileRefIsParked) {
  json body = {{"ref", "refs/heads/--upload-pack=x"},
               {"before", std::string(40, '0')},
               {"after", kSha},
               {"repository", {{"id", 1}, {"full_name", "a/b"}}}};
  EXPECT_FALSE(parse("push", body.dump()));
  body["ref"] = "refs/heads/main";
  EXPECT_TRUE(parse("push", body.dump()));
  body["ref"] = "refs/notes/commits";
  EXPECT_TRUE(parse("push", body.dump())->ignored);
}

TEST(GitHubPayload, T_W22_ZerosAreADeletionAndJunkIsParked) {
  json body = {{"ref", "refs/heads/main"},
               {"before", kSha},
               {"after", std::string(40, '0')},
               {"repository", {{"id", 1}, {"full_name", "a/b"}}}};
  EXPECT_EQ(std::get<vcs::Push>(parse("push", body.dump())->events[0]).after, "");
  body["after"] = "main";
  EXPECT_FALSE(parse("push", body.dump()));
  body["after"] = kSha.substr(0, 12);
  EXPECT_FALSE(parse("push", body.dump()));
}

TEST(GitHubPayload, AGoneForkIsStillAFork) {
  json body = {{"action", "opened"},
               {"repository", {{"id", 1}, {"full_name", "a/b"}}},
               {"pull_request",
                {{"number", 3},
                 {"head", {{"ref", "x"}, {"sha", kSha}, {"repo", nullptr}}},
                 {"base", {{"ref", "main"}, {"sha", kSha}, {"repo", {{"id", 1}}}}}}}};
  EXPECT_TRUE(std::get<vcs::PullRequest>(parse("pull_request", body.dump())->events[0]).from_fork);
  body["action"] = "labeled";
  EXPECT_EQ(parse("pull_request", body.dump())->ignored->reason, "pull request action 'labeled' needs no run");
}

}  // namespace
