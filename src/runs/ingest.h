#pragma once

#include <filesystem>

#include "jobs/queue.h"
#include "runs/lifecycle.h"
#include "runs/source.h"
#include "storage/database.h"
#include "workspaces/workspace.h"

namespace runs {

// Gets the head of a workspace's branch for a run that no event made. Thread-safe.
class Ingest {
 public:
  struct Dependencies {
    storage::Database& database;
    Lifecycle& lifecycle;
    SourceAccess& source;
    std::filesystem::path archives;
  };
  explicit Ingest(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  static constexpr int kAttempts = 8;

  // A configuration version that is being fetched; its runs start when it is there.
  base::Result<ConfigurationVersion> start(storage::Transaction& transaction, const workspaces::Workspace& workspace);
  // The job "run.ingest".
  jobs::Outcome work(const jobs::Job& job);

 private:
  struct Fetched {
    Ingress ingress;
    std::string archive;
  };
  base::Result<Fetched> fetch(const workspaces::Workspace& workspace);
  base::Status settle(const std::string& version, const base::Result<Fetched>& fetched);

  Dependencies dependencies_;
};

}  // namespace runs
