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

// A group of workspaces. Every organization has one called "Default Project" that cannot be deleted.
struct Project {
  ProjectId id;
  OrganizationId organization;
  std::string name;
  std::string description;
  bool is_default = false;
  std::optional<std::string> default_execution_mode = {};  // empty: the organization's
  std::optional<std::string> auto_destroy_activity_duration = {};
  base::Time created_at = {};
};

base::Result<std::optional<Project>> find_project(storage::Connection& connection, const ProjectId& id);
// The project, if it belongs to the organization: what a body that names a project is checked with.
base::Result<std::optional<Project>> find_project(storage::Connection& connection, const OrganizationId& organization,
                                                  const ProjectId& id);
base::Result<ProjectId> default_project(storage::Connection& connection, const OrganizationId& organization);

struct ProjectFilter {
  std::vector<std::string> names = {};  // any of these, exactly; empty: all
  std::string name_contains = {};
};
base::Result<base::Page<Project>> list_projects(storage::Connection& connection, const OrganizationId& organization,
                                                const ProjectFilter& filter, const base::PageRequest& page);

// For the service. kInvalid if the name is taken; delete: kConflict while something refers to the project.
base::Status insert_project(storage::Transaction& transaction, const Project& project);
base::Status update_project(storage::Transaction& transaction, const Project& project);
base::Status delete_project(storage::Transaction& transaction, const ProjectId& id);

}  // namespace auth
