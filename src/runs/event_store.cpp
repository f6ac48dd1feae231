#include "runs/id_list.h"
#include "runs/store.h"
#include "runs/text.h"

namespace runs::store {
namespace {

#define PHASE_COLUMNS \
  "SELECT id, run_id, kind, status, has_changes, additions, changes, destructions, imports, times FROM run_phases "

#define EVENT_COLUMNS "SELECT id, run_id, action, description, actor, created_at FROM run_events "

RunEvent read_event(const storage::Row& row) {
  return {row.id<RunEventId>(0), row.id<RunId>(1), row.text(2), row.text(3), actor_from_text(row.text(4)), row.time(5)};
}

Phase read_phase(const storage::Row& row) {
  Phase phase;
  phase.id = row.text(0);
  phase.run = row.id<RunId>(1);
  phase.kind = row.text(2) == "plan" ? Phase::Kind::kPlan : Phase::Kind::kApply;
  phase.status = row.text(3);
  phase.has_changes = row.boolean(4);
  phase.additions = row.integer(5);
  phase.changes = row.integer(6);
  phase.destructions = row.integer(7);
  phase.imports = row.integer(8);
  phase.times = times_from_text(row.text(9));
  return phase;
}

std::optional<Phase> first(const std::optional<storage::Row>& row) {
  return row ? std::optional(read_phase(*row)) : std::nullopt;
}

std::vector<std::string> ids_of(const std::vector<Run>& runs) {
  std::vector<std::string> ids;
  for (const Run& run : runs) ids.push_back(run.id.str());
  return ids;
}

base::Result<IdsByRun> ids_by_run(storage::Connection& connection, std::string_view before, const IdList& list) {
  const std::string sql = std::string(before) + list.text + " ORDER BY created_at, id";
  ASSIGN_OR_RETURN(const auto rows, connection.query(sql, std::span<const storage::Value>(list.values)));
  IdsByRun ids;
  for (const auto& row : rows) ids[row.text(0)].push_back(row.text(1));
  return ids;
}

Comment read_comment(const storage::Row& row) {
  return {row.id<CommentId>(0), row.id<RunId>(1), row.text(2), actor_from_text(row.text(3)), row.time(4)};
}

}  // namespace

base::Result<std::optional<Phase>> find_phase(storage::Connection& connection, std::string_view id) {
  ASSIGN_OR_RETURN(const auto row, connection.find(PHASE_COLUMNS "WHERE id = $1", {id}));
  return first(row);
}

base::Result<std::vector<Phase>> find_phases(storage::Connection& connection, const std::vector<std::string>& ids) {
  const IdList list(ids);
  ASSIGN_OR_RETURN(const auto rows, connection.query(PHASE_COLUMNS "WHERE id IN " + list.text,
                                                     std::span<const storage::Value>(list.values)));
  std::vector<Phase> phases;
  for (const auto& row : rows) phases.push_back(read_phase(row));
  return phases;
}

base::Status update_phase(storage::Transaction& transaction, const Phase& phase) {
  auto updated = transaction.execute(
      "UPDATE run_phases SET status = $2, has_changes = $3, additions = $4, changes = $5, destructions = $6, imports = "
      "$7, times = $8 WHERE id = $1",
      {phase.id, phase.status, phase.has_changes, phase.additions, phase.changes, phase.destructions, phase.imports,
       times_to_text(phase.times)});
  if (!updated) return std::move(updated).error();
  return {};
}

base::Status insert_event(storage::Transaction& transaction, const RunEvent& event) {
  auto inserted = transaction.execute(
      "INSERT INTO run_events (id, run_id, action, description, actor, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
      {event.id, event.run, event.action, event.description, actor_to_text(event.actor), event.created_at});
  if (!inserted) return std::move(inserted).error();
  return {};
}

base::Result<IdsByRun> event_ids(storage::Connection& connection, const std::vector<Run>& runs) {
  return ids_by_run(connection, "SELECT run_id, id FROM run_events WHERE run_id IN ", IdList(ids_of(runs)));
}

base::Result<IdsByRun> comment_ids(storage::Connection& connection, const std::vector<Run>& runs) {
  return ids_by_run(connection, "SELECT run_id, id FROM run_comments WHERE run_id IN ", IdList(ids_of(runs)));
}

base::Result<std::vector<RunEvent>> list_events(storage::Connection& connection, const RunId& run) {
  ASSIGN_OR_RETURN(const auto rows, connection.query(EVENT_COLUMNS "WHERE run_id = $1 ORDER BY created_at, id", {run}));
  std::vector<RunEvent> events;
  for (const auto& row : rows) events.push_back(read_event(row));
  return events;
}

base::Result<std::optional<RunEvent>> find_event(storage::Connection& connection, std::string_view id) {
  ASSIGN_OR_RETURN(const auto row, connection.find(EVENT_COLUMNS "WHERE id = $1", {id}));
  return row ? std::optional(read_event(*row)) : std::optional<RunEvent>();
}

base::Status insert_comment(storage::Transaction& transaction, const Comment& comment) {
  auto inserted =
      transaction.execute("INSERT INTO run_comments (id, run_id, body, author, created_at) VALUES ($1, $2, $3, $4, $5)",
                          {comment.id, comment.run, comment.body, actor_to_text(comment.author), comment.created_at});
  if (!inserted) return std::move(inserted).error();
  return {};
}

base::Result<std::vector<Comment>> list_comments(storage::Connection& connection, const RunId& run) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT id, run_id, body, author, created_at FROM run_comments WHERE run_id = $1 "
                                    "ORDER BY created_at, id",
                                    {run}));
  std::vector<Comment> comments;
  for (const auto& row : rows) comments.push_back(read_comment(row));
  return comments;
}

base::Result<std::optional<Comment>> find_comment(storage::Connection& connection, std::string_view id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT id, run_id, body, author, created_at FROM run_comments "
                                                   "WHERE id = $1",
                                                   {id}));
  return row ? std::optional(read_comment(*row)) : std::optional<Comment>();
}

}  // namespace runs::store
