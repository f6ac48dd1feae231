#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "auth/ids.h"
#include "auth/principal.h"
#include "base/clock.h"
#include "base/page.h"
#include "base/result.h"
#include "providers/ids.h"
#include "providers/service.h"
#include "runs/ids.h"
#include "runs/run.h"
#include "runs/run_key.h"
#include "runs/sandbox.h"
#include "storage/database.h"
#include "vault/vault.h"
#include "webhooks/delivery_handler.h"

namespace jobs {
class Workers;
}
namespace connections {
class Service;
struct RunConnection;
}  // namespace connections
namespace workspaces {
class Variables;
}

namespace runs {

class Pictures;
class SourceAccess;

struct Options {
  std::filesystem::path data_directory;  // archives, logs and run directories are below it
  std::string public_url;                // "https://bridge.corp", no trailing slash
  std::string tool;                      // path of tofu or terraform; empty: looked up on the server's PATH
  int planners = 2;                      // plans at once in this process
  int appliers = 2;                      // applies at once in this process
  bool allow_forks = false;              // plan pull requests from forks, without sensitive variables
  base::Millis watch_every{1'000};       // between looks whether a run at work was canceled on another machine
};

// A run that somebody asks for.
struct NewRun {
  std::string workspace;
  std::string configuration_version;  // empty: the latest, or the head of the workspace's branch
  std::string source = "tfe-api";
  std::string message;
  bool plan_only = false, is_destroy = false, refresh = true, refresh_only = false, allow_empty_apply = false;
  std::optional<bool> auto_apply;  // empty: the workspace's
  std::vector<std::string> target_addresses, replace_addresses;
  std::vector<RunVariable> variables;
  std::vector<std::string> service_connections;  // ids or names
};

// Runs: from the event or request that makes one to the status on the commit. Thread-safe.
//
// A workspace runs one at a time, in the order in which they were made; plan-only runs wait for nobody. What one
// process leaves half-done when it dies is taken up by the jobs: plans are made again, an apply never.
class Service {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    vault::Vault& vault;
    providers::Service& providers;
    workspaces::Variables& variables;
    SourceAccess& source;
    Sandbox& sandbox;
    Options options;
    OpenRunKey open_key = {};                     // empty: workspaces' SSH keys are not lent to runs
    connections::Service* connections = nullptr;  // null: runs get none
  };
  // Makes the directories. kUnavailable if it cannot.
  static base::Result<std::unique_ptr<Service>> create(Dependencies dependencies);
  ~Service();

  // What turns deliveries into runs: for webhooks::Dispatcher.
  webhooks::DeliveryHandler& handler();

  // Makes this process run the jobs "run.ingest", "run.plan", "run.apply", "status.aggregate" and "status.post".
  void register_jobs(jobs::Workers& workers);
  // Removes directories of runs that have ended, and archives and logs that nobody refers to. At start.
  base::Status sweep();
  // Ends the programs of this process's runs; before jobs::Workers::stop().
  void stop();

  // --- For workspaces ---------------------------------------------------------------------------------------------

  // The lock is off, or something else changed that runs may have waited for. Inside the caller's transaction.
  base::Status advance(storage::Transaction& transaction, const std::string& workspace);
  // The workspace is about to be deleted: what is kept for it outside its own rows goes too.
  base::Status forget_workspace(storage::Transaction& transaction, const std::string& workspace);
  // The workspace was connected and queue-all-runs is on: a run of the branch's head.
  base::Status queue_first_run(storage::Transaction& transaction, const std::string& workspace);

  // --- For webhooks -----------------------------------------------------------------------------------------------

  // The delivery is to be worked through again and may make runs where it made some before. Inside the caller's
  // transaction.
  base::Status allow_runs_again(storage::Transaction& transaction, const webhooks::DeliveryId& delivery);

  // --- For the routes of this folder ------------------------------------------------------------------------------

  base::Result<Run> create_run(const auth::Principal& who, const NewRun& wanted);
  // kConflict ("transition not allowed") if the status does not allow it. `comment` may be empty.
  base::Status confirm(const auth::Principal& who, const RunId& id, const std::string& comment);
  base::Status discard(const auth::Principal& who, const RunId& id, const std::string& comment);
  base::Status cancel(const auth::Principal& who, const RunId& id, const std::string& comment);
  base::Status force_cancel(const auth::Principal& who, const RunId& id, const std::string& comment);
  base::Result<Comment> comment(const auth::Principal& who, const RunId& id, const std::string& body);

  // The path that reads a phase's log without further proof: "/api/v2/logs/<secret>", for 25 hours.
  std::string log_path(const std::string& phase_id) const;
  // Bytes of a log from `offset`, at most `limit`; empty when there is nothing (yet). kNotFound for a wrong or old
  // secret.
  base::Result<std::string> read_log(const std::string& secret, std::uint64_t offset, std::uint64_t limit);
  // The service connections that a run names, and whether it may have them.
  base::Result<std::vector<connections::RunConnection>> connections_of(const Run& run);
  // Where the files of a configuration version are; kNotFound unless uploaded.
  base::Result<std::filesystem::path> archive_of(const ConfigurationVersion& version);
  providers::Service& providers();
  Pictures& pictures();

 private:
  class Impl;
  explicit Service(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace runs
