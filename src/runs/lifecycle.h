#pragma once

#include <string>

#include "base/clock.h"
#include "runs/run.h"
#include "storage/database.h"
#include "workspaces/workspace.h"

namespace runs {

// The one place where a run changes: status, phases, history, queue and what is to be told to the provider commit
// together. Thread-safe; every call on its caller's transaction.
class Lifecycle {
 public:
  Lifecycle(const base::Clock& clock, std::string public_url) : clock_(clock), public_url_(std::move(public_url)) {}

  // Fills in what every run has and stores it; starts it if its turn has come and its files are there.
  base::Status create(storage::Transaction& transaction, Run& run, const workspaces::Workspace& workspace);
  // kConflict ("transition not allowed") if the run's status does not allow the step, or changed meanwhile.
  base::Status step(storage::Transaction& transaction, Run& run, Step step, const Actor& actor,
                    const std::string& description);
  // Hands the workspace's turn to the next run, if it is free and the workspace is not locked.
  base::Status advance(storage::Transaction& transaction, const std::string& workspace);
  // The files of a configuration are there: its runs may start.
  base::Status configuration_ready(storage::Transaction& transaction, const ConfigurationVersion& version);
  // A success for a workspace that a pull request does not concern.
  base::Status note_untriggered(storage::Transaction& transaction, const auth::OrganizationId& organization,
                                const Origin& origin, const std::string& context);

  base::Time now() const { return clock_.now(); }
  const base::Clock& clock() const { return clock_; }

 private:
  base::Status start_plan_job(storage::Transaction& transaction, const Run& run);
  base::Status update_phases(storage::Transaction& transaction, const Run& run, Status from, Step step);
  base::Status add_event(storage::Transaction& transaction, const Run& run, const std::string& action,
                         const std::string& description, const Actor& actor);
  base::Status note_status(storage::Transaction& transaction, const Run& run);

  const base::Clock& clock_;
  std::string public_url_;
};

}  // namespace runs
