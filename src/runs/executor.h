#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "jobs/queue.h"
#include "runs/lifecycle.h"
#include "runs/run_log.h"
#include "runs/sandbox.h"
#include "runs/service.h"
#include "workspaces/variable.h"

namespace runs {

// Plans and applies, as jobs. A plan that a dead process left half-done is made again; an apply of which nobody knows
// how far it came is not. Thread-safe.
class Executor {
 public:
  struct Dependencies {
    storage::Database& database;
    vault::Vault& vault;
    Lifecycle& lifecycle;
    workspaces::Variables& variables;
    Sandbox& sandbox;
    Options options;
  };
  explicit Executor(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

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

  base::Result<Work> load(const std::string& run);
  base::Status prepare_plan(Work& work);
  base::Status check_plan(Work& work);
  base::Status open_log(Work& work, const std::string& phase);
  base::Result<Exit> run_program(Work& work, const std::vector<std::string>& argv, bool shown, std::string* output);
  base::Status run_plan(Work& work);
  base::Status run_apply(Work& work);
  base::Status count_changes(Work& work, const std::string& tool);
  base::Result<std::string> tool() const;
  base::Status settle(Work& work, const base::Status& outcome, Phase::Kind kind);
  jobs::Outcome finish(Work& work, const base::Status& outcome, Phase::Kind kind);
  base::Status step(Run& run, Step step, const std::string& description);
  void keep_state(const Work& work) const;
  base::Status fetch_state(const Work& work) const;

  Dependencies dependencies_;
  base::Guarded<std::map<std::string, std::stop_source>> running_;
  std::atomic<bool> stopping_ = false;
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
