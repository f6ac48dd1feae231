#pragma once

#include <string>
#include <utility>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/result.h"
#include "jobs/queue.h"
#include "providers/service.h"
#include "runs/run.h"
#include "storage/database.h"
#include "vcs/provider.h"

namespace runs {

// What a run's status is at the provider, with a sentence.
std::pair<vcs::CommitState, std::string> status_of(const Run& run);

// Commit statuses on their way to the provider. One row for each repository, commit and context: the newest state is
// the only one that is still to be posted, and two posts of one row never overlap, so an older state is never last.
namespace outbox {

struct Entry {
  auth::OrganizationId organization;
  Origin origin;
  std::string context;
  vcs::CommitState state = vcs::CommitState::kPending;
  std::string description;
  std::string target_url;
};
base::Status put(storage::Transaction& transaction, const base::Clock& clock, const Entry& entry);

// Nothing, if that is what the provider was or will be told anyway.
base::Status put_if_changed(storage::Transaction& transaction, const base::Clock& clock, const Entry& entry);

// The job "status.post".
jobs::Outcome post(storage::Database& database, const base::Clock& clock, providers::Service& providers,
                   const jobs::Job& job);

}  // namespace outbox
}  // namespace runs
