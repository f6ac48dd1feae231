#include "auth/organization.h"

#include "auth/sql.h"

#define ORGANIZATION_COLUMNS                                                                              \
  "id, name, email, default_execution_mode, speculative_plan_management, aggregated_commit_status, "      \
  "send_passing_statuses, allow_force_delete_workspaces, assessments_enforced, cost_estimation, stacks, " \
  "collaborator_auth_policy, session_timeout, session_remember, created_at"

namespace auth {
namespace {

Organization organization_from(const storage::Row& row) {
  Organization organization;
  organization.id = row.id<OrganizationId>(0);
  organization.name = row.text(1);
  organization.email = row.text(2);
  organization.default_execution_mode = row.text(3);
  organization.speculative_plan_management = row.boolean(4);
  organization.aggregated_commit_status = row.boolean(5);
  organization.send_passing_statuses = row.boolean(6);
  organization.allow_force_delete_workspaces = row.boolean(7);
  organization.assessments_enforced = row.boolean(8);
  organization.cost_estimation = row.boolean(9);
  organization.stacks = row.boolean(10);
  organization.collaborator_auth_policy = row.text(11);
  organization.session_timeout = row.optional_integer(12);
  organization.session_remember = row.optional_integer(13);
  organization.created_at = row.time(14);
  return organization;
}

std::optional<Organization> first(const std::optional<storage::Row>& row) {
  if (!row) return std::nullopt;
  return organization_from(*row);
}

constexpr std::string_view kInsert =
    "INSERT INTO organizations (" ORGANIZATION_COLUMNS
    ", updated_at, name_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

constexpr std::string_view kUpdate =
    "UPDATE organizations SET name = $2, email = $3, default_execution_mode = $4, speculative_plan_management = $5, "
    "aggregated_commit_status = $6, send_passing_statuses = $7, allow_force_delete_workspaces = $8, "
    "assessments_enforced = $9, cost_estimation = $10, stacks = $11, collaborator_auth_policy = $12, "
    "session_timeout = $13, session_remember = $14, updated_at = $15, name_key = $16 WHERE id = $1";

// $1 member, $2 the only one, $3 name, $4 e-mail, $5 either.
#define ORGANIZATION_FILTER                                                                          \
  " FROM organizations WHERE deleted_at IS NULL AND ($1 = '' OR id IN (SELECT organization_id FROM " \
  "organization_memberships "                                                                        \
  "WHERE user_id = $1)) AND ($2 = '' OR id = $2) AND name_key LIKE $3 ESCAPE '\\' "                  \
  "AND LOWER(email) LIKE $4 ESCAPE '\\' AND (name_key LIKE $5 ESCAPE '\\' OR LOWER(email) LIKE $5 ESCAPE '\\')"

constexpr std::string_view kCount = "SELECT COUNT(*)" ORGANIZATION_FILTER;
constexpr std::string_view kPage =
    "SELECT " ORGANIZATION_COLUMNS ORGANIZATION_FILTER " ORDER BY name_key LIMIT $6 OFFSET $7";

}  // namespace

base::Result<std::optional<Organization>> find_organization(storage::Connection& connection, const OrganizationId& id) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT " ORGANIZATION_COLUMNS " FROM organizations WHERE id = $1", {id}));
  return first(row);
}

base::Result<std::optional<Organization>> find_organization_by_name(storage::Connection& connection,
                                                                    std::string_view name) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT " ORGANIZATION_COLUMNS
                                   " FROM organizations WHERE name_key = $1 AND name = $2 AND deleted_at IS NULL",
                                   {key_of(name), name}));
  return first(row);
}

base::Result<std::string> organization_name(storage::Connection& connection, const OrganizationId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT name FROM organizations WHERE id = $1", {id}));
  if (!row) return base::not_found("There is no such organization.");
  return row->text(0);
}

base::Result<base::Page<Organization>> list_organizations(storage::Connection& connection,
                                                          const OrganizationFilter& filter,
                                                          const base::PageRequest& page) {
  const std::string member = filter.member ? filter.member->str() : "";
  const std::string only = filter.only ? filter.only->str() : "";
  const std::string name = contains_pattern(filter.name_contains);
  const std::string email = contains_pattern(filter.email_contains);
  const std::string any = contains_pattern(filter.any_contains);
  base::Page<Organization> result{.request = page};
  ASSIGN_OR_RETURN(const auto count, connection.find(kCount, {member, only, name, email, any}));
  result.total = count->integer(0);
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query(kPage, {member, only, name, email, any, page.size, page.offset()}));
  for (const storage::Row& row : rows) result.items.push_back(organization_from(row));
  return result;
}

base::Status insert_organization(storage::Transaction& transaction, const Organization& organization) {
  const Organization& o = organization;
  const auto done = transaction.execute(
      kInsert,
      {o.id, o.name, o.email, o.default_execution_mode, o.speculative_plan_management, o.aggregated_commit_status,
       o.send_passing_statuses, o.allow_force_delete_workspaces, o.assessments_enforced, o.cost_estimation, o.stacks,
       o.collaborator_auth_policy, o.session_timeout, o.session_remember, o.created_at, o.created_at, key_of(o.name)});
  if (!done) return taken(done.error(), "name");
  return {};
}

base::Status update_organization(storage::Transaction& transaction, const Organization& organization, base::Time now) {
  const Organization& o = organization;
  const auto done = transaction.execute(
      kUpdate,
      {o.id, o.name, o.email, o.default_execution_mode, o.speculative_plan_management, o.aggregated_commit_status,
       o.send_passing_statuses, o.allow_force_delete_workspaces, o.assessments_enforced, o.cost_estimation, o.stacks,
       o.collaborator_auth_policy, o.session_timeout, o.session_remember, now, key_of(o.name)});
  if (!done) return taken(done.error(), "name");
  return {};
}

base::Status mark_organization_deleted(storage::Transaction& transaction, const OrganizationId& id, base::Time now) {
  for (const std::string_view sql :
       {"DELETE FROM organization_memberships WHERE organization_id = $1",
        "DELETE FROM teams WHERE organization_id = $1", "DELETE FROM tokens WHERE organization_id = $1"}) {
    RETURN_IF_ERROR(transaction.execute(sql, {id}));
  }
  // A name begins with a letter or digit, so the key is nobody's.
  RETURN_IF_ERROR(transaction.execute(
      "UPDATE organizations SET deleted_at = $2, name_key = ' ' || id WHERE id = $1 AND deleted_at IS NULL",
      {id, now}));
  return {};
}

base::Result<bool> is_deleted(storage::Connection& connection, const OrganizationId& id) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT 1 FROM organizations WHERE id = $1 AND deleted_at IS NULL", {id}));
  return !row.has_value();
}

base::Result<bool> delete_organization(storage::Transaction& transaction, const OrganizationId& id) {
  ASSIGN_OR_RETURN(const auto count, transaction.execute("DELETE FROM organizations WHERE id = $1", {id}));
  return count > 0;
}

}  // namespace auth
