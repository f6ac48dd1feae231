#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "jobs/queue.h"
#include "runs/run.h"
#include "storage/database.h"
#include "vcs/provider.h"

namespace runs {

// One commit status for all workspaces that run for a commit, where the organization wants it so
// (aggregated-commit-status-enabled). Its context is "runbridge/acme"; one workspace's own is "runbridge/acme/prod".
namespace aggregate {

bool is_aggregate(const std::string& status_context);

// A run of the commit changed: the status is worked out again, soon and once, however many do at the same time.
base::Status ask(storage::Transaction& transaction, const Run& run);

// The job "status.aggregate".
jobs::Outcome work(storage::Database& database, const base::Clock& clock, const std::string& public_url,
                   const jobs::Job& job);

// What the newest runs of a commit's workspaces are together: failed as soon as one failed, under way while one is,
// canceled if one was; with a sentence.
std::pair<vcs::CommitState, std::string> status_of_all(const std::vector<Run>& runs);

}  // namespace aggregate
}  // namespace runs
