#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/page.h"
#include "base/result.h"
#include "runs/run.h"
#include "storage/database.h"

// The SQL of runs, on the connection of the caller.
namespace runs::store {

base::Status insert_ingress(storage::Transaction& transaction, const auth::OrganizationId& organization,
                            const Ingress& ingress);
base::Result<std::optional<Ingress>> find_ingress(storage::Connection& connection, const IngressId& id);

base::Result<std::vector<Ingress>> find_ingresses(storage::Connection& connection, const std::vector<std::string>& ids);

base::Status insert_configuration(storage::Transaction& transaction, const ConfigurationVersion& version);
// Writes status, times, errors, archive and ingress.
base::Status update_configuration(storage::Transaction& transaction, const ConfigurationVersion& version);
base::Result<std::optional<ConfigurationVersion>> find_configuration(storage::Connection& connection,
                                                                     std::string_view id);
base::Result<std::vector<ConfigurationVersion>> find_configurations(storage::Connection& connection,
                                                                    const std::vector<std::string>& ids);
// Those of the file names that a configuration refers to.
base::Result<std::vector<std::string>> archives_in_use(storage::Connection& connection,
                                                       const std::vector<std::string>& names);
base::Result<base::Page<ConfigurationVersion>> list_configurations(storage::Connection& connection,
                                                                   std::string_view workspace,
                                                                   const base::PageRequest& page);
// The newest one that has its files and is no pull request's.
base::Result<std::optional<ConfigurationVersion>> latest_configuration(storage::Connection& connection,
                                                                       std::string_view workspace);

// With both phases; sets run.sequence. kConflict (is_unique_violation) if unique_key is taken.
base::Status insert_run(storage::Transaction& transaction, Run& run);
// Writes what changes in a run's life, if its status still is `expected`; kConflict otherwise.
base::Status update_run(storage::Transaction& transaction, const Run& run, Status expected);
base::Result<std::optional<Run>> find_run(storage::Connection& connection, std::string_view id);
base::Result<std::optional<Run>> find_by_unique_key(storage::Connection& connection, std::string_view key);
// The runs of the workspaces and commits that were decided about for that delivery give up their unique keys, so that
// one more of each can be made.
base::Status release_unique_keys(storage::Transaction& transaction, std::string_view delivery);
base::Result<bool> has_runs(storage::Connection& connection, std::string_view workspace);
// Those of them that there are, in no order. Lists of ids hold any number, the empty one too.
base::Result<std::vector<Run>> find_runs(storage::Connection& connection, const std::vector<std::string>& ids);
// Oldest run of the workspace that waits for its turn (pending, not plan-only, its files there).
base::Result<std::optional<Run>> next_in_queue(storage::Connection& connection, std::string_view workspace);
// Runs that are not final; of one workspace, one configuration version or one pull request.
base::Result<std::vector<Run>> unfinished(storage::Connection& connection, std::string_view workspace);
base::Result<std::vector<Run>> of_configuration(storage::Connection& connection, const ConfigurationVersionId& id);

// Of all workspaces, for that commit of the origin's repository; oldest first.
base::Result<std::vector<Run>> of_commit(storage::Connection& connection, const Origin& origin);

struct RunFilter {
  auth::OrganizationId organization;
  std::string workspace;              // empty: all of the organization,
  std::vector<std::string> among;     // or, if there are any, those of these
  std::optional<bool> plan_only;      // filter[operation]
  std::vector<std::string> statuses;  // empty: all
  std::vector<std::string> sources;
  std::string user, commit, text;  // search[…]
  bool unfinished_only = false;
  bool oldest_first = false;
  bool counted = false;  // the total is exact, however long counting takes
};
// The total is exact if the filter says `counted` or has a text; else it stops where base::count_limit says.
base::Result<base::Page<Run>> list_runs(storage::Connection& connection, const RunFilter& filter,
                                        const base::PageRequest& page);
struct Capacity {
  std::int64_t pending = 0, running = 0;
};
base::Result<Capacity> capacity(storage::Connection& connection, const auth::OrganizationId& organization);
// How many waiting runs of its workspace come before each of these runs; those that do not wait are left out.
base::Result<std::map<std::string, std::int64_t>> positions_in_queue(storage::Connection& connection,
                                                                     const std::vector<Run>& runs);

// A workspace's turn. take(): false if another run has it.
base::Result<bool> take_turn(storage::Transaction& transaction, std::string_view workspace, const RunId& run);
base::Status end_turn(storage::Transaction& transaction, std::string_view workspace, const RunId& run);

base::Result<std::optional<Phase>> find_phase(storage::Connection& connection, std::string_view id);
base::Result<std::vector<Phase>> find_phases(storage::Connection& connection, const std::vector<std::string>& ids);
base::Status update_phase(storage::Transaction& transaction, const Phase& phase);

base::Status insert_event(storage::Transaction& transaction, const RunEvent& event);
// The ids of each run's events and comments, oldest first.
using IdsByRun = std::map<std::string, std::vector<std::string>>;
base::Result<IdsByRun> event_ids(storage::Connection& connection, const std::vector<Run>& runs);
base::Result<IdsByRun> comment_ids(storage::Connection& connection, const std::vector<Run>& runs);
base::Result<std::vector<RunEvent>> list_events(storage::Connection& connection, const RunId& run);
base::Result<std::optional<RunEvent>> find_event(storage::Connection& connection, std::string_view id);
base::Status insert_comment(storage::Transaction& transaction, const Comment& comment);
base::Result<std::vector<Comment>> list_comments(storage::Connection& connection, const RunId& run);
base::Result<std::optional<Comment>> find_comment(storage::Connection& connection, std::string_view id);

}  // namespace runs::store
