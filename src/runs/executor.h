#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "connections/service.h"
#include "jobs/queue.h"
#include "runs/lifecycle.h"
#include "runs/run_key.h"
#include "runs/run_log.h"
#include "runs/sandbox.h"
#include "runs/service.h"
#include "workspaces/variable.h"

namespace runs {

// Plans and applies, as jobs. A plan that a dead process left half-done is made again; an apply of which nobody knows
// how far it came is not. Thread-safe.
//
// Each attempt has a token of its own, which the run's row and the attempt's directory are marked with. A worker that
// slept through its lease finds another token there when it wakes: nothing that it still has to say is stored, and
// its files are not those of its successor. What a person on any machine wants of a run is looked for in its row.
class Executor {
 public:
  struct Dependencies {
    storage::Database& database;
    vault::Vault& vault;
    Lifecycle& lifecycle;
    workspaces::Variables& variables;
    Sandbox& sandbox;
    Options options;
    OpenRunKey open_key = {};
    connections::Service* connections = nullptr;  // null: runs get none
  };
  explicit Executor(Dependencies dependencies);

  jobs::Outcome plan(const jobs::Job& job);
  jobs::Outcome apply(const jobs::Job& job);
  // Ends the run's program if it is one of this process.
  void stop_run(const RunId& id);
  // Ends all of them, for a shutdown: plans are made again by whoever takes the job next.
  void stop_all();

  std::filesystem::path run_directory(const std::string& run) const;
  std::filesystem::path log_file(const std::string& phase) const;
  std::filesystem::path archives() const;

 private:
  struct Work;  // one phase of one run under way
  class Running;
  struct Program {
    std::string run;
    std::stop_source stop;
    bool began = false;  // the run's row names the attempt
  };

  jobs::Outcome work(const jobs::Job& job, Phase::Kind kind);
  base::Result<Work> load(const std::string& run);
  // Makes the run this attempt's; an outcome if there is nothing (more) to do.
  std::optional<jobs::Outcome> take_up(Work& work);
  base::Status perform(Work& work);
  base::Status prepare_plan(Work& work);
  base::Status check_plan(Work& work);
  base::Status open_log(Work& work);
  base::Status note_use(const Work& work);
  base::Status borrow_key(Work& work);
  base::Status claim(Work& work);
  base::Status receive_connections(Work& work) const;
  std::map<std::string, std::string> environment_of(const Work& work) const;
  void note_connections(Work& work) const;
  base::Result<Exit> run_program(Work& work, const std::vector<std::string>& argv, bool shown, std::string* output);
  base::Status run_plan(Work& work);
  base::Status run_apply(Work& work);
  base::Status count_changes(Work& work, const std::string& tool);
  base::Result<std::string> tool() const;
  // False: the run is another attempt's by now, and nothing was stored.
  base::Result<bool> settle(Work& work, const base::Status& outcome);
  base::Status conclude(storage::Transaction& transaction, Work& work, Run& run, const base::Status& outcome);
  jobs::Outcome refuse(Work& work, const base::Error& reason);
  jobs::Outcome finish(Work& work, const base::Status& outcome);
  base::Status step(Work& work, Step step, const std::string& description);
  void watch();
  void keep_state(const Work& work) const;
  base::Status fetch_state(const Work& work) const;

  Dependencies dependencies_;
  base::Guarded<std::map<std::string, Program>> running_;  // by the attempt's token
  std::atomic<bool> stopping_ = false;
  std::jthread watcher_;  // last: it uses all of the above
};

// Changes of a plan, from `tofu show -json`.
struct PlanCounts {
  bool has_changes = false;
  std::int64_t additions = 0, changes = 0, destructions = 0, imports = 0;
};
PlanCounts count_plan(const std::string& plan_json);

// One hash over names, kinds and contents of everything below `directory`.
base::Result<std::string> hash_directory(const std::filesystem::path& directory);

// The variables of a run's programs. Pull requests from forks get no sensitive ones.
std::map<std::string, std::string> run_environment(const Run& run,
                                                   const std::vector<workspaces::OpenedVariable>& variables);

}  // namespace runs
