#include "workspaces/store.h"

#include "auth/sql.h"
#include "base/strings.h"
#include "workspaces/json_list.h"

// Columns of INSERT and SELECT, in the order in which workspace_from() and settings() know them.
#define WORKSPACE_SETTINGS                                                                                      \
  "project_id, name, name_key, description, working_directory, execution_mode, terraform_version, auto_apply, " \
  "auto_apply_run_trigger, allow_destroy_plan, queue_all_runs, speculative_enabled, global_remote_state, "      \
  "project_remote_state, structured_run_output, assessments_enabled, inherits_project_auto_destroy, "           \
  "auto_destroy_at, auto_destroy_activity_duration, source_name, source_url, migration_environment, "           \
  "file_triggers_enabled, trigger_prefixes, trigger_patterns, tags_regex, oauth_token_id, vcs_identifier, "     \
  "vcs_display_identifier, vcs_branch, vcs_submodules, vcs_repository_id, vcs_http_url, vcs_default_branch, "   \
  "vcs_provider, vcs_webhook_url, ssh_key_id, plan_command, apply_command, timeout_seconds, memory_mb, "        \
  "output_mb, network, updated_at, latest_change_at"
#define WORKSPACE_COLUMNS                                                                                   \
  "id, organization_id, created_at, locked_by_type, locked_by_id, locked_by_name, lock_reason, locked_at, " \
  "current_run_id, current_run_status, current_run_created_at, latest_run_id, "                             \
  "configuration_version_id, " WORKSPACE_SETTINGS

namespace workspaces::store {
namespace {

constexpr std::size_t kSettings = 45;
constexpr std::size_t kFirstSetting = 13;

std::string placeholders(std::size_t from, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "$" : ", $") + std::to_string(from + i);
  return text;
}

void add_vcs(std::vector<storage::Value>& values, const std::optional<VcsConnection>& vcs) {
  const VcsConnection none;
  const VcsConnection& from = vcs ? *vcs : none;
  values.emplace_back(vcs ? std::optional(from.token.str()) : std::nullopt);
  for (const auto* text : {&from.identifier, &from.display_identifier, &from.branch}) values.emplace_back(*text);
  values.emplace_back(from.ingress_submodules);
  for (const auto* text : {&from.repository_id, &from.repository_http_url, &from.default_branch, &from.service_provider,
                           &from.webhook_url}) {
    values.emplace_back(*text);
  }
}

// In the order of WORKSPACE_SETTINGS.
void add_settings(std::vector<storage::Value>& values, const Workspace& w) {
  values.insert(values.end(), {storage::Value(w.project), w.name, auth::key_of(w.name), w.description,
                               w.working_directory, storage::Value(w.execution_mode), w.terraform_version});
  for (const bool flag : {w.auto_apply, w.auto_apply_run_trigger, w.allow_destroy_plan, w.queue_all_runs,
                          w.speculative_enabled, w.global_remote_state, w.project_remote_state, w.structured_run_output,
                          w.assessments_enabled, w.inherits_project_auto_destroy}) {
    values.emplace_back(flag);
  }
  values.insert(values.end(), {storage::Value(w.auto_destroy_at), w.auto_destroy_activity_duration, w.source_name,
                               w.source_url, w.migration_environment, w.triggers.file_triggers_enabled,
                               json_list(w.triggers.prefixes), json_list(w.triggers.patterns), w.triggers.tags_regex});
  add_vcs(values, w.vcs);
  values.insert(values.end(), {w.ssh_key, json_list(w.plan_command), json_list(w.apply_command),
                               w.limits.timeout_seconds, w.limits.memory_mb, w.limits.output_mb, w.limits.network,
                               storage::Value(w.updated_at), storage::Value(w.latest_change_at)});
}

// Reads columns one after the other.
class Reader {
 public:
  Reader(const storage::Row& row, std::size_t at) : row_(row), at_(at) {}
  std::string text() { return row_.text(at_++); }
  std::optional<std::string> optional_text() { return row_.optional_text(at_++); }
  bool boolean() { return row_.boolean(at_++); }
  std::int64_t integer() { return row_.integer(at_++); }
  base::Time time() { return row_.time(at_++); }
  std::optional<base::Time> optional_time() { return row_.optional_time(at_++); }
  void skip() { ++at_; }

 private:
  const storage::Row& row_;
  std::size_t at_;
};

std::optional<VcsConnection> read_vcs(Reader& reader) {
  const auto token = reader.optional_text();
  VcsConnection vcs;
  vcs.token = providers::OAuthTokenId(token.value_or(""));
  vcs.identifier = reader.text();
  vcs.display_identifier = reader.text();
  vcs.branch = reader.text();
  vcs.ingress_submodules = reader.boolean();
  vcs.repository_id = reader.text();
  vcs.repository_http_url = reader.text();
  vcs.default_branch = reader.text();
  vcs.service_provider = reader.text();
  vcs.webhook_url = reader.text();
  return token ? std::optional(std::move(vcs)) : std::nullopt;
}

void read_settings(Reader& reader, Workspace& w) {
  w.project = auth::ProjectId(reader.text());
  w.name = reader.text();
  reader.skip();
  w.description = reader.text();
  w.working_directory = reader.text();
  w.execution_mode = reader.optional_text();
  w.terraform_version = reader.text();
  for (bool* flag : {&w.auto_apply, &w.auto_apply_run_trigger, &w.allow_destroy_plan, &w.queue_all_runs,
                     &w.speculative_enabled, &w.global_remote_state, &w.project_remote_state, &w.structured_run_output,
                     &w.assessments_enabled, &w.inherits_project_auto_destroy}) {
    *flag = reader.boolean();
  }
  w.auto_destroy_at = reader.optional_time();
  w.auto_destroy_activity_duration = reader.text();
  w.source_name = reader.text();
  w.source_url = reader.text();
  w.migration_environment = reader.text();
  w.triggers.file_triggers_enabled = reader.boolean();
  w.triggers.prefixes = list_from_json(reader.text());
  w.triggers.patterns = list_from_json(reader.text());
  w.triggers.tags_regex = reader.text();
  w.vcs = read_vcs(reader);
  w.ssh_key = reader.text();
  w.plan_command = list_from_json(reader.text());
  w.apply_command = list_from_json(reader.text());
  w.limits.timeout_seconds = reader.integer();
  w.limits.memory_mb = reader.integer();
  w.limits.output_mb = reader.integer();
  w.limits.network = reader.boolean();
  w.updated_at = reader.time();
  w.latest_change_at = reader.time();
}

Workspace workspace_from(const storage::Row& row) {
  Workspace w;
  w.id = row.id<WorkspaceId>(0);
  w.organization = row.id<auth::OrganizationId>(1);
  w.created_at = row.time(2);
  if (!row.is_null(3)) w.lock = Lock{row.text(3), row.text(4), row.text(5), row.text(6), row.time(7)};
  w.current_run = {row.text(8), row.text(9), row.optional_time(10)};
  w.latest_run = row.text(11);
  w.configuration_version = row.text(12);
  Reader reader(row, kFirstSetting);
  read_settings(reader, w);
  return w;
}

std::optional<Workspace> first(const std::optional<storage::Row>& row) {
  return row ? std::optional(workspace_from(*row)) : std::nullopt;
}

std::vector<Workspace> all(const storage::Rows& rows) {
  std::vector<Workspace> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(workspace_from(row));
  return out;
}

std::string wildcard_pattern(std::string_view text) {
  const bool open_start = text.starts_with('*');
  if (open_start) text.remove_prefix(1);
  const bool open_end = text.ends_with('*');
  if (open_end) text.remove_suffix(1);
  std::string pattern = auth::contains_pattern(text);  // "%text%"
  if (!open_start) pattern.erase(0, 1);
  if (!open_end) pattern.pop_back();
  return pattern;
}

constexpr const char* order_of(Order order, bool descending) {
  switch (order) {
    case Order::kName: return descending ? " ORDER BY name_key DESC" : " ORDER BY name_key";
    case Order::kLatestChange:
      return descending ? " ORDER BY latest_change_at DESC, id DESC" : " ORDER BY latest_change_at, id";
    case Order::kCurrentRun:
      return descending ? " ORDER BY current_run_created_at DESC, id DESC" : " ORDER BY current_run_created_at, id";
  }
  return "";
}

// A clause for each filter that is set: what is not asked for must not keep an index from being used.
std::string where_of(const Filter& filter, std::vector<storage::Value>& parameters) {
  std::string where = " FROM workspaces WHERE organization_id = $1";
  parameters.emplace_back(filter.organization);
  const auto add = [&](const char* before, std::string value, const char* after) {
    parameters.emplace_back(std::move(value));
    where += before + std::to_string(parameters.size()) + after;
  };
  if (!filter.name_contains.empty())
    add(" AND name_key LIKE $", auth::contains_pattern(filter.name_contains), " ESCAPE '\\'");
  if (!filter.wildcard_name.empty())
    add(" AND name_key LIKE $", wildcard_pattern(filter.wildcard_name), " ESCAPE '\\'");
  if (!filter.project.empty()) add(" AND project_id = $", filter.project, "");
  if (!filter.run_status.empty()) add(" AND current_run_status = $", filter.run_status, "");
  const char* has =
      " AND EXISTS (SELECT 1 FROM tag_bindings b WHERE b.owner = workspaces.id AND b.value = '' AND b.tag_key = $";
  const char* lacks =
      " AND NOT EXISTS (SELECT 1 FROM tag_bindings b WHERE b.owner = workspaces.id AND b.value = '' AND b.tag_key = $";
  for (const auto& tag : filter.tags) add(has, tag, ")");
  for (const auto& tag : filter.without_tags) add(lacks, tag, ")");
  for (const auto& [key, value] : filter.tagged) {
    // What a workspace has itself stands before what its project has.
    add(" AND EXISTS (SELECT 1 FROM tag_bindings b WHERE (b.owner = workspaces.id OR (b.owner = workspaces.project_id "
        "AND NOT EXISTS (SELECT 1 FROM tag_bindings o WHERE o.owner = workspaces.id AND o.tag_key = b.tag_key))) AND "
        "b.tag_key = $",
        key, value.empty() ? ")" : "");
    if (!value.empty()) add(" AND b.value = $", value, ")");
  }
  return where;
}

}  // namespace

base::Status insert(storage::Transaction& transaction, const Workspace& w) {
  static const std::string kSql =
      "INSERT INTO workspaces (" WORKSPACE_COLUMNS ") VALUES (" + placeholders(1, kFirstSetting + kSettings) + ")";
  const Lock none;
  const Lock& lock = w.lock ? *w.lock : none;
  std::vector<storage::Value> values = {w.id,
                                        w.organization,
                                        w.created_at,
                                        w.lock ? std::optional(lock.by_type) : std::nullopt,
                                        lock.by_id,
                                        lock.by_name,
                                        lock.reason,
                                        w.lock ? std::optional(lock.at) : std::nullopt,
                                        w.current_run.id,
                                        w.current_run.status,
                                        w.current_run.created_at,
                                        w.latest_run,
                                        w.configuration_version};
  add_settings(values, w);
  const auto done = transaction.execute(kSql, std::span<const storage::Value>(values));
  if (!done) return auth::taken(done.error(), "name");
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO workspace_counts (organization_id, total) VALUES ($1, 1) ON CONFLICT (organization_id) DO UPDATE "
      "SET total = workspace_counts.total + 1",
      {w.organization}));
  return {};
}

base::Status update(storage::Transaction& transaction, const Workspace& w) {
  static const std::string kSql =
      "UPDATE workspaces SET (" WORKSPACE_SETTINGS ") = (" + placeholders(2, kSettings) + ") WHERE id = $1";
  std::vector<storage::Value> values = {w.id};
  add_settings(values, w);
  const auto done = transaction.execute(kSql, std::span<const storage::Value>(values));
  if (!done) return auth::taken(done.error(), "name");
  return {};
}

base::Status remove(storage::Transaction& transaction, const WorkspaceId& id) {
  RETURN_IF_ERROR(
      transaction.execute("UPDATE workspace_counts SET total = total - 1 WHERE organization_id = (SELECT "
                          "organization_id FROM workspaces WHERE id = $1)",
                          {id}));
  RETURN_IF_ERROR(transaction.execute("DELETE FROM workspaces WHERE id = $1", {id}));
  return {};
}

base::Result<std::optional<Workspace>> find(storage::Connection& connection, const WorkspaceId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT " WORKSPACE_COLUMNS " FROM workspaces WHERE id = $1", {id}));
  return first(row);
}

base::Result<std::vector<Workspace>> find_all(storage::Connection& connection, const std::vector<std::string>& ids) {
  if (ids.empty()) return std::vector<Workspace>();
  const std::vector<storage::Value> values(ids.begin(), ids.end());
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT " WORKSPACE_COLUMNS " FROM workspaces WHERE id IN (" +
                                                         placeholders(1, ids.size()) + ")",
                                                     std::span<const storage::Value>(values)));
  return all(rows);
}

base::Result<std::optional<Workspace>> find_by_name(storage::Connection& connection,
                                                    const auth::OrganizationId& organization, std::string_view name) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT " WORKSPACE_COLUMNS
                                                   " FROM workspaces WHERE organization_id = $1 AND name_key = $2",
                                                   {organization, auth::key_of(name)}));
  return first(row);
}

base::Result<std::optional<Workspace>> find_locking(storage::Transaction& transaction, const WorkspaceId& id) {
  RETURN_IF_ERROR(transaction.execute("UPDATE workspaces SET updated_at = updated_at WHERE id = $1", {id}));
  return find(transaction, id);
}

namespace {

base::Result<std::int64_t> count(storage::Connection& connection, const Filter& filter, const std::string& where,
                                 const std::vector<storage::Value>& parameters) {
  if (parameters.size() == 1) {  // all of the organization: kept up to date by insert() and remove()
    ASSIGN_OR_RETURN(const auto row, connection.find("SELECT total FROM workspace_counts WHERE organization_id = $1",
                                                     {filter.organization}));
    return row ? row->integer(0) : 0;
  }
  const std::string counting = "SELECT COUNT(*)" + where;  // sql-ok: constants and parameter numbers only
  ASSIGN_OR_RETURN(const auto rows, connection.query(counting, std::span<const storage::Value>(parameters)));
  return rows.at(0).integer(0);
}

}  // namespace

base::Result<base::Page<Workspace>> list(storage::Connection& connection, const Filter& filter,
                                         const base::PageRequest& page) {
  std::vector<storage::Value> parameters;
  const std::string where = where_of(filter, parameters);
  base::Page<Workspace> result{{}, 0, page};
  ASSIGN_OR_RETURN(result.total, count(connection, filter, where, parameters));
  const auto limits =
      " LIMIT $" + std::to_string(parameters.size() + 1) + " OFFSET $" + std::to_string(parameters.size() + 2);
  parameters.emplace_back(page.size);
  parameters.emplace_back(page.offset());
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT " WORKSPACE_COLUMNS + where +
                                                         order_of(filter.order, filter.descending) + limits,
                                                     std::span<const storage::Value>(parameters)));
  result.items = all(rows);
  return result;
}

base::Result<std::vector<Workspace>> listening_to(storage::Connection& connection, const providers::OAuthTokenId& token,
                                                  std::string_view repository_id) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT " WORKSPACE_COLUMNS " FROM workspaces WHERE oauth_token_id = $1 AND "
                                    "vcs_repository_id = $2 ORDER BY id",
                                    {token, repository_id}));
  return all(rows);
}

base::Result<std::vector<WorkspaceId>> all_of(storage::Connection& connection,
                                              const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT id FROM workspaces WHERE organization_id = $1 ORDER BY id",
                                                     {organization}));
  std::vector<WorkspaceId> ids;
  for (const auto& row : rows) ids.push_back(row.id<WorkspaceId>(0));
  return ids;
}

base::Result<std::vector<Workspace>> using_token(storage::Connection& connection,
                                                 const providers::OAuthTokenId& token) {
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT " WORKSPACE_COLUMNS
                                                     " FROM workspaces WHERE oauth_token_id = $1 ORDER BY name_key",
                                                     {token}));
  return all(rows);
}

base::Result<std::int64_t> count_in_project(storage::Connection& connection, const auth::ProjectId& project) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT COUNT(*) FROM workspaces WHERE project_id = $1", {project}));
  return rows.at(0).integer(0);
}

base::Status forget_token(storage::Transaction& transaction, const providers::OAuthTokenId& token) {
  RETURN_IF_ERROR(transaction.execute(
      "UPDATE workspaces SET oauth_token_id = NULL, vcs_identifier = '', vcs_display_identifier = '', vcs_branch = '', "
      "vcs_submodules = 0, vcs_repository_id = '', vcs_http_url = '', vcs_default_branch = '', vcs_provider = '', "
      "vcs_webhook_url = '', tags_regex = '' WHERE oauth_token_id = $1",
      {token}));
  return {};
}

base::Result<std::vector<Workspace>> follow_repository(storage::Transaction& transaction,
                                                       const providers::OAuthTokenId& token,
                                                       const vcs::Repository& repository) {
  ASSIGN_OR_RETURN(auto workspaces, listening_to(transaction, token, repository.id));
  std::erase_if(workspaces, [&](const Workspace& one) { return one.vcs->identifier == repository.path; });
  const auto& display = repository.display_path.empty() ? repository.path : repository.display_path;
  RETURN_IF_ERROR(transaction.execute(
      "UPDATE workspaces SET vcs_identifier = $3, vcs_display_identifier = $4, vcs_http_url = $5, "
      "vcs_default_branch = $6 WHERE oauth_token_id = $1 AND vcs_repository_id = $2",
      {token, repository.id, repository.path, display, repository.http_url, repository.default_branch}));
  return workspaces;
}

base::Result<bool> lock(storage::Transaction& transaction, const WorkspaceId& id, const Lock& lock) {
  ASSIGN_OR_RETURN(const auto changed,
                   transaction.execute("UPDATE workspaces SET locked_by_type = $2, locked_by_id = $3, locked_by_name = "
                                       "$4, lock_reason = $5, locked_at = $6 WHERE id = $1 AND locked_by_type IS NULL",
                                       {id, lock.by_type, lock.by_id, lock.by_name, lock.reason, lock.at}));
  return changed > 0;
}

base::Status unlock(storage::Transaction& transaction, const WorkspaceId& id) {
  RETURN_IF_ERROR(
      transaction.execute("UPDATE workspaces SET locked_by_type = NULL, locked_by_id = '', locked_by_name "
                          "= '', lock_reason = '', locked_at = NULL WHERE id = $1",
                          {id}));
  return {};
}

base::Result<bool> unlock_for(storage::Transaction& transaction, const WorkspaceId& id, std::string_view by_id) {
  ASSIGN_OR_RETURN(const auto changed,
                   transaction.execute("UPDATE workspaces SET locked_by_type = NULL, locked_by_id = '', locked_by_name "
                                       "= '', lock_reason = '', locked_at = NULL WHERE id = $1 AND locked_by_id = $2",
                                       {id, by_id}));
  return changed > 0;
}

base::Status set_current_run(storage::Transaction& transaction, const WorkspaceId& id, const CurrentRun& run) {
  RETURN_IF_ERROR(
      transaction.execute("UPDATE workspaces SET current_run_id = $2, current_run_status = $3, "
                          "current_run_created_at = $4 WHERE id = $1",
                          {id, run.id, run.status, run.created_at}));
  return {};
}

base::Status set_latest_run(storage::Transaction& transaction, const WorkspaceId& id, std::string_view run) {
  RETURN_IF_ERROR(transaction.execute("UPDATE workspaces SET latest_run_id = $2 WHERE id = $1", {id, run}));
  return {};
}

base::Status set_configuration_version(storage::Transaction& transaction, const WorkspaceId& id,
                                       std::string_view configuration_version) {
  RETURN_IF_ERROR(transaction.execute("UPDATE workspaces SET configuration_version_id = $2 WHERE id = $1",
                                      {id, configuration_version}));
  return {};
}

}  // namespace workspaces::store
