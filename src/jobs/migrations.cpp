#include "jobs/migrations.h"

namespace jobs {
namespace {

constexpr storage::Migration kSteps[] = {
    {1, "queue", R"(
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  run_after BIGINT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  again SMALLINT NOT NULL DEFAULT 0,
  lease TEXT,
  leased_until BIGINT,
  reason TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_open ON jobs (kind, key) WHERE state <> 'parked';
CREATE INDEX jobs_due ON jobs (kind, state, run_after);
)"},
    // The order of claims too: without it a claim sorts everything that waits.
    {2, "claim order", R"(
CREATE INDEX jobs_order ON jobs (kind, state, run_after, created_at);
CREATE INDEX jobs_running ON jobs (leased_until) WHERE state = 'running';
DROP INDEX jobs_due;
)"},
};

}  // namespace

storage::Component migrations() { return {"jobs", kSteps}; }

}  // namespace jobs
