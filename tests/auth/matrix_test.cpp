// Every route of the permission table against every kind of caller. Routes of folders above this one are stood in
// for by a handler that always answers 200, so that the guard alone decides; this folder's own run for real elsewhere.
#include <map>

#include "auth/permissions.h"
#include "auth/rights.h"
#include "base/strings.h"
#include "tests/auth/world.h"

namespace auth {
namespace {

class MatrixTest : public WorldTest {
 protected:
  void SetUp() override {
    WorldTest::SetUp();
    if (IsSkipped()) return;
    guard_ = std::make_unique<Guard>(database(), world_->clock);
    const OrganizationId acme = *world_->service.access().organization_named("acme").value();
    for (const Permission& permission : permissions()) {
      stub_.add(
          {permission.method, std::string(permission.pattern), [](const http::Request&) { return http::Response{}; }});
      for (const std::string& segment : base::split(permission.pattern, '/')) {
        if (!segment.ends_with("_id")) continue;
        guard_->register_owner(segment.substr(1), [acme](storage::Connection&, const std::string& id) {
          using Found = base::Result<std::optional<OrganizationId>>;
          return id == "here" ? Found(acme) : Found(std::optional<OrganizationId>());
        });
      }
    }
    stub_.set_filter(guard_->filter());
  }

  void TearDown() override {
    guard_.reset();
    WorldTest::TearDown();
  }

  int status(const Permission& permission, const std::string& token, const std::string& organization = "acme",
             const std::string& id = "here") {
    http::Request request;
    request.method = permission.method;
    std::string path;
    for (const std::string& segment : base::split(permission.pattern, '/')) {
      if (segment.empty()) continue;
      path += "/" + (segment == ":organization" ? organization : segment.starts_with(':') ? id : segment);
    }
    request.target = request.path = path.empty() ? "/" : path;
    if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
    return stub_.handle(request).status;
  }

  // Whom the table lets in, judged without the guard.
  static bool expected(const Permission& permission, const Rights& rights, bool site_admin) {
    switch (permission.scope) {
      case Scope::kPublic:
      case Scope::kSelf:
      case Scope::kHandler: return true;
      case Scope::kSite: return site_admin;
      case Scope::kOrganization:
      case Scope::kResource: return can(rights, permission.action);
    }
    return false;
  }

  void expect_row(const std::string& token, const Rights& rights, bool site_admin = false) {
    for (const Permission& permission : permissions()) {
      EXPECT_EQ(status(permission, token), expected(permission, rights, site_admin) ? 200 : 404)
          << http::method_name(permission.method) << " " << permission.pattern;
    }
  }

  std::unique_ptr<Guard> guard_;
  http::Router stub_;
};

TEST_P(MatrixTest, T_M01_NobodyGetsInWithoutAToken) {
  for (const Permission& permission : permissions()) {
    EXPECT_EQ(status(permission, ""), permission.scope == Scope::kPublic ? 200 : 401) << permission.pattern;
  }
}

TEST_P(MatrixTest, T_M01_TheOwnerOfAnotherOrganizationGets404) { expect_row(world_->eve.token, Rights{}); }

TEST_P(MatrixTest, T_M01_AUserOfNoOrganizationGets404) { expect_row(world_->person("nemo").token, Rights{}); }

TEST_P(MatrixTest, T_J11_WhatIsNotThereIs404ForEverybody) {
  for (const Permission& permission : permissions()) {
    if (permission.scope != Scope::kOrganization && permission.scope != Scope::kResource) continue;
    EXPECT_EQ(status(permission, world_->ada.token, "missing", "missing"), 404) << permission.pattern;
  }
}

TEST_P(MatrixTest, T_M01_AnOwnerGetsEverywhereInHisOrganization) {
  const auto olga = world_->member("acme", "olga");
  ASSERT_EQ(world_
                ->post("/api/v2/teams/" + world_->owners("acme") + "/relationships/users", world_->ada.token,
                       identifiers("users", {"olga"}))
                .status,
            204);
  expect_row(olga.token, Rights{.member = true, .owner = true});
}

TEST_P(MatrixTest, T_M01_AMemberWithoutATeam) {
  expect_row(world_->member("acme", "mia").token, Rights{.member = true});
}

TEST_P(MatrixTest, T_T11_EachTeamAccessAlone) {
  for (const AccessName& access : access_names()) {
    const std::string name = "u-" + std::string(access.name);
    SCOPED_TRACE(name);
    const auto person = world_->member("acme", name, {{std::string(access.name), true}});
    expect_row(person.token, Rights{.member = true, .access = bit(access.access)});
  }
}

TEST_P(MatrixTest, T_T11_TeamTokensHaveTheirTeamsAccessInTheirOrganizationOnly) {
  const Reply team =
      world_->post("/api/v2/organizations/acme/teams", world_->ada.token,
                   attributes({{"name", "readers"}, {"organization-access", {{"read-workspaces", true}}}}));
  const Reply token = world_->post("/api/v2/teams/" + team.id() + "/authentication-token", world_->ada.token);
  ASSERT_EQ(token.status, 201) << token.body;
  expect_row(token.text("token"), Rights{.member = true, .access = bit(TeamAccess::kReadWorkspaces)});
  for (const Permission& permission : permissions()) {
    if (permission.scope != Scope::kOrganization) continue;
    EXPECT_EQ(status(permission, token.text("token"), "evil"), 404) << permission.pattern;
  }
}

TEST_P(MatrixTest, T_T11_OrganizationTokens) {
  const Reply own = world_->post("/api/v2/organizations/acme/authentication-token", world_->ada.token);
  expect_row(own.text("token"), Rights{.organization_token = true});
  const Reply foreign = world_->post("/api/v2/organizations/evil/authentication-token", world_->eve.token);
  expect_row(foreign.text("token"), Rights{});
}

TEST_P(MatrixTest, T_T11_AuditTokens) {
  const Reply own =
      world_->post("/api/v2/organizations/acme/authentication-token?token=audit-trails", world_->ada.token);
  ASSERT_EQ(own.status, 201) << own.body;
  expect_row(own.text("token"), Rights{.audit_only = true});
}

TEST_P(MatrixTest, T_M08_SiteAdministratorsInAnOrganizationThatIsNotTheirs) {
  const auto root = world_->person("root");
  ASSERT_EQ(world_->patch("/api/v2/admin/users/" + root.id, world_->ada.token, attributes({{"is-admin", true}})).status,
            200);
  expect_row(root.token, Rights{.site_admin = true}, true);
}

INSTANTIATE_ON_BOTH_DATABASES(MatrixTest);

}  // namespace
}  // namespace auth
