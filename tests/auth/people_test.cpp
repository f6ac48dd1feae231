#include "tests/auth/world.h"

namespace auth {
namespace {

using testing::HasSubstr;

class PeopleTest : public WorldTest {
 protected:
  std::string memberships(const std::string& organization) {
    return "/api/v2/organizations/" + organization + "/organization-memberships";
  }
};

TEST_P(PeopleTest, AccountDetailsSayWhoAsks) {
  const Reply reply = world_->get("/api/v2/account/details", world_->eve.token);
  EXPECT_EQ(jsonapi::get_text(reply.json, "data.type"), "users");
  EXPECT_EQ(reply.id(), world_->eve.id);
  EXPECT_EQ(reply.text("username"), "eve");
  EXPECT_EQ(reply.text("email"), "eve@example.com");
  EXPECT_FALSE(jsonapi::get_boolean(reply.json, "data.attributes.is-service-account", true));
}

TEST_P(PeopleTest, AUserRenamesHimselfButNotHisAddress) {
  const Reply renamed = world_->patch("/api/v2/account/update", world_->eve.token, attributes({{"username", "eve.2"}}));
  EXPECT_EQ(renamed.status, 200) << renamed.body;
  EXPECT_EQ(renamed.text("username"), "eve.2");
  EXPECT_EQ(
      world_->patch("/api/v2/account/update", world_->eve.token, attributes({{"email", "ada2@example.com"}})).status,
      422);
  EXPECT_EQ(world_->patch("/api/v2/account/update", world_->eve.token, attributes({{"username", "ADA"}})).status, 422);
}

TEST_P(PeopleTest, T_T13_NobodyPromotesHimself) {
  const Reply reply = world_->patch("/api/v2/account/update", world_->eve.token,
                                    attributes({{"is-admin", true}, {"site-admin", true}, {"is-site-admin", true}}));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(world_->get("/api/v2/admin/users", world_->eve.token).status, 404);
  EXPECT_EQ(world_->patch("/api/v2/admin/users/" + world_->eve.id, world_->eve.token, attributes({{"is-admin", true}}))
                .status,
            404);
}

TEST_P(PeopleTest, UsersOfOtherOrganizationsAreNotThere) {
  EXPECT_EQ(world_->get("/api/v2/users/" + world_->ada.id, world_->eve.token).status, 404);
  EXPECT_EQ(world_->get("/api/v2/users/user-missing", world_->eve.token).status, 404);
  EXPECT_EQ(world_->get("/api/v2/users/" + world_->eve.id, world_->eve.token).status, 200);
  const auto mia = world_->member("evil", "mia");
  EXPECT_EQ(world_->get("/api/v2/users/" + mia.id, world_->eve.token).text("username"), "mia");
}

TEST_P(PeopleTest, NamesAndAddressesAreUniqueAndEachIsNamed) {
  const auto create = [&](const char* name, const char* email) {
    return world_->post("/api/v2/admin/users", world_->ada.token, attributes({{"username", name}, {"email", email}}));
  };
  EXPECT_EQ(create("EVE", "new@example.com").json["errors"][0]["source"]["pointer"], "/data/attributes/username");
  EXPECT_EQ(create("new", "EVE@example.com").json["errors"][0]["source"]["pointer"], "/data/attributes/email");
  EXPECT_EQ(create("new", "new@example.com").status, 201);
  EXPECT_EQ(create("o'neil", "o@example.com").status, 422);
}

TEST_P(PeopleTest, AnInvitationBecomesAMembershipWhenTheUserIsMade) {
  const Reply invited =
      world_->post(memberships("evil"), world_->eve.token, attributes({{"email", "zoe@example.com"}}));
  ASSERT_EQ(invited.status, 201) << invited.body;
  EXPECT_EQ(invited.text("status"), "invited");
  const auto zoe = world_->person("zoe");
  EXPECT_EQ(world_->get("/api/v2/organization-memberships/" + invited.id(), world_->eve.token).text("status"),
            "active");
  EXPECT_EQ(world_->get("/api/v2/organizations/evil", zoe.token).status, 200);
}

TEST_P(PeopleTest, MembershipsAreListedFilteredAndShownWithTheirUsers) {
  world_->member("evil", "mia");
  world_->post(memberships("evil"), world_->eve.token, attributes({{"email", "later@example.com"}}));
  const auto count = [&](const std::string& query) {
    return world_->get(memberships("evil") + query, world_->eve.token).json["data"].size();
  };
  EXPECT_EQ(count(""), 3U);
  EXPECT_EQ(count("?filter%5Bstatus%5D=invited"), 1U);
  EXPECT_EQ(count("?filter%5Bemail%5D=mia%40example.com,later%40example.com"), 2U);
  EXPECT_EQ(count("?q=mi"), 1U);
  const Reply with_users = world_->get(memberships("evil") + "?include=user", world_->eve.token);
  EXPECT_EQ(with_users.json["included"].size(), 2U);
  EXPECT_EQ(world_->post(memberships("evil"), world_->eve.token, attributes({{"email", "MIA@example.com"}})).status,
            422);
}

TEST_P(PeopleTest, AnInvitationMayNameTeams) {
  const std::string owners = world_->owners("evil");
  jsonapi::Json body = attributes({{"email", "ada@example.com"}});
  body["data"]["relationships"]["teams"] = identifiers("teams", {owners});
  const Reply made = world_->post(memberships("evil"), world_->eve.token, body);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json["data"]["relationships"]["teams"]["data"][0]["id"], owners);
  EXPECT_TRUE(world_->get("/api/v2/organizations/evil", world_->ada.token)
                  .json["data"]["attributes"]["permissions"]["can-update-oauth"]
                  .get<bool>());
}

TEST_P(PeopleTest, T_M02_ATeamOfAnotherOrganizationIsRefusedAndNothingChanges) {
  jsonapi::Json body = attributes({{"email", "zoe@example.com"}});
  body["data"]["relationships"]["teams"] = identifiers("teams", {world_->owners("acme")});
  EXPECT_EQ(world_->post(memberships("evil"), world_->eve.token, body).status, 422);
  EXPECT_EQ(world_->get(memberships("evil"), world_->eve.token).json["data"].size(), 1U);
}

TEST_P(PeopleTest, T_T13_TheLastOwnerCannotLeave) {
  const Reply refused =
      world_->remove("/api/v2/organization-memberships/" + world_->membership("evil", world_->eve), world_->eve.token);
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("without an owner"));
  EXPECT_EQ(world_->remove("/api/v2/admin/users/" + world_->eve.id, world_->ada.token).status, 422);
  EXPECT_EQ(world_
                ->remove("/api/v2/teams/" + world_->owners("evil") + "/relationships/users", world_->eve.token,
                         identifiers("users", {"eve"}))
                .status,
            422);
  EXPECT_EQ(world_->get("/api/v2/organizations/evil", world_->eve.token).status, 200);
}

TEST_P(PeopleTest, T_T13_AnInvitedOwnerDoesNotCountAsOne) {
  jsonapi::Json body = attributes({{"email", "zoe@example.com"}});
  body["data"]["relationships"]["teams"] = identifiers("teams", {world_->owners("evil")});
  ASSERT_EQ(world_->post(memberships("evil"), world_->eve.token, body).status, 201);
  EXPECT_EQ(
      world_->remove("/api/v2/organization-memberships/" + world_->membership("evil", world_->eve), world_->eve.token)
          .status,
      422);
}

TEST_P(PeopleTest, TheLastSiteAdministratorStays) {
  EXPECT_EQ(world_->patch("/api/v2/admin/users/" + world_->ada.id, world_->ada.token, attributes({{"is-admin", false}}))
                .status,
            422);
  EXPECT_EQ(world_->get("/api/v2/admin/users", world_->ada.token).status, 200);
}

TEST_P(PeopleTest, AnAdministratorChangesAnAddressEverywhere) {
  const auto mia = world_->member("evil", "mia");
  ASSERT_EQ(world_->patch("/api/v2/admin/users/" + mia.id, world_->ada.token, attributes({{"email", "m@example.org"}}))
                .status,
            200);
  EXPECT_EQ(
      world_->get(memberships("evil") + "?filter%5Bemail%5D=m%40example.org", world_->eve.token).json["data"].size(),
      1U);
}

TEST_P(PeopleTest, AnAdministratorListsAndSearchesUsers) {
  const Reply all = world_->get("/api/v2/admin/users", world_->ada.token);
  EXPECT_EQ(all.json["meta"]["pagination"]["total-count"], 2);
  EXPECT_EQ(world_->get("/api/v2/admin/users?q=EV", world_->ada.token).json["data"][0]["id"], world_->eve.id);
}

INSTANTIATE_ON_BOTH_DATABASES(PeopleTest);

}  // namespace
}  // namespace auth
