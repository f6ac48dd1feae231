#include <chrono>

#include "tests/workspaces/workspaces_test.h"

using nlohmann::json;
using ::testing::HasSubstr;

namespace {

class WorkspaceRoutes : public WorkspacesTest {};

const std::string kList = "/api/v2/organizations/acme/workspaces";

TEST_P(WorkspaceRoutes, DefaultsAreThoseOfTheApi) {
  const auto answer = all->create("prod");
  ASSERT_EQ(answer.status, 201) << answer.text;
  const json& attributes = answer.attributes();
  for (const char* off : {"auto-apply", "queue-all-runs", "locked", "network-access", "global-remote-state"}) {
    EXPECT_EQ(attributes.at(off), false) << off;
  }
  for (const char* on : {"speculative-enabled", "file-triggers-enabled", "allow-destroy-plan", "operations"}) {
    EXPECT_EQ(attributes.at(on), true) << on;
  }
  EXPECT_EQ(attributes.at("execution-mode"), "remote");
  EXPECT_EQ(attributes.at("trigger-prefixes"), json::array());
  EXPECT_EQ(attributes.at("vcs-repo"), nullptr);
  EXPECT_EQ(attributes.at("setting-overwrites").at("execution-mode"), false);
  EXPECT_TRUE(attributes.at("permissions").contains("can-force-delete"));
  const auto& relationships = answer.data().at("relationships");
  EXPECT_EQ(relationships.at("organization").at("data").at("id"), "acme");
  EXPECT_EQ(relationships.at("current-run").at("data"), nullptr);
  EXPECT_EQ(answer.data().at("links").at("self"), kList + "/prod");
}

TEST_P(WorkspaceRoutes, BothAddressesShowTheSame) {
  const auto id = made("prod");
  EXPECT_EQ(all->get(at(id)).text, all->get(kList + "/prod").text);
  EXPECT_EQ(all->get(kList + "/PROD").data().at("id"), id);
}

TEST_P(WorkspaceRoutes, ANameIsTakenOnce) {
  made("prod");
  const auto again = all->create("Prod");
  EXPECT_EQ(again.status, 422);
  EXPECT_EQ(again.pointer(), "/data/attributes/name");
}

TEST_P(WorkspaceRoutes, T_J04_NamesAreOfLettersDigitsAndDashes) {
  for (const std::string name : {"a b", "a/b", "! / nope",
                                 "\xE2\x80\xAE"
                                 "abc",
                                 ""}) {
    EXPECT_EQ(all->create(name).status, 422) << name;
  }
  EXPECT_EQ(all->create(std::string(91, 'a')).status, 422);
  EXPECT_EQ(all->create(std::string(90, 'a')).status, 201);
}

TEST_P(WorkspaceRoutes, T_J03_WrongKindsAreRefusedWithAPointer) {
  const std::pair<const char*, json> wrong[] = {
      {"auto-apply", "true"},      {"trigger-prefixes", "a"},   {"trigger-patterns", {1}}, {"description", 7},
      {"run-timeout", "1h"},       {"run-timeout", -1},         {"run-timeout", 1.5},      {"vcs-repo", "acme/infra"},
      {"execution-mode", "agent"}, {"plan-command", {"", "x"}}, {"plan-command", "a | b"}, {"working-directory", 5}};
  for (const auto& [name, value] : wrong) {
    const auto answer = all->create("prod", {{name, value}});
    EXPECT_EQ(answer.status, 422) << name << " " << value;
    ASSERT_TRUE(answer.body.contains("errors")) << name;
    EXPECT_THAT(answer.pointer(), HasSubstr(name));
  }
}

TEST_P(WorkspaceRoutes, T_G12_AWorkingDirectoryStaysInsideTheRepository) {
  for (const char* directory : {"../x", "a/../../b", "/etc", "a\\b", "a\nb", ".."}) {
    const auto answer = all->create("prod", {{"working-directory", directory}});
    EXPECT_EQ(answer.status, 422) << directory;
    EXPECT_EQ(answer.pointer(), "/data/attributes/working-directory");
  }
  EXPECT_EQ(all->create("prod", {{"working-directory", "a/..b/c.d/"}}).status, 201);
}

TEST_P(WorkspaceRoutes, T_W21_BranchNamesGitRefusesAreRefused) {
  for (const char* branch : {"-x", "a..b", "a b", "a@{1}", "x.lock", "a//b", "/a", "a/", "a~1", "a\x01"}) {
    const auto answer = all->create("prod", {{"vcs-repo", all->repository({{"branch", branch}})}});
    EXPECT_EQ(answer.status, 422) << branch;
    EXPECT_THAT(answer.detail(), HasSubstr("Branch isn't ingressable"));
  }
  EXPECT_EQ(all->create("prod", {{"vcs-repo", all->repository({{"branch", "feature/a-b_c.1"}})}}).status, 201);
}

TEST_P(WorkspaceRoutes, ARepositoryIsLookedUpAndItsWebhookInstalled) {
  const auto answer = all->create("prod", {{"vcs-repo", all->repository()}});
  ASSERT_EQ(answer.status, 201) << answer.text;
  const json& vcs = answer.attributes().at("vcs-repo");
  EXPECT_EQ(vcs.at("identifier"), "acme/infra");
  EXPECT_EQ(vcs.at("branch"), "");
  EXPECT_EQ(vcs.at("service-provider"), "github");
  EXPECT_EQ(vcs.at("tags"), false);
  EXPECT_THAT(vcs.at("webhook-url").get<std::string>(), HasSubstr("https://bridge.example/webhooks/vcs/"));
  EXPECT_EQ(answer.attributes().at("vcs-repo-identifier"), "acme/infra");
  made("second", {{"vcs-repo", all->repository()}});
  world().run_jobs();
  EXPECT_EQ(world().forge.hooks("1").size(), 1U);
}

TEST_P(WorkspaceRoutes, WhatCannotBeConnectedSaysWhy) {
  const auto unknown = all->create("prod", {{"vcs-repo", all->repository({{"identifier", "acme/nothing"}})}});
  EXPECT_EQ(unknown.status, 422);
  EXPECT_THAT(unknown.detail(), HasSubstr("Repository doesn't exist or isn't accessible"));
  const auto token = all->create("prod", {{"vcs-repo", {{"identifier", "acme/infra"}, {"oauth-token-id", "ot-x"}}}});
  EXPECT_EQ(token.status, 422);
  EXPECT_THAT(token.detail(), HasSubstr("OAuth token does not exist"));
  world().forge.fail("find_repository", base::unavailable("the provider does not answer"));
  const auto down = all->create("prod", {{"vcs-repo", all->repository()}});
  EXPECT_EQ(down.status, 502);
  EXPECT_THAT(down.detail(), HasSubstr("the provider does not answer"));
  EXPECT_EQ(all->get(kList).body.at("data").size(), 0U);
}

TEST_P(WorkspaceRoutes, T_M02_ATokenOfAnotherOrganizationDoesNotExist) {
  world().acting_for = world().globex;
  const auto answer = all->post("/api/v2/organizations/globex/workspaces",
                                all->document({{"name", "prod"}, {"vcs-repo", all->repository()}}));
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.detail(), HasSubstr("OAuth token does not exist"));
  EXPECT_EQ(world().forge.count("find_repository"), 0);
}

TEST_P(WorkspaceRoutes, APartialRepositoryIsMergedAndNullDisconnects) {
  const auto id = made("prod", {{"vcs-repo", all->repository({{"branch", "main"}})}});
  world().run_jobs();
  const int asked = world().forge.count("find_repository");
  const auto moved = all->patch(id, {{"vcs-repo", {{"branch", "release"}}}});
  ASSERT_EQ(moved.status, 200) << moved.text;
  EXPECT_EQ(moved.attributes().at("vcs-repo").at("branch"), "release");
  EXPECT_EQ(moved.attributes().at("vcs-repo").at("identifier"), "acme/infra");
  EXPECT_EQ(world().forge.count("find_repository"), asked);
  EXPECT_EQ(all->patch(id, {{"vcs-repo", nullptr}}).attributes().at("vcs-repo"), nullptr);
  world().run_jobs();
  EXPECT_TRUE(world().forge.hooks("1").empty());
}

TEST_P(WorkspaceRoutes, AnotherRepositoryTakesItsWebhookAlong) {
  const auto id = made("prod", {{"vcs-repo", all->repository()}});
  world().run_jobs();
  const auto moved = all->patch(id, {{"vcs-repo", {{"identifier", "acme/other"}}}});
  ASSERT_EQ(moved.status, 200) << moved.text;
  world().run_jobs();
  EXPECT_TRUE(world().forge.hooks("1").empty());
  EXPECT_EQ(world().forge.hooks("2").size(), 1U);
}

TEST_P(WorkspaceRoutes, TriggerFieldsFollowTheWriteRules) {
  const auto id = made("prod", {{"trigger-prefixes", {"/prefix1", "another_one"}}});
  const auto patterns = all->patch(id, {{"trigger-patterns", {"/a/**", "/b/*"}}});
  EXPECT_EQ(patterns.attributes().at("trigger-prefixes"), json::array());
  EXPECT_EQ(patterns.attributes().at("trigger-patterns"), json({"/a/**", "/b/*"}));
  EXPECT_THAT(patterns.attributes().at("trigger-warnings").dump(), HasSubstr("/a/**/*"));
  const auto off = all->patch(id, {{"file-triggers-enabled", false}});
  EXPECT_EQ(off.status, 422);
  EXPECT_THAT(off.detail(), HasSubstr("'trigger_patterns' cannot be populated when 'file_triggers_enabled' is set to "
                                      "false."));
  const auto tags =
      all->create("tags", {{"file-triggers-enabled", false}, {"vcs-repo", all->repository({{"tags-regex", "^v"}})}});
  ASSERT_EQ(tags.status, 201) << tags.text;
  EXPECT_EQ(tags.attributes().at("vcs-repo").at("tags"), true);
  EXPECT_EQ(tags.attributes().at("vcs-repo").at("tags-regex"), "^v");
}

TEST_P(WorkspaceRoutes, CommandsAreListsOrOneLine) {
  const auto id = made("prod", {{"plan-command", "sh -c 'echo \"a b\"' x\\ y"}, {"apply-command", {"make", "apply"}}});
  const auto shown = all->get(at(id));
  EXPECT_EQ(shown.attributes().at("plan-command"), json({"sh", "-c", "echo \"a b\"", "x y"}));
  EXPECT_EQ(shown.attributes().at("apply-command"), json({"make", "apply"}));
  EXPECT_EQ(all->patch(id, {{"plan-command", "echo 'open"}}).status, 422);
  EXPECT_EQ(all->patch(id, {{"plan-command", {"--help"}}}).status, 422);
}

TEST_P(WorkspaceRoutes, LockingAnswersWithTheWordsClientsLookFor) {
  const auto id = made("prod");
  EXPECT_THAT(all->post(at(id) + "/actions/unlock").detail(), HasSubstr("already unlocked"));
  const auto locked =
      all->post(at(id) + "/actions/lock", {{"data", {{"type", ""}, {"attributes", {{"reason", "r"}}}}}});
  ASSERT_EQ(locked.status, 200) << locked.text;
  EXPECT_EQ(locked.attributes().at("locked-reason"), "r");
  EXPECT_EQ(locked.data().at("relationships").at("locked-by").at("data").at("type"), "users");
  EXPECT_EQ(all->post(at(id) + "/actions/lock", {{"reason", "again"}}).status, 409);
  EXPECT_THAT(all->post(at(id) + "/actions/safe-delete").detail(), HasSubstr("locked"));
  EXPECT_EQ(all->post(at(id) + "/actions/unlock").attributes().at("locked"), false);
}

TEST_P(WorkspaceRoutes, ALockOfSomebodyElseIsNamed) {
  const auto id = workspaces::WorkspaceId(made("prod"));
  const auto lock_by = [&](const char* type) {
    ASSERT_TRUE(database().write([&](storage::Transaction& transaction) -> base::Status {
      RETURN_IF_ERROR(workspaces::store::unlock(transaction, id));
      RETURN_IF_ERROR(workspaces::store::lock(transaction, id, {type, "x-1", "ops", "", world().clock.now()}));
      return {};
    }));
  };
  const std::pair<const char*, const char*> words[] = {
      {"users", "is locked by User"}, {"teams", "is locked by Team"}, {"runs", "is locked by Run"}};
  for (const auto& [type, text] : words) {
    lock_by(type);
    const auto answer = all->post(at(id.str()) + "/actions/unlock");
    EXPECT_EQ(answer.status, 409);
    EXPECT_THAT(answer.detail(), HasSubstr(text));
  }
  EXPECT_THAT(all->post(at(id.str()) + "/actions/safe-delete").detail(), HasSubstr("being processed"));
  EXPECT_EQ(all->post(at(id.str()) + "/actions/force-unlock").status, 409);
  lock_by("teams");
  EXPECT_EQ(all->post(at(id.str()) + "/actions/force-unlock").status, 200);
}

TEST_P(WorkspaceRoutes, DeletingNeverWaitsForAProvider) {
  const auto id = made("prod", {{"vcs-repo", all->repository()}});
  world().run_jobs();
  world().forge.fail("remove_hook", base::unavailable("down"), 3);
  EXPECT_EQ(all->remove(kList + "/prod").status, 204);
  EXPECT_EQ(all->get(at(id)).status, 404);
  for (int i = 0; i < 5; ++i) {
    world().clock.advance(std::chrono::minutes(10));
    world().run_jobs();
  }
  EXPECT_TRUE(world().forge.hooks("1").empty());
}

TEST_P(WorkspaceRoutes, AnSshKeyIsAssignedByEveryBodyClientsSend) {
  const auto id = made("prod");
  const auto assign = [&](const json& data) {
    return world().call(http::Method::kPatch, at(id) + "/relationships/ssh-key", {{"data", data}});
  };
  const auto key_of = [](const fakes::World::Answer& answer) {
    return answer.data().at("relationships").at("ssh-key").at("data");
  };
  EXPECT_EQ(key_of(assign({{"type", "workspaces"}, {"attributes", {{"id", "sshkey-1"}}}})).at("id"), "sshkey-1");
  EXPECT_EQ(key_of(assign({{"type", "workspaces"}, {"attributes", {{"id", nullptr}}}})), nullptr);
  EXPECT_EQ(key_of(assign({{"type", "ssh-keys"}, {"id", "sshkey-1"}})).at("id"), "sshkey-1");
  EXPECT_EQ(assign({{"type", "ssh-keys"}, {"id", "sshkey-unknown"}}).status, 404);
  EXPECT_EQ(key_of(assign(nullptr)), nullptr);
}

TEST_P(WorkspaceRoutes, ListsAreSearchedSortedAndPaged) {
  for (const char* name : {"net-prod", "net-dev", "app_prod", "db"}) made(name);
  const auto names = [&](const std::string& query) {
    std::string out;
    const auto answer = all->get(kList + "?" + query);
    for (const auto& item : answer.body.at("data")) {
      out += item.at("attributes").at("name").get<std::string>() + " ";
    }
    return out;
  };
  EXPECT_EQ(names(""), "app_prod db net-dev net-prod ");
  EXPECT_EQ(names("sort=-name"), "net-prod net-dev db app_prod ");
  EXPECT_EQ(names("search[name]=PROD"), "app_prod net-prod ");
  EXPECT_EQ(names("search[name]=_"), "app_prod ");
  EXPECT_EQ(names("search[name]=%25"), "");
  EXPECT_EQ(names("search[wildcard-name]=net-*"), "net-dev net-prod ");
  EXPECT_EQ(names("search[wildcard-name]=*prod"), "app_prod net-prod ");
  EXPECT_EQ(names("search[tags]=x"), "");
  EXPECT_EQ(names("filter[project][id]=prj-none"), "");
  EXPECT_EQ(names("page[size]=2&page[number]=2"), "net-dev net-prod ");
  EXPECT_EQ(all->get(kList + "?page[number]=999").body.at("meta").at("pagination").at("total-count"), 4);
  EXPECT_EQ(all->get(kList + "?sort=nonsense").status, 400);
  all->remove(kList + "/db");
  all->create("net-dev");  // refused: counts for nothing
  EXPECT_EQ(all->get(kList).body.at("meta").at("pagination").at("total-count"), 3);
}

TEST_P(WorkspaceRoutes, WorkspacesMoveToAProjectTogetherOrNotAtAll) {
  const auto id = made("prod");
  const auto project = world().make_project("Platform").str();
  const auto target = "/api/v2/projects/" + project + "/relationships/workspaces";
  const auto move = [&](const std::vector<std::string>& ids) {
    json list = json::array();
    for (const auto& one : ids) list.push_back({{"type", "workspaces"}, {"id", one}});
    return all->post(target, {{"data", list}}).status;
  };
  const auto project_of = [&] { return all->get(at(id)).data().at("relationships").at("project").at("data").at("id"); };
  EXPECT_EQ(move({id, "ws-nothing"}), 404);
  EXPECT_NE(project_of(), project);
  EXPECT_EQ(move({id}), 204);
  EXPECT_EQ(project_of(), project);
}

TEST_P(WorkspaceRoutes, DeletingAProviderUnlinksItsWorkspaces) {
  const auto id = made("prod", {{"vcs-repo", all->repository()}});
  const auto client = world().columns("SELECT client_id FROM oauth_tokens").at(0);
  const auto shown = all->get("/api/v2/oauth-clients/" + client + "?show_affected_workspaces=true");
  EXPECT_THAT(shown.text, HasSubstr("prod"));
  EXPECT_EQ(all->remove("/api/v2/oauth-clients/" + client).status, 204);
  EXPECT_EQ(all->get(at(id)).attributes().at("vcs-repo"), nullptr);
}

TEST_P(WorkspaceRoutes, EveryChangeIsInTheAuditLog) {
  const auto id = made("prod");
  all->patch(id, {{"description", "x"}});
  all->post(at(id) + "/actions/lock");
  all->remove(at(id));
  const auto actions = world().columns(
      "SELECT action FROM audit_events WHERE target_type = 'workspaces' ORDER BY "
      "action");
  EXPECT_EQ(actions,
            (std::vector<std::string>{"workspace.create", "workspace.delete", "workspace.lock", "workspace.update"}));
}

TEST_P(WorkspaceRoutes, T_J10_OfTwoChangesToTheSameVersionOneIsMade) {
  const auto id = made("prod");
  const auto change = [&](const std::string& version, const std::string& text) {
    http::Request request;
    request.method = http::Method::kPatch;
    request.target = request.path = at(id);
    request.headers.set("Content-Type", "application/vnd.api+json");
    request.headers.set("If-Match", version);
    request.body = fakes::WorkspaceWorld::document({{"description", text}}).dump();
    return all->world.router.handle(request);
  };
  all->world.acting_for = all->world.acme;
  const std::string version(change("*", "first").headers.get_or("ETag"));
  ASSERT_FALSE(version.empty());
  const auto second = change(version, "second");
  EXPECT_EQ(second.status, 200) << second.body;
  EXPECT_NE(second.headers.get_or("ETag"), version) << "also within a millisecond";
  const auto third = change(version, "third");
  EXPECT_EQ(third.status, 409);
  EXPECT_THAT(third.body, HasSubstr("changed by someone else"));
  EXPECT_EQ(all->get(at(id)).attributes().at("description"), "second");
}

INSTANTIATE_ON_BOTH_DATABASES(WorkspaceRoutes);

}  // namespace
