#pragma once

#include "storage/migrations.h"

namespace runs {

// configuration_versions, ingresses, runs, run_phases, run_queues, run_events, run_comments, commit_statuses. After
// the workspaces'.
storage::Component migrations();

}  // namespace runs
