#include "auth/rights.h"

#include <array>

namespace auth {
namespace {

constexpr std::array kNames = {
    AccessName{"manage-policies", Access::kManagePolicies},
    AccessName{"manage-policy-overrides", Access::kManagePolicyOverrides},
    AccessName{"manage-workspaces", Access::kManageWorkspaces},
    AccessName{"manage-vcs-settings", Access::kManageVcsSettings},
    AccessName{"manage-providers", Access::kManageProviders},
    AccessName{"manage-modules", Access::kManageModules},
    AccessName{"manage-run-tasks", Access::kManageRunTasks},
    AccessName{"manage-projects", Access::kManageProjects},
    AccessName{"read-workspaces", Access::kReadWorkspaces},
    AccessName{"read-projects", Access::kReadProjects},
    AccessName{"manage-membership", Access::kManageMembership},
    AccessName{"manage-teams", Access::kManageTeams},
    AccessName{"manage-organization-access", Access::kManageOrganizationAccess},
    AccessName{"access-secret-teams", Access::kAccessSecretTeams},
    AccessName{"manage-agent-pools", Access::kManageAgentPools},
    AccessName{"delegate-policy-overrides", Access::kDelegatePolicyOverrides},
};

// What a user or team has by the flags of its teams.
bool by_flags(const Rights& rights, Action action) {
  const bool manages_workspaces = rights.has(Access::kManageWorkspaces);
  const bool reads_workspaces = manages_workspaces || rights.has(Access::kReadWorkspaces);
  const bool manages_vcs = rights.has(Access::kManageVcsSettings);
  switch (action) {
    case Action::kReadOrganization:
    case Action::kReadTeams: return true;
    case Action::kUpdateOrganization:
    case Action::kDeleteOrganization:
    case Action::kReadAudit:
    case Action::kSiteAdmin: return false;
    case Action::kManageTeams: return rights.has(Access::kManageTeams);
    case Action::kManageMembership: return rights.has(Access::kManageMembership);
    case Action::kReadProjects:
      return reads_workspaces || rights.has(Access::kReadProjects) || rights.has(Access::kManageProjects);
    case Action::kManageProjects: return rights.has(Access::kManageProjects);
    case Action::kReadVcs:
    case Action::kReadSshKeys: return manages_vcs || manages_workspaces;
    case Action::kManageVcs:
    case Action::kManageSshKeys: return manages_vcs;
    case Action::kReadWorkspaces:
    case Action::kReadVariables:
    case Action::kReadRuns: return reads_workspaces;
    case Action::kManageWorkspaces:
    case Action::kLockWorkspaces:
    case Action::kManageVariables:
    case Action::kQueueRuns:
    case Action::kApplyRuns: return manages_workspaces;
  }
  return false;
}

// The organization's token sets things up; it does not run, unlock or hold SSH keys, nor change the organization.
bool by_organization_token(Action action) {
  switch (action) {
    case Action::kUpdateOrganization:
    case Action::kDeleteOrganization:
    case Action::kReadSshKeys:
    case Action::kManageSshKeys:
    case Action::kLockWorkspaces:
    case Action::kQueueRuns:
    case Action::kApplyRuns:
    case Action::kSiteAdmin: return false;
    default: return true;
  }
}

bool by_site_admin(Action action) {
  switch (action) {
    case Action::kReadOrganization:
    case Action::kUpdateOrganization:
    case Action::kDeleteOrganization:
    case Action::kReadTeams:
    case Action::kManageTeams:
    case Action::kManageMembership:
    case Action::kReadAudit:
    case Action::kSiteAdmin: return true;
    default: return false;
  }
}

}  // namespace

std::span<const AccessName> access_names() { return kNames; }

bool can(const Rights& rights, Action action) {
  if (rights.audit_only) return action == Action::kReadAudit;
  if (action == Action::kSiteAdmin) return rights.site_admin;
  if (rights.site_admin && by_site_admin(action)) return true;
  if (rights.owner) return true;
  if (rights.organization_token) return by_organization_token(action);
  return rights.member && by_flags(rights, action);
}

bool may_grant(const Rights& rights, AccessBits access) {
  if (rights.owner || rights.site_admin || rights.organization_token) return true;
  if (rights.has(Access::kManageOrganizationAccess)) return true;
  return (access & ~rights.access) == 0;
}

}  // namespace auth
