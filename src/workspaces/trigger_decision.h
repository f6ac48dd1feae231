#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/page.h"
#include "base/result.h"
#include "storage/database.h"
#include "workspaces/decision.h"
#include "workspaces/ids.h"

namespace workspaces {

// What was decided for one workspace and one event, kept so that people can ask.
struct TriggerDecision {
  DecisionId id;
  WorkspaceId workspace;
  std::string delivery;  // empty: not from a delivery
  std::string event;     // "push", "tag", "pull-request"
  std::string ref;
  std::string commit;
  std::optional<std::int64_t> pull_request;
  std::string outcome;  // see outcome_name()
  std::int64_t rule = 0;
  std::string rule_name;
  std::string reason;
  std::string run;  // empty: none was made
  base::Time created_at;
};

base::Status insert_decisions(storage::Transaction& transaction, const std::vector<TriggerDecision>& decisions);
// Newest first.
base::Result<base::Page<TriggerDecision>> list_decisions(storage::Connection& connection, const WorkspaceId& workspace,
                                                         const base::PageRequest& page);
// Newest first, at most 1,000.
base::Result<std::vector<TriggerDecision>> decisions_of_delivery(storage::Connection& connection,
                                                                 std::string_view delivery);

// The commit of the last push to that branch that was not passed over for a newer one; empty if there is none among
// the workspace's newest decisions.
base::Result<std::string> last_pushed_commit(storage::Connection& connection, const WorkspaceId& workspace,
                                             std::string_view branch);

}  // namespace workspaces
