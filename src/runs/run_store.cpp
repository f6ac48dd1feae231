#include "base/counting.h"
#include "runs/id_list.h"
#include "runs/store.h"
#include "runs/text.h"

namespace runs::store {
namespace {

#define RUN_COLUMNS                                                                                                  \
  "SELECT r.id, r.organization_id, r.workspace_id, r.configuration_version_id, r.status, r.source, r.message, "      \
  "r.trigger_reason, r.error, r.plan_only, r.is_destroy, r.refresh, r.refresh_only, r.allow_empty_apply, "           \
  "r.auto_apply, r.has_changes, r.options, r.token_id, r.repository_id, r.repository_path, r.commit_sha, r.branch, " \
  "r.pull_request_number, r.from_fork, r.status_context, r.unique_key, r.plan_hash, r.plan_id, r.apply_id, "         \
  "r.created_by, r.confirmed_by, r.sequence, r.created_at, r.canceled_at, r.force_cancel_available_at, r.times, "    \
  "r.worker, r.directory FROM runs r "

void read_settings(const storage::Row& row, Run& run) {
  run.plan_only = row.boolean(9);
  run.is_destroy = row.boolean(10);
  run.refresh = row.boolean(11);
  run.refresh_only = row.boolean(12);
  run.allow_empty_apply = row.boolean(13);
  run.auto_apply = row.boolean(14);
  run.has_changes = row.boolean(15);
  options_from_text(row.text(16), run);
}

void read_origin(const storage::Row& row, Run& run) {
  run.origin.token = row.id<providers::OAuthTokenId>(17);
  run.origin.repository_id = row.text(18);
  run.origin.repository_path = row.text(19);
  run.origin.commit_sha = row.text(20);
  run.origin.branch = row.text(21);
  run.origin.pull_request_number = static_cast<int>(row.integer(22));
  run.origin.from_fork = row.boolean(23);
}

Run read_run(const storage::Row& row) {
  Run run;
  run.id = row.id<RunId>(0);
  run.organization = row.id<auth::OrganizationId>(1);
  run.workspace = row.text(2);
  run.configuration_version = row.id<ConfigurationVersionId>(3);
  run.status = find_status(row.text(4)).value_or(Status::kErrored);
  run.source = row.text(5);
  run.message = row.text(6);
  run.trigger_reason = row.text(7);
  run.error = row.text(8);
  read_settings(row, run);
  read_origin(row, run);
  run.status_context = row.text(24);
  run.unique_key = row.text(25);
  run.plan_hash = row.text(26);
  run.plan_id = row.text(27);
  run.apply_id = row.text(28);
  run.created_by = actor_from_text(row.text(29));
  run.confirmed_by = actor_from_text(row.text(30));
  run.sequence = row.integer(31);
  run.created_at = row.time(32);
  run.canceled_at = row.optional_time(33);
  run.force_cancel_available_at = row.optional_time(34);
  run.times = times_from_text(row.text(35));
  run.worker = row.text(36);
  run.directory = row.text(37);
  return run;
}

std::vector<Run> read_runs(const storage::Rows& rows) {
  std::vector<Run> runs;
  runs.reserve(rows.size());
  for (const auto& row : rows) runs.push_back(read_run(row));
  return runs;
}

base::Status insert_phase(storage::Transaction& transaction, const Run& run, const std::string& id, const char* kind) {
  // log_hash: of addresses that older versions gave out; they did not end, and are none any more.
  auto inserted = transaction.execute(
      "INSERT INTO run_phases (id, run_id, kind, log_hash, status, has_changes, additions, changes, destructions, "
      "imports, times) VALUES ($1, $2, $3, $1, 'pending', 0, 0, 0, 0, 0, '{}')",
      {id, run.id, kind});
  if (!inserted) return std::move(inserted).error();
  return {};
}

}  // namespace

base::Status insert_run(storage::Transaction& transaction, Run& run) {
  const auto unique_key = run.unique_key.empty() ? std::optional<std::string>() : std::optional(run.unique_key);
  ASSIGN_OR_RETURN(
      const auto turn,
      transaction.find("INSERT INTO run_queues (workspace_id, holder, turns) VALUES ($1, '', 1) ON CONFLICT "
                       "(workspace_id) DO UPDATE SET turns = run_queues.turns + 1 RETURNING turns",
                       {run.workspace}));
  // Runs of a workspace are in the order of their turns, those of an organization in about the order of their time.
  run.sequence = base::to_millis(run.created_at) * 1'000'000 + turn->integer(0) % 1'000'000;
  auto inserted = transaction.execute(
      "INSERT INTO runs (id, organization_id, workspace_id, configuration_version_id, status, is_final, source, "
      "message, "
      "trigger_reason, error, plan_only, is_destroy, refresh, refresh_only, allow_empty_apply, auto_apply, "
      "has_changes, "
      "options, token_id, repository_id, repository_path, commit_sha, branch, pull_request_number, from_fork, "
      "status_context, unique_key, plan_hash, plan_id, apply_id, created_by, created_by_name, confirmed_by, sequence, "
      "created_at, times) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17, $18, "
      "$19, $20, $21, $22, $23, $24, $25, $26, '', $27, $28, $29, $30, '{}', $31, $32, $33)",
      {run.id,
       run.organization,
       run.workspace,
       run.configuration_version,
       status_name(run.status),
       is_final(run.status),
       run.source,
       run.message,
       run.trigger_reason,
       run.error,
       run.plan_only,
       run.is_destroy,
       run.refresh,
       run.refresh_only,
       run.allow_empty_apply,
       run.auto_apply,
       options_to_text(run),
       run.origin.token,
       run.origin.repository_id,
       run.origin.repository_path,
       run.origin.commit_sha,
       run.origin.branch,
       run.origin.pull_request_number,
       run.origin.from_fork,
       run.status_context,
       unique_key,
       run.plan_id,
       run.apply_id,
       actor_to_text(run.created_by),
       run.created_by.name,
       run.sequence,
       run.created_at,
       times_to_text(run.times)});
  if (!inserted) return std::move(inserted).error();
  RETURN_IF_ERROR(insert_phase(transaction, run, run.plan_id, "plan"));
  return insert_phase(transaction, run, run.apply_id, "apply");
}

base::Status update_run(storage::Transaction& transaction, const Run& run, Status expected) {
  ASSIGN_OR_RETURN(
      const auto changed,
      transaction.execute(
          "UPDATE runs SET status = $2, is_final = $3, error = $4, has_changes = $5, plan_hash = $6, "
          "confirmed_by = $7, canceled_at = $8, force_cancel_available_at = $9, times = $10, "
          "commit_sha = $11, branch = $12, worker = $14, directory = $15 WHERE id = $1 AND status = $13",
          {run.id, status_name(run.status), is_final(run.status), run.error, run.has_changes, run.plan_hash,
           actor_to_text(run.confirmed_by), run.canceled_at, run.force_cancel_available_at, times_to_text(run.times),
           run.origin.commit_sha, run.origin.branch, status_name(expected), run.worker, run.directory}));
  if (changed == 0) return base::conflict("the run went on meanwhile: read it again");
  return {};
}

base::Result<std::optional<Run>> find_run(storage::Connection& connection, std::string_view id) {
  ASSIGN_OR_RETURN(const auto row, connection.find(RUN_COLUMNS "WHERE r.id = $1", {id}));
  return row ? std::optional(read_run(*row)) : std::optional<Run>();
}

base::Result<std::vector<Run>> find_runs(storage::Connection& connection, const std::vector<std::string>& ids) {
  const IdList list(ids);
  ASSIGN_OR_RETURN(const auto rows, connection.query(RUN_COLUMNS "WHERE r.id IN " + list.text,
                                                     std::span<const storage::Value>(list.values)));
  return read_runs(rows);
}

base::Result<std::optional<Run>> find_by_unique_key(storage::Connection& connection, std::string_view key) {
  ASSIGN_OR_RETURN(const auto row, connection.find(RUN_COLUMNS "WHERE r.unique_key = $1", {key}));
  return row ? std::optional(read_run(*row)) : std::optional<Run>();
}

base::Status release_unique_keys(storage::Transaction& transaction, std::string_view delivery) {
  RETURN_IF_ERROR(transaction.execute(
      "UPDATE runs SET unique_key = NULL WHERE unique_key IN (SELECT workspace_id || '|' || event || '|' || commit_sha "
      "FROM trigger_decisions WHERE delivery_id = $1)",
      {delivery}));
  return {};
}

base::Result<bool> has_runs(storage::Connection& connection, std::string_view workspace) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT 1 FROM runs WHERE workspace_id = $1 LIMIT 1", {workspace}));
  return row.has_value();
}

base::Result<std::optional<Run>> next_in_queue(storage::Connection& connection, std::string_view workspace) {
  ASSIGN_OR_RETURN(
      const auto row,
      connection.find(RUN_COLUMNS "JOIN configuration_versions c ON c.id = r.configuration_version_id WHERE "
                                  "r.workspace_id = $1 AND r.is_final = 0 AND r.status = 'pending' AND r.plan_only = 0 "
                                  "AND c.status = 'uploaded' ORDER BY r.sequence LIMIT 1",
                      {workspace}));
  return row ? std::optional(read_run(*row)) : std::optional<Run>();
}

base::Result<std::vector<Run>> unfinished(storage::Connection& connection, std::string_view workspace) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query(RUN_COLUMNS "WHERE r.workspace_id = $1 AND r.is_final = 0 ORDER BY r.sequence", {workspace}));
  return read_runs(rows);
}

base::Result<std::vector<Run>> of_commit(storage::Connection& connection, const Origin& origin) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query(RUN_COLUMNS "WHERE r.token_id = $1 AND r.repository_id = $2 AND r.commit_sha = $3 "
                                                "ORDER BY r.sequence, r.id",
                                    {origin.token, origin.repository_id, origin.commit_sha}));
  return read_runs(rows);
}

base::Result<std::vector<Run>> of_configuration(storage::Connection& connection, const ConfigurationVersionId& id) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query(RUN_COLUMNS "WHERE r.configuration_version_id = $1 ORDER BY r.sequence", {id}));
  return read_runs(rows);
}

base::Result<bool> take_turn(storage::Transaction& transaction, std::string_view workspace, const RunId& run) {
  ASSIGN_OR_RETURN(const auto changed,
                   transaction.execute("UPDATE run_queues SET holder = $2 WHERE workspace_id = $1 AND holder = ''",
                                       {workspace, run}));
  return changed > 0;
}

base::Status end_turn(storage::Transaction& transaction, std::string_view workspace, const RunId& run) {
  auto changed = transaction.execute("UPDATE run_queues SET holder = '' WHERE workspace_id = $1 AND holder = $2",
                                     {workspace, run});
  if (!changed) return std::move(changed).error();
  return {};
}

// --- Lists ----------------------------------------------------------------------------------------------------------

namespace {

// Optional conditions as parameters, so that the statement is one constant: a list arrives as ",a,b,".
std::string packed(const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string out = ",";
  for (const auto& item : items) out += item + ",";
  return out;
}

std::string pattern(const std::string& text) {
  if (text.empty()) return "";
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

#define RUN_FILTER                                                                                   \
  "($2 = -1 OR r.plan_only = $2) AND ($3 = '' OR $3 LIKE '%,' || r.status || ',%') "                 \
  "AND ($4 = '' OR $4 LIKE '%,' || r.source || ',%') AND ($5 = '' OR r.created_by_name = $5) "       \
  "AND ($6 = '' OR r.commit_sha LIKE $6 ESCAPE '\\') "                                               \
  "AND ($7 = '' OR r.message LIKE $7 ESCAPE '\\' OR r.id = $8 OR r.commit_sha LIKE $7 ESCAPE '\\') " \
  "AND ($9 = 0 OR r.is_final = 0) AND ($10 = '' OR $10 LIKE '%,' || r.workspace_id || ',%') "

struct Statement {
  std::string_view newest, oldest, count;
  // What most lists ask for, counted from an index and no further than needed; `count` reads every row.
  std::string_view count_all, count_kind, count_unfinished;
};
constexpr Statement kOfWorkspace{
    RUN_COLUMNS "WHERE r.workspace_id = $1 AND " RUN_FILTER "ORDER BY r.sequence DESC LIMIT $11 OFFSET $12",
    RUN_COLUMNS "WHERE r.workspace_id = $1 AND " RUN_FILTER "ORDER BY r.sequence LIMIT $11 OFFSET $12",
    "SELECT COUNT(*) FROM runs r WHERE r.workspace_id = $1 AND " RUN_FILTER,
    "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE workspace_id = $1 LIMIT $2) AS counted",
    "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE workspace_id = $1 AND plan_only = $3 LIMIT $2) AS counted",
    "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE workspace_id = $1 AND is_final = 0 LIMIT $2) AS counted"};
constexpr Statement kOfOrganization{
    RUN_COLUMNS "WHERE r.organization_id = $1 AND " RUN_FILTER "ORDER BY r.sequence DESC LIMIT $11 OFFSET $12",
    RUN_COLUMNS "WHERE r.organization_id = $1 AND " RUN_FILTER "ORDER BY r.sequence LIMIT $11 OFFSET $12",
    "SELECT COUNT(*) FROM runs r WHERE r.organization_id = $1 AND " RUN_FILTER,
    "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE organization_id = $1 LIMIT $2) AS counted",
    "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE organization_id = $1 AND plan_only = $3 LIMIT $2) AS counted",
    "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE organization_id = $1 AND is_final = 0 LIMIT $2) AS counted"};

std::vector<storage::Value> parameters(const RunFilter& filter) {
  return {filter.workspace.empty() ? filter.organization.str() : filter.workspace,
          std::int64_t{filter.plan_only ? (*filter.plan_only ? 1 : 0) : -1},
          packed(filter.statuses),
          packed(filter.sources),
          filter.user,
          filter.commit.empty() ? std::string() : pattern(filter.commit).substr(1),
          pattern(filter.text),
          filter.text,
          filter.unfinished_only,
          packed(filter.among)};
}

base::Result<std::vector<storage::Row>> count_runs(storage::Connection& connection, const Statement& statement,
                                                   const RunFilter& filter, const std::vector<storage::Value>& values,
                                                   const base::PageRequest& page) {
  const bool any_text = !filter.statuses.empty() || !filter.sources.empty() || !filter.user.empty() ||
                        !filter.commit.empty() || !filter.text.empty() || !filter.among.empty();
  if (any_text || (filter.plan_only && filter.unfinished_only)) {
    return connection.query(statement.count, std::span<const storage::Value>(values));
  }
  const auto& of = values.front();
  const storage::Value enough = base::count_limit(page, filter.counted);
  if (filter.plan_only) return connection.query(statement.count_kind, {of, enough, *filter.plan_only});
  if (filter.unfinished_only) return connection.query(statement.count_unfinished, {of, enough});
  return connection.query(statement.count_all, {of, enough});
}

}  // namespace

base::Result<base::Page<Run>> list_runs(storage::Connection& connection, const RunFilter& filter,
                                        const base::PageRequest& page) {
  const Statement& statement = filter.workspace.empty() ? kOfOrganization : kOfWorkspace;
  auto values = parameters(filter);
  ASSIGN_OR_RETURN(const auto count, count_runs(connection, statement, filter, values, page));
  values.emplace_back(page.size);
  values.emplace_back(page.offset());
  ASSIGN_OR_RETURN(const auto rows, connection.query(filter.oldest_first ? statement.oldest : statement.newest,
                                                     std::span<const storage::Value>(values)));
  return base::Page<Run>{read_runs(rows), count.front().integer(0), page};
}

base::Result<Capacity> capacity(storage::Connection& connection, const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT SUM(CASE WHEN status = 'pending' THEN 1 ELSE 0 END), SUM(CASE WHEN status IN "
                       "('planning', 'applying', 'plan_queued', 'apply_queued', 'confirmed') THEN 1 ELSE 0 "
                       "END) FROM runs WHERE organization_id = $1 AND is_final = 0",
                       {organization}));
  return Capacity{rows.front().integer(0), rows.front().integer(1)};
}

base::Result<std::map<std::string, std::int64_t>> positions_in_queue(storage::Connection& connection,
                                                                     const std::vector<Run>& runs) {
  std::map<std::string, std::int64_t> positions;
  std::vector<std::string> waiting;
  for (const Run& run : runs) {
    if (run.status == Status::kPending && !run.plan_only) waiting.push_back(run.id.str());
  }
  if (waiting.empty()) return positions;
  const IdList list(waiting);
  const std::string sql =
      "SELECT r.id, (SELECT COUNT(*) FROM runs b WHERE b.workspace_id = r.workspace_id AND b.is_final = 0 AND "
      "b.plan_only = 0 AND b.sequence < r.sequence) FROM runs r WHERE r.id IN " +  // sql-ok: parameter numbers
      list.text;
  ASSIGN_OR_RETURN(const auto rows, connection.query(sql, std::span<const storage::Value>(list.values)));
  for (const auto& row : rows) positions[row.text(0)] = row.integer(1);
  return positions;
}

}  // namespace runs::store
