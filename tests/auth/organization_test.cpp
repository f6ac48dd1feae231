#include "auth/organization.h"

#include "auth/project.h"
#include "tests/auth/world.h"

namespace auth {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OrganizationTest : public WorldTest {
 protected:
  std::vector<std::string> ids(const std::string& target, const std::string& token) {
    std::vector<std::string> found;
    const Reply reply = world_->get(target, token);
    for (const auto& one : reply.json["data"]) found.push_back(one["id"].get<std::string>());
    return found;
  }
  Reply create(const std::string& name, const std::string& token) {
    return world_->post("/api/v2/organizations", token, attributes({{"name", name}, {"email", "x@example.com"}}));
  }
};

TEST_P(OrganizationTest, IsMadeWithItsOwnersAndDefaultProject) {
  const Reply made = create("fresh", world_->eve.token);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.id(), "fresh");
  EXPECT_EQ(made.text("default-execution-mode"), "remote");
  EXPECT_TRUE(made.json["data"]["attributes"]["permissions"]["can-destroy"].get<bool>());
  const std::string project = jsonapi::get_text(made.json, "data.relationships.default-project.data.id");
  EXPECT_EQ(world_->get("/api/v2/projects/" + project, world_->eve.token).text("name"), "Default Project");
  const Reply teams = world_->get("/api/v2/organizations/fresh/teams", world_->eve.token);
  ASSERT_EQ(teams.json["data"].size(), 1U);
  EXPECT_EQ(teams.json["data"][0]["attributes"]["name"], "owners");
  EXPECT_EQ(teams.json["data"][0]["attributes"]["users-count"], 1);
}

TEST_P(OrganizationTest, NamesAreUniqueWithoutRegardToCaseAndPlain) {
  EXPECT_EQ(create("ACME", world_->eve.token).status, 422);
  for (const char* bad : {"", "a b", "a/b", "a'b", "ümlaut", "a.b"}) {
    const Reply reply = create(bad, world_->eve.token);
    EXPECT_EQ(reply.status, 422) << bad;
    EXPECT_EQ(reply.json["errors"][0]["source"]["pointer"], "/data/attributes/name") << bad;
  }
  EXPECT_EQ(create(std::string(91, 'a'), world_->eve.token).status, 422);
  EXPECT_EQ(create(std::string(90, 'a'), world_->eve.token).status, 201);
}

TEST_P(OrganizationTest, EveryProblemIsToldAtOnce) {
  const Reply reply = world_->post("/api/v2/organizations", world_->eve.token,
                                   attributes({{"name", 7},
                                               {"email", "nobody"},
                                               {"stacks-enabled", "yes"},
                                               {"default-execution-mode", "agent"},
                                               {"session-timeout", 1.5}}));
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.json["errors"].size(), 5U) << reply.body;
}

TEST_P(OrganizationTest, SettingsAreChangedOneByOneAndNothingElseMoves) {
  const Reply before = world_->get("/api/v2/organizations/acme", world_->ada.token);
  const Reply after = world_->patch("/api/v2/organizations/acme", world_->ada.token,
                                    attributes({{"speculative-plan-management-enabled", false},
                                                {"aggregated-commit-status-enabled", false},
                                                {"send-passing-statuses-for-untriggered-speculative-plans", true},
                                                {"default-execution-mode", "local"},
                                                {"session-timeout", 60},
                                                {"created-at", "2000-01-01T00:00:00Z"},
                                                {"external-id", "org-other"},
                                                {"permissions", {{"can-destroy", false}}}}));
  ASSERT_EQ(after.status, 200) << after.body;
  jsonapi::Json expected = before.json;
  expected["data"]["attributes"].update({{"speculative-plan-management-enabled", false},
                                         {"aggregated-commit-status-enabled", false},
                                         {"send-passing-statuses-for-untriggered-speculative-plans", true},
                                         {"default-execution-mode", "local"},
                                         {"session-timeout", 60}});
  EXPECT_EQ(after.json, expected);
  EXPECT_EQ(world_->get("/api/v2/organizations/acme", world_->ada.token).json, expected);
  const Reply cleared =
      world_->patch("/api/v2/organizations/acme", world_->ada.token, attributes({{"session-timeout", nullptr}}));
  EXPECT_TRUE(cleared.json["data"]["attributes"]["session-timeout"].is_null());
  EXPECT_EQ(world_->patch("/api/v2/organizations/acme", world_->ada.token, attributes({{"email", nullptr}})).status,
            422);
}

TEST_P(OrganizationTest, ARenamedOrganizationIsFoundByItsNewNameOnly) {
  ASSERT_EQ(world_->patch("/api/v2/organizations/acme", world_->ada.token, attributes({{"name", "apex"}})).status, 200);
  EXPECT_EQ(world_->get("/api/v2/organizations/acme", world_->ada.token).status, 404);
  EXPECT_EQ(world_->get("/api/v2/organizations/apex", world_->ada.token).status, 200);
  EXPECT_EQ(world_->patch("/api/v2/organizations/apex", world_->ada.token, attributes({{"name", "Evil"}})).status, 422);
}

TEST_P(OrganizationTest, DeletingTakesEverythingWithIt) {
  world_->member("acme", "mia", {{"manage-teams", true}});
  world_->post("/api/v2/organizations/acme/authentication-token", world_->ada.token);
  ASSERT_EQ(world_->remove("/api/v2/organizations/acme", world_->ada.token).status, 204);
  const auto left = database().read([](storage::Connection& connection) {
    return connection.query(
        "SELECT (SELECT COUNT(*) FROM teams), (SELECT COUNT(*) FROM projects), "
        "(SELECT COUNT(*) FROM organization_memberships), (SELECT COUNT(*) FROM team_members), "
        "(SELECT COUNT(*) FROM tokens WHERE user_id IS NULL)");
  });
  ASSERT_TRUE(left);
  EXPECT_EQ(left->at(0).integer(0), 1);  // evil's owners
  EXPECT_EQ(left->at(0).integer(1), 1);
  EXPECT_EQ(left->at(0).integer(2), 1);
  EXPECT_EQ(left->at(0).integer(3), 1);
  EXPECT_EQ(left->at(0).integer(4), 0);
}

TEST_P(OrganizationTest, ListsShowOnesOwnAndAreSearchable) {
  create("evil-2", world_->eve.token);
  EXPECT_THAT(ids("/api/v2/organizations", world_->eve.token), ElementsAre("evil", "evil-2"));
  EXPECT_THAT(ids("/api/v2/organizations", world_->ada.token), ElementsAre("acme", "evil", "evil-2"));
  EXPECT_THAT(ids("/api/v2/organizations?q=IL-", world_->eve.token), ElementsAre("evil-2"));
  EXPECT_THAT(ids("/api/v2/organizations?q%5Bname%5D=2&q%5Bemail%5D=example", world_->eve.token),
              ElementsAre("evil-2"));
  EXPECT_THAT(ids("/api/v2/organizations?page%5Bsize%5D=1&page%5Bnumber%5D=2", world_->eve.token),
              ElementsAre("evil-2"));
  EXPECT_THAT(ids("/api/v2/organizations?page%5Bnumber%5D=999", world_->eve.token), IsEmpty());
  EXPECT_EQ(world_->get("/api/v2/organizations?page%5Bnumber%5D=x", world_->eve.token).status, 400);
}

TEST_P(OrganizationTest, T_D01_SearchTextsAreDataOnly) {
  for (const char* q :
       {"%25", "_", "%27", "%27%20OR%201%3D1--", "%5C", "%00", "%22", ";", "a%27%3BDROP%20TABLE%20users--"}) {
    for (const char* target :
         {"/api/v2/organizations?q=", "/api/v2/organizations?q%5Bname%5D=", "/api/v2/organizations?q%5Bemail%5D=",
          "/api/v2/organizations/evil/projects?q=", "/api/v2/organizations/evil/projects?filter%5Bnames%5D=",
          "/api/v2/organizations/evil/teams?q=", "/api/v2/organizations/evil/teams?filter%5Bnames%5D=",
          "/api/v2/organizations/evil/organization-memberships?q=",
          "/api/v2/organizations/evil/organization-memberships?filter%5Bemail%5D=",
          "/api/v2/organizations/evil/organization-memberships?filter%5Bstatus%5D=",
          "/api/v2/organizations/evil/audit-events?filter%5Baction%5D="}) {
      const Reply reply = world_->get(std::string(target) + q, world_->eve.token);
      const int expected = std::string(q) == "%00" && reply.status != 200 ? 422 : 200;  // NUL is no text
      EXPECT_EQ(reply.status, expected) << target << q << reply.body;
      if (std::string(q) != "%00") {
        EXPECT_EQ(reply.json["data"].size(), 0U) << target << q;
      }
    }
  }
}

TEST_P(OrganizationTest, EntitlementsSayWhatThisServerDoes) {
  const Reply reply = world_->get("/api/v2/organizations/acme/entitlement-set", world_->ada.token);
  EXPECT_EQ(jsonapi::get_text(reply.json, "data.type"), "entitlement-sets");
  EXPECT_TRUE(jsonapi::get_boolean(reply.json, "data.attributes.operations"));
  EXPECT_TRUE(jsonapi::get_boolean(reply.json, "data.attributes.vcs-integrations"));
  EXPECT_FALSE(jsonapi::get_boolean(reply.json, "data.attributes.sentinel", true));
}

TEST_P(OrganizationTest, EveryChangeIsInTheAuditLogWithItsActorAndRequest) {
  world_->patch("/api/v2/organizations/acme", world_->ada.token, attributes({{"stacks-enabled", true}}));
  const Reply log =
      world_->get("/api/v2/organizations/acme/audit-events?filter%5Baction%5D=organization.update", world_->ada.token);
  ASSERT_EQ(log.json["data"].size(), 1U);
  const auto& event = log.json["data"][0]["attributes"];
  EXPECT_EQ(event["actor-id"], world_->ada.id);
  EXPECT_EQ(event["actor-name"], "ada");
  EXPECT_EQ(event["request-id"], "req-test");
  EXPECT_EQ(event["target-type"], "organizations");
  EXPECT_EQ(world_->get("/api/v2/organizations/evil/audit-events", world_->eve.token)
                .json["meta"]["pagination"]["total-count"],
            1);
}

TEST_P(OrganizationTest, TheAuditLogIsNarrowedByWhoWhatAndWhen) {
  world_->patch("/api/v2/organizations/acme", world_->ada.token, attributes({{"stacks-enabled", true}}));
  const auto count = [&](const std::string& query) {
    return world_->get("/api/v2/organizations/acme/audit-events?" + query, world_->ada.token).json["data"].size();
  };
  const auto all = count("");
  ASSERT_GE(all, 1U);
  EXPECT_EQ(count("filter%5Baction%5D=organization.up"), 1U);
  EXPECT_EQ(count("filter%5Baction%5D=update"), 0U) << "how it begins, not what is in it";
  EXPECT_EQ(count("filter%5Bactor%5D=AD&filter%5Baction%5D=organization.update"), 1U);
  EXPECT_EQ(count("filter%5Bactor%5D=" + world_->ada.id + "&filter%5Baction%5D=organization.update"), 1U);
  EXPECT_EQ(count("filter%5Bactor%5D=nobody"), 0U);
  EXPECT_EQ(count("filter%5Bactor%5D=%25"), 0U) << "a pattern is plain text here";
  EXPECT_EQ(count("filter%5Btarget-type%5D=ssh-keys"), 0U);
  EXPECT_EQ(count("filter%5Bfrom%5D=2000-01-01T00:00:00Z&filter%5Bto%5D=9000-01-01T00:00:00Z"), all);
  EXPECT_EQ(count("filter%5Bto%5D=2000-01-01T00:00:00Z"), 0U);
  EXPECT_EQ(world_->get("/api/v2/organizations/acme/audit-events?filter%5Bto%5D=now", world_->ada.token).status, 400);
}

TEST_P(OrganizationTest, ARefusedChangeLeavesNoAuditLine) {
  world_->patch("/api/v2/organizations/acme", world_->ada.token, attributes({{"name", "evil"}}));
  const Reply log =
      world_->get("/api/v2/organizations/acme/audit-events?filter%5Baction%5D=organization.update", world_->ada.token);
  EXPECT_EQ(log.json["data"].size(), 0U);
}

TEST_P(OrganizationTest, ProjectsAreMadeChangedListedAndDeleted) {
  const std::string all = "/api/v2/organizations/acme/projects";
  const Reply made = world_->post(all, world_->ada.token, attributes({{"name", "Web shop"}, {"description", "d"}}));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("default-execution-mode"), "remote");
  EXPECT_EQ(jsonapi::get_text(made.json, "data.relationships.organization.data.id"), "acme");
  const std::string one = "/api/v2/projects/" + made.id();
  EXPECT_EQ(
      world_->patch(one, world_->ada.token, attributes({{"description", nullptr}, {"default-execution-mode", "local"}}))
          .text("description"),
      "");
  EXPECT_EQ(world_->get(one, world_->ada.token).text("default-execution-mode"), "local");
  EXPECT_EQ(world_->post(all, world_->ada.token, attributes({{"name", "web SHOP"}})).status, 422);
  EXPECT_EQ(world_->post(all, world_->ada.token, attributes({{"name", std::string(41, 'x')}})).status, 422);
  EXPECT_THAT(ids(all + "?filter%5Bnames%5D=Web%20shop", world_->ada.token), ElementsAre(made.id()));
  EXPECT_THAT(ids(all + "?q=shop", world_->ada.token), ElementsAre(made.id()));
  EXPECT_EQ(world_->remove(one, world_->ada.token).status, 204);
  EXPECT_EQ(world_->get(one, world_->ada.token).status, 404);
}

TEST_P(OrganizationTest, T_J10_OfTwoChangesToTheSameVersionOneIsMade) {
  const std::string team =
      world_->post("/api/v2/organizations/acme/teams", world_->ada.token, attributes({{"name", "net"}})).id();
  const std::string project =
      world_->post("/api/v2/organizations/acme/projects", world_->ada.token, attributes({{"name", "net"}})).id();
  struct Case {
    std::string target, attribute;
  };
  for (const Case& one : {Case{"/api/v2/organizations/acme", "email"}, Case{"/api/v2/teams/" + team, "name"},
                          Case{"/api/v2/projects/" + project, "description"},
                          Case{"/api/v2/admin/users/" + world_->eve.id, "username"}}) {
    const auto change = [&](const std::string& version, const std::string& value) {
      http::Request request;
      request.method = http::Method::kPatch;
      request.target = request.path = one.target;
      request.headers.set("Authorization", "Bearer " + world_->ada.token);
      request.headers.set("Content-Type", "application/vnd.api+json");
      request.headers.set("If-Match", version);
      const std::string text = one.attribute == "email" ? value + "@example.com" : value;
      request.body = attributes({{one.attribute, text}}).dump();
      return world_->send(request);
    };
    const Reply first = change("*", "first");
    EXPECT_EQ(first.status, 200) << one.target << first.body;
    const std::string version(first.headers.get_or("ETag"));
    EXPECT_FALSE(version.empty()) << one.target;
    EXPECT_EQ(change(version, "second").status, 200) << one.target;
    EXPECT_EQ(change(version, "third").status, 409) << one.target;
  }
}

TEST_P(OrganizationTest, TheDefaultProjectStays) {
  const OrganizationId acme = *world_->service.access().organization_named("acme").value();
  const auto id = database().read([&](storage::Connection& connection) { return default_project(connection, acme); });
  ASSERT_TRUE(id);
  EXPECT_EQ(world_->remove("/api/v2/projects/" + id->str(), world_->ada.token).status, 409);
}

TEST_P(OrganizationTest, AProjectThatIsReferredToStaysButGoesWithItsOrganization) {
  const Reply made =
      world_->post("/api/v2/organizations/acme/projects", world_->ada.token, attributes({{"name", "used"}}));
  const auto done = database().write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(
        transaction.execute("CREATE TABLE things (id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES "
                            "organizations(id) ON DELETE "
                            "CASCADE, project_id TEXT NOT NULL REFERENCES projects(id))"));
    RETURN_IF_ERROR(transaction.execute(
        "INSERT INTO things SELECT 't', organization_id, id FROM projects WHERE id = $1", {made.id()}));
    return {};
  });
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(world_->remove("/api/v2/projects/" + made.id(), world_->ada.token).status, 409);
  EXPECT_EQ(world_->remove("/api/v2/organizations/acme", world_->ada.token).status, 204);
}

INSTANTIATE_ON_BOTH_DATABASES(OrganizationTest);

}  // namespace
}  // namespace auth
