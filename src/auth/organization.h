#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/page.h"
#include "base/result.h"
#include "storage/database.h"

namespace auth {

// A tenant. The API shows its name as its id.
struct Organization {
  OrganizationId id;
  std::string name;
  std::string email;
  std::string default_execution_mode = "remote";  // or "local"
  // A newer commit of a pull request cancels plan-only runs of older ones.
  bool speculative_plan_management = true;
  // One commit status for all workspaces of a repository instead of one each.
  bool aggregated_commit_status = true;
  // Workspaces that a change does not concern report success on pull requests.
  bool send_passing_statuses = false;
  bool allow_force_delete_workspaces = false;
  bool assessments_enforced = false;
  bool cost_estimation = false;
  bool stacks = false;
  std::string collaborator_auth_policy = "password";
  std::optional<std::int64_t> session_timeout = {};   // minutes
  std::optional<std::int64_t> session_remember = {};  // minutes
  base::Time created_at = {};
};

base::Result<std::optional<Organization>> find_organization(storage::Connection& connection, const OrganizationId& id);
// By its exact name.
base::Result<std::optional<Organization>> find_organization_by_name(storage::Connection& connection,
                                                                    std::string_view name);
// The name that the API shows as the id; kNotFound if there is no such organization.
base::Result<std::string> organization_name(storage::Connection& connection, const OrganizationId& id);

struct OrganizationFilter {
  std::optional<UserId> member = {};        // only those the user belongs to
  std::optional<OrganizationId> only = {};  // only this one
  std::string name_contains = {};
  std::string email_contains = {};
  std::string any_contains = {};  // name or e-mail
};
base::Result<base::Page<Organization>> list_organizations(storage::Connection& connection,
                                                          const OrganizationFilter& filter,
                                                          const base::PageRequest& page);

// For the service. save: insert or update; kInvalid if the name is taken.
base::Status insert_organization(storage::Transaction& transaction, const Organization& organization);
base::Status update_organization(storage::Transaction& transaction, const Organization& organization, base::Time now);
// Takes away everything people reach it by: members, teams, tokens and its name, which is free again. The row stays.
base::Status mark_organization_deleted(storage::Transaction& transaction, const OrganizationId& id, base::Time now);
// Marked so, or not there at all.
base::Result<bool> is_deleted(storage::Connection& connection, const OrganizationId& id);
// With every row that belongs to it.
base::Result<bool> delete_organization(storage::Transaction& transaction, const OrganizationId& id);

}  // namespace auth
