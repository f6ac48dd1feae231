#include "auth/project.h"

#include "auth/sql.h"

#define PROJECT_COLUMNS                                                                                          \
  "id, organization_id, name, description, is_default, default_execution_mode, auto_destroy_activity_duration, " \
  "created_at"

namespace auth {
namespace {

Project project_from(const storage::Row& row) {
  Project project;
  project.id = row.id<ProjectId>(0);
  project.organization = row.id<OrganizationId>(1);
  project.name = row.text(2);
  project.description = row.text(3);
  project.is_default = row.boolean(4);
  project.default_execution_mode = row.optional_text(5);
  project.auto_destroy_activity_duration = row.optional_text(6);
  project.created_at = row.time(7);
  return project;
}

// " AND name_key IN ($3, $4, …)": placeholders only.
std::string any_of_names(const std::vector<std::string>& names, std::vector<storage::Value>& parameters) {
  if (names.empty()) return {};
  std::string clause = " AND name IN (";
  for (const std::string& name : names) {
    parameters.emplace_back(name);
    clause += parameters.size() > 3 ? ", $" : "$";
    clause += std::to_string(parameters.size());
  }
  return clause + ")";
}

}  // namespace

base::Result<std::optional<Project>> find_project(storage::Connection& connection, const ProjectId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT " PROJECT_COLUMNS " FROM projects WHERE id = $1", {id}));
  if (!row) return std::optional<Project>();
  return std::optional<Project>(project_from(*row));
}

base::Result<std::optional<Project>> find_project(storage::Connection& connection, const OrganizationId& organization,
                                                  const ProjectId& id) {
  ASSIGN_OR_RETURN(auto project, find_project(connection, id));
  if (project && project->organization != organization) project.reset();
  return project;
}

base::Result<ProjectId> default_project(storage::Connection& connection, const OrganizationId& organization) {
  ASSIGN_OR_RETURN(
      const auto row,
      connection.find("SELECT id FROM projects WHERE organization_id = $1 AND is_default = 1", {organization}));
  if (!row) return base::not_found("There is no such organization.");
  return row->id<ProjectId>(0);
}

base::Result<base::Page<Project>> list_projects(storage::Connection& connection, const OrganizationId& organization,
                                                const ProjectFilter& filter, const base::PageRequest& page) {
  std::vector<storage::Value> parameters = {organization, contains_pattern(filter.name_contains)};
  const std::string where = " FROM projects WHERE organization_id = $1 AND name_key LIKE $2 ESCAPE '\\'" +
                            any_of_names(filter.names, parameters);
  return page_of(connection, {"SELECT " PROJECT_COLUMNS, where, " ORDER BY name_key", std::move(parameters)}, page,
                 project_from);
}

base::Status insert_project(storage::Transaction& transaction, const Project& project) {
  const auto done = transaction.execute(
      "INSERT INTO projects (" PROJECT_COLUMNS ", name_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {project.id, project.organization, project.name, project.description, project.is_default,
       project.default_execution_mode, project.auto_destroy_activity_duration, project.created_at,
       key_of(project.name)});
  if (!done) return taken(done.error(), "name");
  return {};
}

base::Status update_project(storage::Transaction& transaction, const Project& project) {
  const auto done = transaction.execute(
      "UPDATE projects SET name = $2, description = $3, default_execution_mode = $4, "
      "auto_destroy_activity_duration = $5, name_key = $6 WHERE id = $1",
      {project.id, project.name, project.description, project.default_execution_mode,
       project.auto_destroy_activity_duration, key_of(project.name)});
  if (!done) return taken(done.error(), "name");
  return {};
}

base::Status delete_project(storage::Transaction& transaction, const ProjectId& id) {
  const auto done = transaction.execute("DELETE FROM projects WHERE id = $1 AND is_default = 0", {id});
  if (done && *done == 0) return base::conflict("The default project cannot be deleted.");
  if (done) return {};
  if (!storage::is_foreign_key_violation(done.error())) return done.error();
  return base::conflict("The project still has workspaces. Move them to another project or delete them first.");
}

}  // namespace auth
