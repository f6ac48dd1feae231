#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "auth/principal.h"

namespace auth {

// What a team may do in its organization: the API's `organization-access`, as bits. The database stores the bits, so
// the numbers never change.
enum class TeamAccess : std::uint32_t {
  kManagePolicies = 1U << 0U,
  kManagePolicyOverrides = 1U << 1U,
  kManageWorkspaces = 1U << 2U,
  kManageVcsSettings = 1U << 3U,
  kManageProviders = 1U << 4U,
  kManageModules = 1U << 5U,
  kManageRunTasks = 1U << 6U,
  kManageProjects = 1U << 7U,
  kReadWorkspaces = 1U << 8U,
  kReadProjects = 1U << 9U,
  kManageMembership = 1U << 10U,
  kManageTeams = 1U << 11U,
  kManageOrganizationAccess = 1U << 12U,
  kAccessSecretTeams = 1U << 13U,
  kManageAgentPools = 1U << 14U,
  kDelegatePolicyOverrides = 1U << 15U,
};

using AccessBits = std::uint32_t;
constexpr AccessBits bit(TeamAccess access) { return static_cast<AccessBits>(access); }

// The API's names: {"manage-workspaces", TeamAccess::kManageWorkspaces}, …
struct AccessName {
  std::string_view name;
  TeamAccess access;
};
std::span<const AccessName> access_names();

// What one principal has in one organization. A principal with none of it does not learn that the organization exists.
struct Rights {
  bool member = false;              // a user of the organization, or one of its teams' tokens
  bool owner = false;               // in the team "owners"
  bool organization_token = false;  // the organization's own token
  bool audit_only = false;          // its token for the audit trail
  bool site_admin = false;
  AccessBits access = 0;  // all teams together

  bool has(TeamAccess wanted) const { return (access & bit(wanted)) != 0; }
};

// The rule of every permission, in one place. A site administrator may rescue an organization (its members, teams and
// settings) but neither sees nor touches what it keeps here: workspaces, providers, keys, runs.
bool can(const Rights& rights, Action action);

// True if `rights` may hand out `access`: nobody gives away, or takes by adding himself to a team, what he lacks.
bool may_grant(const Rights& rights, AccessBits access);

}  // namespace auth
