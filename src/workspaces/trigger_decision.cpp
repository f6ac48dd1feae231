#include "workspaces/trigger_decision.h"

#include <algorithm>

#define DECISION_COLUMNS                                                                                    \
  "id, workspace_id, delivery_id, event, ref, commit_sha, pull_request, outcome, rule, rule_name, reason, " \
  "run_id, created_at"

namespace workspaces {
namespace {

constexpr std::size_t kColumns = 13;
constexpr std::size_t kRowsAtOnce = 200;

TriggerDecision decision_from(const storage::Row& row) {
  TriggerDecision d;
  d.id = row.id<DecisionId>(0);
  d.workspace = row.id<WorkspaceId>(1);
  d.delivery = row.text(2);
  d.event = row.text(3);
  d.ref = row.text(4);
  d.commit = row.text(5);
  d.pull_request = row.optional_integer(6);
  d.outcome = row.text(7);
  d.rule = row.integer(8);
  d.rule_name = row.text(9);
  d.reason = row.text(10);
  d.run = row.text(11);
  d.created_at = row.time(12);
  return d;
}

// "($1, …, $13), ($14, …)" for so many rows.
std::string row_placeholders(std::size_t rows) {
  std::string text;
  for (std::size_t i = 0; i < rows * kColumns; ++i) {
    text += i % kColumns == 0 ? (i == 0 ? "($" : "), ($") : ", $";
    text += std::to_string(i + 1);
  }
  return text + ")";
}

}  // namespace

base::Status insert_decisions(storage::Transaction& transaction, const std::vector<TriggerDecision>& decisions) {
  for (std::size_t from = 0; from < decisions.size(); from += kRowsAtOnce) {
    const auto count = std::min(kRowsAtOnce, decisions.size() - from);
    std::vector<storage::Value> values;
    values.reserve(count * kColumns);
    for (std::size_t i = from; i < from + count; ++i) {
      const auto& d = decisions[i];
      values.insert(values.end(), {storage::Value(d.id), storage::Value(d.workspace), d.delivery, d.event, d.ref,
                                   d.commit, storage::Value(d.pull_request), d.outcome, d.rule, d.rule_name, d.reason,
                                   d.run, storage::Value(d.created_at)});
    }
    RETURN_IF_ERROR(
        transaction.execute("INSERT INTO trigger_decisions (" DECISION_COLUMNS ") VALUES " + row_placeholders(count),
                            std::span<const storage::Value>(values)));
  }
  return {};
}

base::Result<base::Page<TriggerDecision>> list_decisions(storage::Connection& connection, const WorkspaceId& workspace,
                                                         const base::PageRequest& page) {
  base::Page<TriggerDecision> result{{}, 0, page};
  ASSIGN_OR_RETURN(const auto count,
                   connection.query("SELECT COUNT(*) FROM trigger_decisions WHERE workspace_id = $1", {workspace}));
  result.total = count.at(0).integer(0);
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT " DECISION_COLUMNS
                                                     " FROM trigger_decisions WHERE workspace_id = $1 ORDER BY "
                                                     "created_at DESC, id DESC LIMIT $2 OFFSET $3",
                                                     {workspace, page.size, page.offset()}));
  for (const auto& row : rows) result.items.push_back(decision_from(row));
  return result;
}

base::Result<std::vector<TriggerDecision>> decisions_of_delivery(storage::Connection& connection,
                                                                 std::string_view delivery) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT " DECISION_COLUMNS " FROM trigger_decisions WHERE delivery_id = $1 "
                                    "ORDER BY created_at DESC, id DESC LIMIT 1000",
                                    {delivery}));
  std::vector<TriggerDecision> out;
  for (const auto& row : rows) out.push_back(decision_from(row));
  return out;
}

base::Result<std::string> last_pushed_commit(storage::Connection& connection, const WorkspaceId& workspace,
                                             std::string_view branch) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT commit_sha FROM (SELECT commit_sha, event, ref, rule_name, created_at, id "
                                   "FROM trigger_decisions WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC "
                                   "LIMIT 100) AS newest WHERE event = 'push' AND ref = $2 AND rule_name <> "
                                   "'newer-commit' ORDER BY created_at DESC, id DESC LIMIT 1",
                                   {workspace, branch}));
  return row ? row->text(0) : std::string();
}

}  // namespace workspaces
