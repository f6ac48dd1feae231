#include "auth/rights.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace auth {
namespace {

constexpr Action kAll[] = {
    Action::kReadOrganization, Action::kUpdateOrganization, Action::kDeleteOrganization, Action::kReadTeams,
    Action::kManageTeams,      Action::kManageMembership,   Action::kReadProjects,       Action::kManageProjects,
    Action::kReadVcs,          Action::kManageVcs,          Action::kReadSshKeys,        Action::kManageSshKeys,
    Action::kReadWorkspaces,   Action::kManageWorkspaces,   Action::kLockWorkspaces,     Action::kReadVariables,
    Action::kManageVariables,  Action::kReadRuns,           Action::kQueueRuns,          Action::kApplyRuns,
    Action::kSeeConnections,   Action::kReadAudit,          Action::kSiteAdmin};

std::set<Action> allowed(const Rights& rights) {
  std::set<Action> actions;
  for (const Action action : kAll) {
    if (can(rights, action)) actions.insert(action);
  }
  return actions;
}

std::set<Action> allowed(AccessBits access) { return allowed(Rights{.member = true, .access = access}); }

const std::set<Action> kOfEveryMember = {Action::kReadOrganization, Action::kReadTeams, Action::kSeeConnections};

std::set<Action> with_member(std::set<Action> actions) {
  actions.insert(kOfEveryMember.begin(), kOfEveryMember.end());
  return actions;
}

TEST(Can, AStrangerMayNothing) { EXPECT_TRUE(allowed(Rights{}).empty()); }

TEST(Can, AccessWithoutMembershipIsNothing) { EXPECT_TRUE(allowed(Rights{.access = ~AccessBits{0}}).empty()); }

TEST(Can, AMemberWithoutATeamSeesTheOrganizationAndItsTeams) { EXPECT_EQ(allowed(AccessBits{0}), kOfEveryMember); }

TEST(Can, T_T11_ReadAccessNeverWrites) {
  EXPECT_EQ(allowed(bit(TeamAccess::kReadWorkspaces)),
            with_member({Action::kReadProjects, Action::kReadWorkspaces, Action::kReadVariables, Action::kReadRuns}));
  EXPECT_EQ(allowed(bit(TeamAccess::kReadProjects)), with_member({Action::kReadProjects}));
}

TEST(Can, EachManagingAccessOpensItsOwnDoorsOnly) {
  EXPECT_EQ(allowed(bit(TeamAccess::kManageVcsSettings)),
            with_member({Action::kReadVcs, Action::kManageVcs, Action::kReadSshKeys, Action::kManageSshKeys}));
  EXPECT_EQ(allowed(bit(TeamAccess::kManageProjects)), with_member({Action::kReadProjects, Action::kManageProjects}));
  EXPECT_EQ(allowed(bit(TeamAccess::kManageTeams)), with_member({Action::kManageTeams}));
  EXPECT_EQ(allowed(bit(TeamAccess::kManageMembership)), with_member({Action::kManageMembership}));
  EXPECT_EQ(allowed(bit(TeamAccess::kManageWorkspaces)),
            with_member({Action::kReadProjects, Action::kReadVcs, Action::kReadSshKeys, Action::kReadWorkspaces,
                         Action::kManageWorkspaces, Action::kLockWorkspaces, Action::kReadVariables,
                         Action::kManageVariables, Action::kReadRuns, Action::kQueueRuns, Action::kApplyRuns}));
}

TEST(Can, AnOwnerMayEverythingButAdministerTheSite) {
  auto all = std::set<Action>(std::begin(kAll), std::end(kAll));
  all.erase(Action::kSiteAdmin);
  EXPECT_EQ(allowed(Rights{.member = true, .owner = true}), all);
}

TEST(Can, T_T11_AnOrganizationTokenNeitherRunsNorHoldsKeysNorAdministers) {
  for (const Action action : {Action::kQueueRuns, Action::kApplyRuns, Action::kReadSshKeys, Action::kManageSshKeys,
                              Action::kUpdateOrganization, Action::kDeleteOrganization, Action::kSiteAdmin}) {
    EXPECT_FALSE(can(Rights{.organization_token = true}, action));
  }
  EXPECT_TRUE(can(Rights{.organization_token = true}, Action::kManageWorkspaces));
}

TEST(Can, AnAuditTokenReadsTheAuditLogAndNothingElse) {
  EXPECT_EQ(allowed(Rights{.audit_only = true}), std::set{Action::kReadAudit});
}

TEST(Can, T_M08_ASiteAdministratorRescuesButDoesNotLookInside) {
  EXPECT_EQ(
      allowed(Rights{.site_admin = true}),
      (std::set{Action::kReadOrganization, Action::kUpdateOrganization, Action::kDeleteOrganization, Action::kReadTeams,
                Action::kManageTeams, Action::kManageMembership, Action::kReadAudit, Action::kSiteAdmin}));
}

TEST(MayGrant, T_T13_NobodyGivesMoreThanHeHas) {
  const AccessBits teams = bit(TeamAccess::kManageTeams);
  const AccessBits workspaces = bit(TeamAccess::kManageWorkspaces);
  EXPECT_TRUE(may_grant(Rights{.member = true, .access = teams}, teams));
  EXPECT_FALSE(may_grant(Rights{.member = true, .access = teams}, teams | workspaces));
  EXPECT_TRUE(
      may_grant(Rights{.member = true, .access = teams | bit(TeamAccess::kManageOrganizationAccess)}, workspaces));
  EXPECT_TRUE(may_grant(Rights{.member = true, .owner = true}, workspaces));
}

TEST(AccessNames, AreDistinctBitsWithDistinctNames) {
  std::set<std::string_view> names;
  AccessBits bits = 0;
  for (const AccessName& one : access_names()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_EQ(bits & bit(one.access), 0U) << one.name;
    bits |= bit(one.access);
  }
}

}  // namespace
}  // namespace auth
