#pragma once

#include <filesystem>

#include "jobs/queue.h"
#include "runs/lifecycle.h"
#include "runs/source.h"
#include "storage/database.h"
#include "workspaces/workspace.h"

namespace runs {

// Gets the files of runs that were made before their files were here: the head of a workspace's branch for a run that
// no event made, the commit of a push whose change list nobody asked for. Thread-safe.
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

  // One fetch and one archive for configurations of the same commit; their runs start when it is there, or fail with
  // the reason it is not.
  static base::Status fetch_later(storage::Transaction& transaction, const std::vector<std::string>& versions,
                                  bool with_submodules = false);
  // The job "run.fetch".
  jobs::Outcome work_for_all(const jobs::Job& job);

 private:
  struct Fetched {
    Ingress ingress;
    std::string archive;
  };
  base::Result<Fetched> fetch(const workspaces::Workspace& workspace);
  base::Result<std::optional<Run>> first_waiting(const std::vector<std::string>& versions);
  base::Result<std::string> fetch(const Run& run, bool with_submodules);
  base::Status settle(const std::string& version, const base::Result<Fetched>& fetched);
  base::Status settle(storage::Transaction& transaction, const std::string& version,
                      const base::Result<std::string>& archive);

  Dependencies dependencies_;
};

}  // namespace runs
