#include "auth/team.h"

#include "base/strings.h"
#include "tests/auth/world.h"

namespace auth {
namespace {

class TeamTest : public WorldTest {
 protected:
  Reply create(const std::string& token, const jsonapi::Json& values) {
    return world_->post("/api/v2/organizations/acme/teams", token, attributes(values));
  }
  std::string users_of(const Reply& team) { return "/api/v2/teams/" + team.id() + "/relationships/users"; }
};

TEST_P(TeamTest, IsMadeChangedAndDeleted) {
  const Reply made =
      create(world_->ada.token, {{"name", "dev"}, {"organization-access", {{"manage-workspaces", true}}}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("visibility"), "secret");
  const auto access = [&](const Reply& reply, const char* name) {
    return jsonapi::get_boolean(reply.json, std::string("data.attributes.organization-access.") + name);
  };
  EXPECT_TRUE(access(made, "manage-workspaces"));
  EXPECT_FALSE(access(made, "manage-vcs-settings"));
  const Reply changed = world_->patch(
      "/api/v2/teams/" + made.id(), world_->ada.token,
      attributes({{"visibility", "organization"}, {"organization-access", {{"manage-vcs-settings", true}}}}));
  EXPECT_TRUE(access(changed, "manage-workspaces"));  // what is not named stays
  EXPECT_TRUE(access(changed, "manage-vcs-settings"));
  EXPECT_EQ(create(world_->ada.token, {{"name", "DEV"}}).status, 422);
  EXPECT_EQ(world_->remove("/api/v2/teams/" + made.id(), world_->ada.token).status, 204);
  EXPECT_EQ(world_->get("/api/v2/teams/" + made.id(), world_->ada.token).status, 404);
}

TEST_P(TeamTest, T_J04_AnyVisibleNameIsKeptAsItIsAndInvisibleOnesAreRefused) {
  for (const char* name : {"o'neil \"x\"; DROP TABLE teams;--", "50%_\\ team", "команда"}) {
    const Reply made = create(world_->ada.token, {{"name", name}});
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.text("name"), name);
    const Reply found = world_->get("/api/v2/organizations/acme/teams?q=" + base::url_encode(name), world_->ada.token);
    EXPECT_EQ(found.json["data"].size(), 1U) << name;
  }
  for (const std::string& name : {std::string("a\0b", 3),
                                  std::string("a\xE2\x80\xAE"
                                              "b"),
                                  std::string(91, 'x')}) {
    EXPECT_EQ(create(world_->ada.token, {{"name", name}}).status, 422);
  }
}

TEST_P(TeamTest, MembersComeAndGoByNameIdAndMembership) {
  const auto mia = world_->member("acme", "mia");
  const Reply team = create(world_->ada.token, {{"name", "dev"}});
  EXPECT_EQ(world_->post(users_of(team), world_->ada.token, identifiers("users", {"mia", world_->ada.id})).status, 204);
  const Reply with_users = world_->get("/api/v2/teams/" + team.id() + "?include=users", world_->ada.token);
  EXPECT_EQ(with_users.json["data"]["attributes"]["users-count"], 2);
  EXPECT_EQ(with_users.json["included"].size(), 2U);
  EXPECT_EQ(world_->remove(users_of(team), world_->ada.token, identifiers("users", {"mia"})).status, 204);
  const std::string members = "/api/v2/teams/" + team.id() + "/relationships/organization-memberships";
  const auto body = identifiers("organization-memberships", {world_->membership("acme", mia)});
  EXPECT_EQ(world_->post(members, world_->ada.token, body).status, 204);
  EXPECT_EQ(world_->post(members, world_->ada.token, body).status, 204);  // twice changes nothing
  EXPECT_EQ(world_->get("/api/v2/teams/" + team.id(), world_->ada.token).json["data"]["attributes"]["users-count"], 2);
  EXPECT_EQ(world_->remove(members, world_->ada.token, body).status, 204);
}

TEST_P(TeamTest, T_M02_PeopleOfAnotherOrganizationCannotBeAdded) {
  const Reply team = create(world_->ada.token, {{"name", "dev"}});
  for (const char* name : {"eve", "nobody-at-all"}) {
    EXPECT_EQ(world_->post(users_of(team), world_->ada.token, identifiers("users", {"ada", name})).status, 404) << name;
  }
  const std::string foreign = world_->membership("evil", world_->eve);
  EXPECT_EQ(world_
                ->post("/api/v2/teams/" + team.id() + "/relationships/organization-memberships", world_->ada.token,
                       identifiers("organization-memberships", {world_->membership("acme", world_->ada), foreign}))
                .status,
            404);
  EXPECT_EQ(world_->get("/api/v2/teams/" + team.id(), world_->ada.token).json["data"]["attributes"]["users-count"], 0);
  EXPECT_EQ(world_->post(users_of(team), world_->ada.token, identifiers("runs", {"ada"})).status, 422);
}

TEST_P(TeamTest, T_T13_WhoManagesTeamsCannotRaiseHimself) {
  const auto max = world_->member("acme", "max", {{"manage-teams", true}});
  const std::string owners = world_->owners("acme");
  EXPECT_EQ(
      world_->post("/api/v2/teams/" + owners + "/relationships/users", max.token, identifiers("users", {"max"})).status,
      403);
  EXPECT_EQ(create(max.token, {{"name", "kings"}, {"organization-access", {{"manage-workspaces", true}}}}).status, 403);
  EXPECT_EQ(create(max.token, {{"name", "peers"}, {"organization-access", {{"manage-teams", true}}}}).status, 201);
  const Reply mighty =
      create(world_->ada.token, {{"name", "mighty"}, {"organization-access", {{"manage-workspaces", true}}}});
  EXPECT_EQ(world_->post(users_of(mighty), max.token, identifiers("users", {"max"})).status, 403);
  EXPECT_EQ(world_->post("/api/v2/teams/" + mighty.id() + "/authentication-token", max.token).status, 403);
  EXPECT_EQ(world_->post("/api/v2/teams/" + owners + "/authentication-token", max.token).status, 403);
  const Reply weak = create(world_->ada.token, {{"name", "weak"}});
  EXPECT_EQ(world_
                ->patch("/api/v2/teams/" + weak.id(), max.token,
                        attributes({{"organization-access", {{"manage-workspaces", true}}}}))
                .status,
            403);
}

TEST_P(TeamTest, OwnersAreNeitherRenamedNorDeleted) {
  const std::string owners = "/api/v2/teams/" + world_->owners("acme");
  EXPECT_EQ(world_->patch(owners, world_->ada.token, attributes({{"name", "bosses"}})).status, 422);
  EXPECT_EQ(world_->remove(owners, world_->ada.token).status, 422);
  EXPECT_EQ(create(world_->ada.token, {{"name", "Owners"}}).status, 422);
}

TEST_P(TeamTest, SecretTeamsAreSeenFromInsideOnly) {
  const auto mia = world_->member("acme", "mia");
  const Reply secret = create(world_->ada.token, {{"name", "secret"}});
  const Reply open = create(world_->ada.token, {{"name", "open"}, {"visibility", "organization"}});
  EXPECT_EQ(world_->get("/api/v2/teams/" + secret.id(), mia.token).status, 404);
  EXPECT_EQ(world_->get("/api/v2/teams/" + open.id(), mia.token).status, 200);
  EXPECT_EQ(world_->get("/api/v2/organizations/acme/teams", mia.token).json["meta"]["pagination"]["total-count"], 2);
  world_->post(users_of(secret), world_->ada.token, identifiers("users", {"mia"}));
  EXPECT_EQ(world_->get("/api/v2/teams/" + secret.id(), mia.token).status, 200);
  EXPECT_EQ(world_->get("/api/v2/organizations/acme/teams", mia.token).json["meta"]["pagination"]["total-count"], 3);
}

INSTANTIATE_ON_BOTH_DATABASES(TeamTest);

}  // namespace
}  // namespace auth
