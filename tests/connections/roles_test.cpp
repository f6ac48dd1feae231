// Who may do what: every operation against every kind of caller, as one table.
#include "tests/connections/connections_test.h"

namespace connections {
namespace {

using auth::attributes;
using auth::identifiers;

struct Caller {
  std::string name, token;
};

class ConnectionRoles : public ConnectionsTest {
 protected:
  void give(const std::string& id, const std::string& type, const std::string& subject, const std::string& role,
            int expected = 204) {
    const auto given = world_->post(path_of(id) + "/roles", world_->ada.token,
                                    attributes({{"subject-type", type}, {"subject-id", subject}, {"role", role}}));
    EXPECT_EQ(given.status, expected) << given.body;
  }
  std::string team_named(const std::string& name) {
    const auto found = world_->get("/api/v2/organizations/acme/teams?filter%5Bnames%5D=" + name, world_->ada.token);
    return found.json["data"].empty() ? "" : found.json["data"][0]["id"].get<std::string>();
  }
  std::string groups_path() const { return "/api/v2/projects/" + project.str() + "/service-connection-groups"; }
};
INSTANTIATE_ON_BOTH_DATABASES(ConnectionRoles);

TEST_P(ConnectionRoles, T_M01_TheFullMatrix) {
  // The least role that each operation takes.
  struct Operation {
    const char* name;
    Role least;
    int success;
    std::function<auth::Reply(const std::string& id, const std::string& token)> run;
  };
  const auto workspace = make_workspace("prod");
  const auto other = make_project("other");
  const auto target = world_->member("acme", "target");
  const auto one = [&](const std::string& id) { return path_of(id); };
  const jsonapi::Json workspaces = identifiers("workspaces", {workspace});
  const jsonapi::Json role = attributes({{"subject-type", "users"}, {"subject-id", target.id}, {"role", "reader"}});
  const std::vector<Operation> operations = {
      {"show", Role::kReader, 200, [&](auto& id, auto& token) { return world_->get(one(id), token); }},
      {"roles", Role::kReader, 200, [&](auto& id, auto& token) { return world_->get(one(id) + "/roles", token); }},
      {"verifications", Role::kReader, 200,
       [&](auto& id, auto& token) { return world_->get(one(id) + "/verifications", token); }},
      {"authorizations", Role::kReader, 200,
       [&](auto& id, auto& token) { return world_->get(one(id) + "/relationships/authorized-workspaces", token); }},
      {"verify", Role::kUser, 200,
       [&](auto& id, auto& token) { return world_->post(one(id) + "/actions/verify", token); }},
      {"authorize", Role::kUser, 204,
       [&](auto& id, auto& token) {
         return world_->post(one(id) + "/relationships/authorized-workspaces", token, workspaces);
       }},
      {"withdraw", Role::kAdministrator, 204,
       [&](auto& id, auto& token) {
         return world_->remove(one(id) + "/relationships/authorized-workspaces", token, workspaces);
       }},
      {"verify with changes", Role::kAdministrator, 200,
       [&](auto& id, auto& token) {
         return world_->post(one(id) + "/actions/verify", token, attributes({{"parameters", {{"username", "eva"}}}}));
       }},
      {"update", Role::kAdministrator, 200,
       [&](auto& id, auto& token) {
         return world_->patch(one(id), token, attributes({{"description", "by a test"}}));
       }},
      {"allow all", Role::kAdministrator, 200,
       [&](auto& id, auto& token) {
         return world_->patch(one(id), token, attributes({{"allow-all-workspaces", true}}));
       }},
      {"uses", Role::kAdministrator, 200, [&](auto& id, auto& token) { return world_->get(one(id) + "/uses", token); }},
      {"give a role", Role::kAdministrator, 204,
       [&](auto& id, auto& token) { return world_->post(one(id) + "/roles", token, role); }},
      {"take a role", Role::kAdministrator, 204,
       [&](auto& id, auto& token) { return world_->remove(one(id) + "/roles", token, role); }},
      {"unshare", Role::kAdministrator, 204,
       [&](auto& id, auto& token) {
         return world_->remove(one(id) + "/relationships/shared-projects", token,
                               identifiers("projects", {other.str()}));
       }},
      {"delete", Role::kAdministrator, 204, [&](auto& id, auto& token) { return world_->remove(one(id), token); }},
  };
  const auto id = make("deploy");
  struct Row {
    Caller caller;
    Role role;
  };
  std::vector<Row> rows;
  const auto add = [&](const std::string& name, Role expected, const jsonapi::Json& access = {}) {
    const auto person = world_->member("acme", name, access);
    rows.push_back({{name, person.token}, expected});
    return person;
  };
  add("mia", Role::kNone);
  add("contributor", Role::kNone, {{"manage-workspaces", true}});
  add("administrator", Role::kAdministrator, {{"manage-projects", true}});
  give(id, "users", add("reader", Role::kReader).id, "reader");
  give(id, "users", add("user", Role::kUser).id, "user");
  give(id, "users", add("given", Role::kAdministrator).name, "administrator");
  const auto in_team = add("inteam", Role::kUser, {{"read-workspaces", true}});
  give(id, "teams", team_named("inteams"), "user");
  const auto team_token =
      world_->post("/api/v2/teams/" + team_named("inteams") + "/authentication-token", world_->ada.token);
  rows.push_back({{"a team's token", team_token.text("token")}, Role::kUser});
  const auto organization_token = world_->post("/api/v2/organizations/acme/authentication-token", world_->ada.token);
  rows.push_back({{"the organization's token", organization_token.text("token")}, Role::kAdministrator});
  rows.push_back({{"eve of another organization", world_->eve.token}, Role::kNone});
  rows.push_back({{"nobody", world_->person("nemo").token}, Role::kNone});
  rows.push_back({{"ada, who owns the organization", world_->ada.token}, Role::kAdministrator});
  int next = 0;
  for (const auto& row : rows) {
    for (const auto& operation : operations) {
      SCOPED_TRACE(row.caller.name + ": " + operation.name);
      // A fresh one with the same roles for what ends it.
      std::string subject = id;
      const bool ends = std::string_view(operation.name) == "delete";
      if (ends && row.role == Role::kAdministrator) {
        subject = make("gone " + std::to_string(next++));
        if (row.caller.name == "given") give(subject, "users", "given", "administrator");
      }
      if (std::string_view(operation.name) == "take a role" && row.role == Role::kAdministrator) {
        give(id, "users", target.id, "reader");
      }
      const int expected = row.role >= operation.least ? operation.success : row.role == Role::kNone ? 404 : 403;
      const auto reply = operation.run(subject, row.caller.token);
      EXPECT_EQ(reply.status, expected) << reply.body;
      EXPECT_EQ(reply.body.find("canary"), std::string::npos);
    }
    const auto listed = world_->get(connections_path() + "?q=deploy", row.caller.token);
    const bool is_outside = row.caller.name.starts_with("eve") || row.caller.name == "nobody";
    EXPECT_EQ(listed.status, is_outside ? 404 : 200) << row.caller.name;
    if (!is_outside) {
      EXPECT_EQ(listed.json["data"].size(), row.role == Role::kNone ? 0U : 1U) << row.caller.name;
    }
  }
}

TEST_P(ConnectionRoles, ContributorsCreateAndAreAdministratorsOfWhatTheyMade) {
  const auto contributor = world_->member("acme", "contributor", {{"manage-workspaces", true}});
  const auto reader = world_->member("acme", "reader", {{"read-workspaces", true}});
  const auto made = world_->post(connections_path(), contributor.token, attributes(generic("own")));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("permissions.role"), "administrator");
  EXPECT_EQ(world_->post(connections_path(), reader.token, attributes(generic("x"))).status, 404);
  EXPECT_EQ(world_->post(connections_path() + "/actions/verify", reader.token, attributes(generic("x"))).status, 404);
}

TEST_P(ConnectionRoles, GroupsCanBeGivenOtherMembers) {
  const auto contributor = world_->member("acme", "contributor", {{"manage-workspaces", true}});
  const auto manager = world_->member("acme", "manager", {{"manage-projects", true}});
  const auto outsider = world_->member("acme", "outsider");
  const auto id = make("deploy");
  EXPECT_EQ(
      world_->patch(groups_path() + "/endpoint-creators", contributor.token, attributes({{"default-members", false}}))
          .status,
      404);
  EXPECT_EQ(world_->patch(groups_path() + "/endpoint-creators", manager.token, attributes({{"default-members", false}}))
                .status,
            200);
  EXPECT_EQ(world_->post(connections_path(), contributor.token, attributes(generic("x"))).status, 404);
  const auto members = groups_path() + "/endpoint-creators/relationships/members";
  EXPECT_EQ(world_->post(members, manager.token, identifiers("users", {"outsider"})).status, 204);
  EXPECT_EQ(world_->post(connections_path(), outsider.token, attributes(generic("x"))).status, 201);
  const auto shown = world_->get(groups_path(), manager.token);
  EXPECT_NE(shown.body.find("\"outsider\""), std::string::npos) << shown.body;
  EXPECT_EQ(world_->remove(members, manager.token, identifiers("users", {outsider.id})).status, 204);
  EXPECT_EQ(world_->post(connections_path(), outsider.token, attributes(generic("y"))).status, 404);
  // The administrators' group without its default members: only owners are left.
  EXPECT_EQ(world_->get(path_of(id), manager.token).status, 200);
  EXPECT_EQ(world_
                ->patch(groups_path() + "/endpoint-administrators", world_->ada.token,
                        attributes({{"default-members", false}}))
                .status,
            200);
  EXPECT_EQ(world_->get(path_of(id), manager.token).status, 404);
  EXPECT_EQ(world_->get(path_of(id), world_->ada.token).status, 200);
}

TEST_P(ConnectionRoles, WithoutInheritanceOnlyExplicitRolesCount) {
  const auto manager = world_->member("acme", "manager", {{"manage-projects", true}});
  const auto id = make("deploy");
  EXPECT_EQ(world_->get(path_of(id), manager.token).status, 200);
  EXPECT_EQ(world_->patch(path_of(id), world_->ada.token, attributes({{"inherits-roles", false}})).status, 200);
  EXPECT_EQ(world_->get(path_of(id), manager.token).status, 404);
  give(id, "users", manager.id, "reader");
  EXPECT_EQ(world_->get(path_of(id), manager.token).text("permissions.role"), "reader");
}

TEST_P(ConnectionRoles, AdministratorsOfAProjectItIsSharedWithUseIt) {
  const auto other = make_project("other");
  const auto id = make("deploy");
  const auto manager = world_->member("acme", "manager");
  const auto members =
      "/api/v2/projects/" + other.str() + "/service-connection-groups/endpoint-administrators/relationships/members";
  EXPECT_EQ(world_->post(members, world_->ada.token, identifiers("users", {manager.id})).status, 204);
  EXPECT_EQ(world_->get(path_of(id), manager.token).status, 404);
  EXPECT_EQ(world_
                ->post(path_of(id) + "/relationships/shared-projects", world_->ada.token,
                       identifiers("projects", {other.str()}))
                .status,
            204);
  EXPECT_EQ(world_->get(path_of(id), manager.token).text("permissions.role"), "user");
}

TEST_P(ConnectionRoles, T_M02_RolesAreForMembersOfTheOrganizationOnly) {
  const auto id = make("deploy");
  give(id, "users", world_->eve.id, "reader", 422);
  give(id, "teams", world_->owners("evil"), "reader", 422);
  give(id, "users", "nobody-at-all", "reader", 422);
}

}  // namespace
}  // namespace connections
