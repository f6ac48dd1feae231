#include "auth/audit.h"
#include "tests/connections/connections_test.h"

namespace connections {
namespace {

using auth::attributes;
using auth::identifiers;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class ConnectionRecords : public ConnectionsTest {};
INSTANTIATE_ON_BOTH_DATABASES(ConnectionRecords);

TEST_P(ConnectionRecords, AreShownWithoutTheirSecrets) {
  const auto id = make("deploy", {{"description", "for deployments"}, {"tags", {{"team", "platform"}}}});
  EXPECT_TRUE(id.starts_with("sc-"));
  for (const auto& path :
       {path_of(id), connections_path(), std::string("/api/v2/organizations/acme/service-connections")}) {
    const auto shown = world_->get(path, world_->ada.token);
    EXPECT_EQ(shown.status, 200);
    EXPECT_THAT(shown.body, Not(HasSubstr("canary")));
    EXPECT_THAT(shown.body, HasSubstr(R"("secrets-set":["password"])"));
    EXPECT_THAT(shown.body, HasSubstr("\"deploy\""));
  }
  const auto shown = world_->get(path_of(id), world_->ada.token);
  EXPECT_EQ(shown.text("connection-type"), "generic");
  EXPECT_EQ(shown.text("parameters.username"), "ada");
  EXPECT_EQ(shown.text("target"), "https://service.example.com/api");
  EXPECT_EQ(shown.text("tags.team"), "platform");
  EXPECT_EQ(shown.text("owner"), "ada");
  EXPECT_EQ(shown.text("permissions.role"), "administrator");
  EXPECT_EQ(shown.text("verification-result"), "ok");
}

TEST_P(ConnectionRecords, ANameIsUniqueInItsProjectWithoutRegardToCase) {
  make("Deploy");
  const auto again = world_->post(connections_path(), world_->ada.token, attributes(generic("dEPLOY")));
  EXPECT_EQ(again.status, 422);
  EXPECT_EQ(pointer_of(again), "/data/attributes/name");
  const auto other = make_project("other");
  EXPECT_EQ(world_
                ->post("/api/v2/projects/" + other.str() + "/service-connections", world_->ada.token,
                       attributes(generic("deploy")))
                .status,
            201);
}

TEST_P(ConnectionRecords, EverythingThatIsWrongIsSaidAtOnce) {
  const auto refused =
      world_->post(connections_path(), world_->ada.token,
                   attributes({{"name", "-bad"},
                               {"connection-type", "generic"},
                               {"scheme", "username_password"},
                               {"parameters", {{"server_url", "canary://user:canary@host"}, {"pasword", "canary"}}}}));
  EXPECT_EQ(refused.status, 422);
  std::vector<std::string> pointers;
  for (const auto& error : refused.json["errors"]) pointers.push_back(jsonapi::get_text(error, "source.pointer"));
  EXPECT_THAT(pointers, Contains("/data/attributes/name"));
  EXPECT_THAT(pointers, Contains("/data/attributes/parameters/pasword"));
  EXPECT_THAT(pointers, Contains("/data/attributes/parameters/password"));
  const auto unknown =
      world_->post(connections_path(), world_->ada.token, attributes({{"name", "x"}, {"connection-type", "generik"}}));
  EXPECT_EQ(unknown.status, 422);
  EXPECT_THAT(detail_of(unknown), HasSubstr("generic"));
}

TEST_P(ConnectionRecords, ASecretIsReplacedByAPatchAndNothingElseIsTouched) {
  const auto id = make("deploy");
  std::vector<std::string> seen;
  answer = [&](const Attempt& attempt) {
    seen.push_back(attempt.values->secret("password")->reveal());
    return ok();
  };
  const auto changed =
      world_->patch(path_of(id), world_->ada.token, attributes({{"parameters", {{"password", "canary-rotated"}}}}));
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_THAT(changed.body, Not(HasSubstr("canary")));
  EXPECT_EQ(changed.text("parameters.username"), "ada");
  EXPECT_EQ(world_->post(path_of(id) + "/actions/verify", world_->ada.token).status, 200);
  EXPECT_THAT(seen, testing::ElementsAre("canary-rotated", "canary-rotated"));
  const auto renamed = world_->patch(path_of(id), world_->ada.token, attributes({{"name", "renamed"}}));
  EXPECT_EQ(renamed.text("name"), "renamed");
  EXPECT_EQ(seen.size(), 2U) << "a new name needs no verification";
  world_->post(path_of(id) + "/actions/verify", world_->ada.token);
  EXPECT_EQ(seen.back(), "canary-rotated");
  EXPECT_THAT(audited(id), Contains("service-connection.update"));
}

TEST_P(ConnectionRecords, WhatCannotChangeSaysToDeleteAndCreateAnew) {
  const auto made = world_->post(connections_path(), world_->ada.token,
                                 attributes({{"name", "classic"},
                                             {"connection-type", "azure_classic"},
                                             {"scheme", "credentials"},
                                             {"parameters",
                                              {{"environment", "AzureCloud"},
                                               {"subscription_id", "00000000-0000-0000-0000-000000000001"},
                                               {"subscription_name", "Production"},
                                               {"username", "ada@example.com"},
                                               {"password", "canary-password"}}}}));
  ASSERT_EQ(made.status, 201) << made.body;
  const std::vector<std::pair<jsonapi::Json, int>> changes = {{{{"parameters", {{"subscription_name", "Other"}}}}, 422},
                                                              {{{"scheme", "certificate"}}, 409},
                                                              {{{"connection-type", "generic"}}, 409}};
  for (const auto& [change, status] : changes) {
    const auto refused = world_->patch(path_of(made.id()), world_->ada.token, attributes(change));
    EXPECT_EQ(refused.status, status) << refused.body;
    EXPECT_THAT(detail_of(refused), HasSubstr("anew"));
  }
  EXPECT_EQ(world_->get(path_of(made.id()), world_->ada.token).text("parameters.subscription_name"), "Production");
}

TEST_P(ConnectionRecords, T_X11_DeletingErasesTheSecretsAndShowsWhatUsesIt) {
  const auto id = make("deploy");
  const auto workspace = make_workspace("prod");
  const auto named = world_->patch("/api/v2/workspaces/" + workspace + "/relationships/service-connections",
                                   world_->ada.token, identifiers("service-connections", {id}));
  ASSERT_EQ(named.status, 200) << named.body;
  const auto refused = world_->remove(path_of(id), world_->ada.token);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(detail_of(refused), HasSubstr("prod"));
  EXPECT_THAT(world_->get(path_of(id) + "/uses", world_->ada.token).body, HasSubstr(workspace));
  const auto count = [&] {
    return *database().read([](storage::Connection& connection) -> base::Result<std::int64_t> {
      ASSIGN_OR_RETURN(const auto row, connection.find("SELECT COUNT(*) FROM secrets"));
      return row->integer(0);
    });
  };
  const auto before = count();
  EXPECT_EQ(world_->remove(path_of(id) + "?force=true", world_->ada.token).status, 204);
  EXPECT_EQ(count(), before - 1);
  EXPECT_EQ(world_->get(path_of(id), world_->ada.token).status, 404);
  EXPECT_THAT(audited(id), Contains("service-connection.delete"));
}

TEST_P(ConnectionRecords, T_X11_TheEndOfAnOrganizationErasesAllOfThemAndNobodyElses) {
  const auto count = [&](const char* sql) {
    return *database().read([&](storage::Connection& connection) -> base::Result<std::int64_t> {
      ASSIGN_OR_RETURN(const auto row, connection.find(sql));
      return row->integer(0);
    });
  };
  const auto before = count("SELECT COUNT(*) FROM secrets");
  const auto used = make("used");
  make("private", {{"inherits-roles", false}});
  world_->patch("/api/v2/workspaces/" + make_workspace("prod") + "/relationships/service-connections",
                world_->ada.token, identifiers("service-connections", {used}));
  const auto remove_all = [&](const auth::OrganizationId& organization) {
    return database().write([&](storage::Transaction& transaction) {
      return service->remove_all(transaction, {auth::system_principal(), {}}, organization);
    });
  };
  ASSERT_TRUE(remove_all(auth::OrganizationId::make()));
  EXPECT_EQ(count("SELECT COUNT(*) FROM service_connections"), 2);
  ASSERT_TRUE(remove_all(acme));
  EXPECT_EQ(count("SELECT COUNT(*) FROM service_connections"), 0);
  EXPECT_EQ(count("SELECT COUNT(*) FROM secrets"), before);
  EXPECT_THAT(audited(used), Contains("service-connection.delete"));
}

TEST_P(ConnectionRecords, ListsAreFilteredAndPaged) {
  for (const char* name : {"c", "a", "b"}) make(name);
  make("npm feed", {{"connection-type", "npm"},
                    {"scheme", "external_azure_pipelines"},
                    {"parameters", {{"registry_url", "https://npm.example.com/"}, {"token", "canary-token"}}}});
  const auto names = [&](const std::string& query) {
    std::vector<std::string> all;
    const auto found = world_->get(connections_path() + query, world_->ada.token);
    for (const auto& one : found.json["data"]) all.push_back(jsonapi::get_text(one, "attributes.name"));
    return all;
  };
  EXPECT_THAT(names(""), testing::ElementsAre("a", "b", "c", "npm feed"));
  EXPECT_THAT(names("?page%5Bsize%5D=2&page%5Bnumber%5D=2"), testing::ElementsAre("c", "npm feed"));
  EXPECT_THAT(names("?filter%5Btype%5D=npm"), testing::ElementsAre("npm feed"));
  EXPECT_THAT(names("?filter%5Btype%5D=npm,generic"), testing::SizeIs(4));
  EXPECT_THAT(names("?q=FEED"), testing::ElementsAre("npm feed"));
  EXPECT_THAT(names("?q=%25"), testing::IsEmpty());
  EXPECT_THAT(names("?filter%5Bverification%5D=never"), testing::IsEmpty());
  const auto page = world_->get(connections_path() + "?page%5Bsize%5D=1", world_->ada.token);
  EXPECT_EQ(jsonapi::get_integer(page.json, "meta.pagination.total-count"), 4);
}

TEST_P(ConnectionRecords, SharingIsExplicitAndKeepsNamesUnique) {
  const auto id = make("deploy");
  const auto other = make_project("other");
  const auto there = "/api/v2/projects/" + other.str() + "/service-connections";
  EXPECT_EQ(world_->get(there, world_->ada.token).json["data"].size(), 0U);
  const auto share = path_of(id) + "/relationships/shared-projects";
  EXPECT_EQ(world_->post(share, world_->ada.token, identifiers("projects", {other.str()})).status, 204);
  EXPECT_EQ(world_->get(there, world_->ada.token).json["data"].size(), 1U);
  EXPECT_EQ(world_->post(there, world_->ada.token, attributes(generic("DEPLOY"))).status, 422);
  EXPECT_EQ(world_->remove(share, world_->ada.token, identifiers("projects", {other.str()})).status, 204);
  EXPECT_EQ(world_->post(there, world_->ada.token, attributes(generic("DEPLOY"))).status, 201);
  const auto clash = world_->post(share, world_->ada.token, identifiers("projects", {other.str()}));
  EXPECT_EQ(clash.status, 409);
  const auto theirs =
      world_->post("/api/v2/organizations/evil/projects", world_->eve.token, attributes({{"name", "theirs"}}));
  for (const auto& project_of_others : {theirs.id(), std::string("prj-nowhere")}) {
    EXPECT_EQ(world_->post(share, world_->ada.token, identifiers("projects", {project_of_others})).status, 404);
  }
}

TEST_P(ConnectionRecords, T_M01_AnotherOrganizationSeesNothing) {
  const auto id = make("deploy");
  for (const auto& path : {path_of(id), connections_path(), path_of(id) + "/roles", path_of(id) + "/verifications",
                           std::string("/api/v2/organizations/acme/service-connections")}) {
    EXPECT_EQ(world_->get(path, world_->eve.token).status, 404) << path;
  }
  EXPECT_EQ(world_->remove(path_of(id), world_->eve.token).status, 404);
}

TEST_P(ConnectionRecords, TypesAreListedInTheFormOfTheCatalogue) {
  const auto all = world_->get("/api/v2/connection-types", world_->eve.token);
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.json["data"].size(), service->catalogue().types().size());
  const auto npm = world_->get("/api/v2/connection-types/NPM", world_->eve.token);
  EXPECT_EQ(npm.id(), "npm");
  EXPECT_THAT(npm.body, HasSubstr("registry_url"));
  const auto unknown = world_->get("/api/v2/connection-types/nmp", world_->eve.token);
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(world_->get("/api/v2/admin/connection-type-problems", world_->eve.token).status, 404);
  EXPECT_EQ(world_->get("/api/v2/admin/connection-type-problems", world_->ada.token).status, 200);
}

}  // namespace
}  // namespace connections
