#include "auth/rights.h"

#include <array>

namespace auth {
namespace {

constexpr std::array kNames = {
    AccessName{"manage-policies", TeamAccess::kManagePolicies},
    AccessName{"manage-policy-overrides", TeamAccess::kManagePolicyOverrides},
    AccessName{"manage-workspaces", TeamAccess::kManageWorkspaces},
    AccessName{"manage-vcs-settings", TeamAccess::kManageVcsSettings},
    AccessName{"manage-providers", TeamAccess::kManageProviders},
    AccessName{"manage-modules", TeamAccess::kManageModules},
    AccessName{"manage-run-tasks", TeamAccess::kManageRunTasks},
    AccessName{"manage-projects", TeamAccess::kManageProjects},
    AccessName{"read-workspaces", TeamAccess::kReadWorkspaces},
    AccessName{"read-projects", TeamAccess::kReadProjects},
    AccessName{"manage-membership", TeamAccess::kManageMembership},
    AccessName{"manage-teams", TeamAccess::kManageTeams},
    AccessName{"manage-organization-access", TeamAccess::kManageOrganizationAccess},
    AccessName{"access-secret-teams", TeamAccess::kAccessSecretTeams},
    AccessName{"manage-agent-pools", TeamAccess::kManageAgentPools},
    AccessName{"delegate-policy-overrides", TeamAccess::kDelegatePolicyOverrides},
};

// What a user or team has by the flags of its teams.
bool by_flags(const Rights& rights, Action action) {
  const bool manages_workspaces = rights.has(TeamAccess::kManageWorkspaces);
  const bool reads_workspaces = manages_workspaces || rights.has(TeamAccess::kReadWorkspaces);
  const bool manages_vcs = rights.has(TeamAccess::kManageVcsSettings);
  switch (action) {
    case Action::kReadOrganization:
    case Action::kReadTeams:
    case Action::kSeeConnections: return true;
    case Action::kUpdateOrganization:
    case Action::kDeleteOrganization:
    case Action::kReadAudit:
    case Action::kSiteAdmin: return false;
    case Action::kManageTeams: return rights.has(TeamAccess::kManageTeams);
    case Action::kManageMembership: return rights.has(TeamAccess::kManageMembership);
    case Action::kReadProjects:
      return reads_workspaces || rights.has(TeamAccess::kReadProjects) || rights.has(TeamAccess::kManageProjects);
    case Action::kManageProjects: return rights.has(TeamAccess::kManageProjects);
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
  if (rights.has(TeamAccess::kManageOrganizationAccess)) return true;
  return (access & ~rights.access) == 0;
}

}  // namespace auth
