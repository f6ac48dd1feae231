#include "runs/executor.h"

#include "base/process.h"
#include "base/secret.h"
#include "git/unpack.h"
#include "logging/log.h"
#include "runs/state_file.h"
#include "runs/store.h"
#include "workspaces/store.h"

namespace runs {
namespace {

constexpr const char* kPlanFile = "runbridge.tfplan";
constexpr const char* kStateFile = "terraform.tfstate";
constexpr const char* kUnknownOutcome =
    "unknown outcome: the server stopped while applying. Look at what was changed, then start a new run; this one is "
    "not applied again";
constexpr std::size_t kStateBytes = std::size_t{64} << 20U;

std::string minutes_or_reason(const Exit& exit, const std::string& what) { return what + ": " + exit.reason; }

// The directory the programs start in: below the tree, through no link that leads out of it.
base::Result<std::filesystem::path> start_directory(const std::filesystem::path& tree, const std::string& relative) {
  std::error_code problem;
  const auto root = std::filesystem::canonical(tree, problem);
  if (problem) return base::unavailable("the run's directory is gone from this machine");
  const auto start = std::filesystem::canonical(tree / relative, problem);
  if (problem || !std::filesystem::is_directory(start)) {
    return base::invalid("the commit has no directory '" + relative + "': check the workspace's working directory");
  }
  const auto inside = start.lexically_relative(root);
  if (inside.empty() || *inside.begin() == "..") {
    return base::invalid("the working directory '" + relative + "' leads out of the repository");
  }
  return start;
}

}  // namespace

struct Executor::Work {
  Run run;
  workspaces::Workspace workspace;
  ConfigurationVersion version;
  std::vector<workspaces::OpenedVariable> variables;
  std::filesystem::path tree, start;
  std::unique_ptr<RunLog> log;
  std::stop_token cancel;
  PlanCounts counts;
  bool canceled = false;
};

// Registers a run's stop source while its phase is under way.
class Executor::Running {
 public:
  Running(Executor& executor, std::string run) : executor_(executor), run_(std::move(run)) {
    token_ = executor_.running_.with([&](auto& all) { return all[run_].get_token(); });
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    executor_.running_.with([&](auto& all) { all.erase(run_); });
  }
  std::stop_token token() const { return token_; }

 private:
  Executor& executor_;
  std::string run_;
  std::stop_token token_;
};

std::filesystem::path Executor::run_directory(const std::string& run) const {
  return dependencies_.options.data_directory / "runs" / run;
}
std::filesystem::path Executor::log_file(const std::string& phase) const {
  return dependencies_.options.data_directory / "logs" / (phase + ".log");
}
std::filesystem::path Executor::archives() const { return dependencies_.options.data_directory / "archives"; }

void Executor::stop_run(const RunId& id) {
  running_.with([&](auto& all) {
    if (const auto found = all.find(id.str()); found != all.end()) found->second.request_stop();
  });
}

void Executor::stop_all() {
  stopping_ = true;
  running_.with([](auto& all) {
    for (auto& [run, source] : all) source.request_stop();
  });
}

base::Status Executor::step(Run& run, Step step, const std::string& description) {
  return dependencies_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto current, store::find_run(transaction, run.id.str()));
    if (!current) return base::not_found("not found");
    current->has_changes = run.has_changes;
    current->plan_hash = run.plan_hash;
    RETURN_IF_ERROR(dependencies_.lifecycle.step(transaction, *current, step, {}, description));
    run = *current;
    return {};
  });
}

base::Result<Executor::Work> Executor::load(const std::string& run) {
  return dependencies_.database.read([&](storage::Connection& connection) -> base::Result<Work> {
    Work work;
    ASSIGN_OR_RETURN(auto found, store::find_run(connection, run));
    if (!found) return base::not_found("the run is gone");
    work.run = *std::move(found);
    ASSIGN_OR_RETURN(auto workspace, workspaces::store::find(connection, workspaces::WorkspaceId(work.run.workspace)));
    ASSIGN_OR_RETURN(auto version, store::find_configuration(connection, work.run.configuration_version.str()));
    if (!workspace || !version) return base::not_found("the run's workspace is gone");
    work.workspace = *std::move(workspace);
    work.version = *std::move(version);
    return work;
  });
}

base::Status Executor::open_log(Work& work, const std::string& phase) {
  auto variables = dependencies_.database.read(
      [&](storage::Connection& connection) { return dependencies_.variables.open(connection, work.workspace); });
  std::vector<base::Secret> secrets;
  if (variables) {
    for (const auto& variable : *variables) {
      if (variable.sensitive) secrets.push_back(variable.value);
    }
  }
  ASSIGN_OR_RETURN(work.log, RunLog::open(log_file(phase), secrets));
  if (!variables) return std::move(variables).error();
  work.variables = *std::move(variables);
  return {};
}

jobs::Outcome Executor::plan(const jobs::Job& job) {
  auto loaded = load(job.payload);
  if (!loaded) {
    return loaded.error().code == base::Code::kNotFound ? jobs::Outcome::done()
                                                        : jobs::Outcome::retry(loaded.error().message);
  }
  Work work = *std::move(loaded);
  const Running running(*this, work.run.id.str());
  work.cancel = running.token();
  // Left half-done by a process that died.
  if (work.run.status == Status::kPlanning) {
    if (work.run.canceled_at) return finish(work, {}, Phase::Kind::kPlan);
    if (auto again = step(work.run, Step::kRetryPlan, "the server stopped while planning: the plan is made again");
        !again)
      return jobs::Outcome::retry(again.error().message);
  }
  if (work.run.status != Status::kPending) return jobs::Outcome::done();
  if (auto started = step(work.run, Step::kStartPlan, ""); !started) {
    return started.error().code == base::Code::kConflict ? jobs::Outcome::done()
                                                         : jobs::Outcome::retry(started.error().message);
  }
  base::Status outcome = open_log(work, work.run.plan_id);
  if (outcome) outcome = prepare_plan(work);
  if (outcome) outcome = run_plan(work);
  return finish(work, outcome, Phase::Kind::kPlan);
}

jobs::Outcome Executor::apply(const jobs::Job& job) {
  auto loaded = load(job.payload);
  if (!loaded) {
    return loaded.error().code == base::Code::kNotFound ? jobs::Outcome::done()
                                                        : jobs::Outcome::retry(loaded.error().message);
  }
  Work work = *std::move(loaded);
  const Running running(*this, work.run.id.str());
  work.cancel = running.token();
  if (work.run.status == Status::kApplying) {
    return finish(work, base::unavailable(kUnknownOutcome), Phase::Kind::kApply);
  }
  if (work.run.status != Status::kConfirmed) return jobs::Outcome::done();
  if (auto started = step(work.run, Step::kStartApply, ""); !started) {
    return started.error().code == base::Code::kConflict ? jobs::Outcome::done()
                                                         : jobs::Outcome::retry(started.error().message);
  }
  base::Status outcome = open_log(work, work.run.apply_id);
  if (outcome) outcome = check_plan(work);
  if (outcome) outcome = run_apply(work);
  return finish(work, outcome, Phase::Kind::kApply);
}

base::Status Executor::prepare_plan(Work& work) {
  const auto directory = run_directory(work.run.id.str());
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  std::filesystem::create_directories(directory, ignored);
  work.tree = directory / "tree";
  if (work.version.archive.empty()) return base::unavailable("the configuration has no files");
  ASSIGN_OR_RETURN(const auto unpacked, git::unpack(archives() / work.version.archive, work.tree));
  work.log->line("Commit " + (work.run.origin.commit_sha.empty() ? "(none)" : work.run.origin.commit_sha) + ", " +
                 std::to_string(unpacked.files) + " files");
  ASSIGN_OR_RETURN(work.start, start_directory(work.tree, work.workspace.working_directory));
  RETURN_IF_ERROR(fetch_state(work));
  return {};
}

base::Status Executor::check_plan(Work& work) {
  work.tree = run_directory(work.run.id.str()) / "tree";
  ASSIGN_OR_RETURN(work.start, start_directory(work.tree, work.workspace.working_directory));
  ASSIGN_OR_RETURN(const auto hash, hash_directory(work.tree));
  if (hash != work.run.plan_hash) {
    return base::conflict("what the plan left behind was changed since: nothing was applied. Start a new run");
  }
  return {};
}

base::Result<std::string> Executor::tool() const {
  if (!dependencies_.options.tool.empty()) return dependencies_.options.tool;
  for (const char* name : {"tofu", "terraform"}) {
    if (const auto found = base::find_program(name)) return found->string();
  }
  return base::unavailable(
      "there is nothing to plan with: install tofu or terraform on the server, name it with --tool, or give the "
      "workspace a plan-command");
}

base::Result<Exit> Executor::run_program(Work& work, const std::vector<std::string>& argv, bool shown,
                                         std::string* output) {
  Command command;
  command.argv = argv;
  command.work_dir = work.tree;
  command.start_in = work.workspace.working_directory;
  command.environment = run_environment(work.run, work.variables);
  command.network = work.workspace.limits.network;
  command.timeout = std::chrono::seconds(work.workspace.limits.timeout_seconds);
  command.memory_bytes = static_cast<std::uint64_t>(work.workspace.limits.memory_mb) << 20U;
  command.output_bytes = static_cast<std::uint64_t>(work.workspace.limits.output_mb) << 20U;
  const std::filesystem::path program(argv.front());
  if (program.is_absolute() && !argv.front().starts_with("/usr/")) command.read_only.push_back(program);
  if (shown) work.log->line("$ " + argv.front() + (argv.size() > 1 ? " " + argv[1] : ""));
  auto exit = dependencies_.sandbox.run(
      command,
      [&](std::string_view text) {
        if (shown) work.log->write(text);
        if (output != nullptr) output->append(text);
      },
      work.cancel);
  work.log->flush();
  if (exit && exit->canceled) work.canceled = true;
  return exit;
}

base::Status Executor::run_plan(Work& work) {
  const auto expect = [&](const std::vector<std::string>& argv, const std::string& what) -> base::Status {
    ASSIGN_OR_RETURN(const auto exit, run_program(work, argv, true, nullptr));
    if (!exit.ok()) return base::unavailable(minutes_or_reason(exit, what + " failed"));
    return {};
  };
  if (!work.workspace.plan_command.empty()) {
    RETURN_IF_ERROR(expect(work.workspace.plan_command, "the plan command"));
    work.counts.has_changes = !work.workspace.apply_command.empty();
  } else {
    ASSIGN_OR_RETURN(const auto program, tool());
    RETURN_IF_ERROR(expect({program, "init", "-input=false", "-no-color"}, "init"));
    std::vector<std::string> plan = {program, "plan", "-input=false", "-no-color", std::string("-out=") + kPlanFile};
    if (work.run.is_destroy) plan.emplace_back("-destroy");
    if (!work.run.refresh) plan.emplace_back("-refresh=false");
    if (work.run.refresh_only) plan.emplace_back("-refresh-only");
    for (const auto& address : work.run.target_addresses) plan.push_back("-target=" + address);
    for (const auto& address : work.run.replace_addresses) plan.push_back("-replace=" + address);
    RETURN_IF_ERROR(expect(plan, "the plan"));
    RETURN_IF_ERROR(count_changes(work, program));
  }
  ASSIGN_OR_RETURN(work.run.plan_hash, hash_directory(work.tree));
  work.run.has_changes = work.counts.has_changes;
  return {};
}

base::Status Executor::count_changes(Work& work, const std::string& tool) {
  std::string json;
  ASSIGN_OR_RETURN(const auto exit, run_program(work, {tool, "show", "-json", "-no-color", kPlanFile}, false, &json));
  if (!exit.ok()) return base::unavailable("the plan could not be read back: " + exit.reason);
  work.counts = count_plan(json);
  return {};
}

base::Status Executor::run_apply(Work& work) {
  std::vector<std::string> argv = work.workspace.apply_command;
  if (argv.empty()) {
    if (!work.workspace.plan_command.empty()) {
      return base::invalid("the workspace has a plan-command and no apply-command: there is nothing to apply with");
    }
    ASSIGN_OR_RETURN(const auto program, tool());
    argv = {program, "apply", "-input=false", "-no-color", kPlanFile};
  }
  const auto exit = run_program(work, argv, true, nullptr);
  keep_state(work);
  if (!exit) return exit.error();
  if (!exit->ok()) return base::unavailable(minutes_or_reason(*exit, "the apply failed"));
  return {};
}

// Configurations without a backend keep their state beside the code; the server carries it from run to run.
void Executor::keep_state(const Work& work) const {
  std::error_code ignored;
  const auto from = work.start / kStateFile;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(from, ignored))) return;
  auto text = base::read_file(from, kStateBytes);
  const auto kept =
      !text ? base::Status(text.error()) : dependencies_.database.write([&](storage::Transaction& transaction) {
        return save_state(transaction, dependencies_.vault, work.run.workspace, base::Secret(*text));
      });
  if (text) base::wipe(text->data(), text->size());
  if (!kept) logging::error("a run's state could not be kept", {{"run", work.run.id}, {"why", kept.error().message}});
}

base::Status Executor::fetch_state(const Work& work) const {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(work.start / kStateFile, ignored))) return {};
  ASSIGN_OR_RETURN(const auto state, dependencies_.database.read([&](storage::Connection& connection) {
    return load_state(connection, dependencies_.vault, work.run.workspace);
  }));
  if (!state) return {};
  return base::write_file(work.start / kStateFile, state->reveal());
}

// What the phase came to, as one transaction. A run that a person ended meanwhile stays as it is.
base::Status Executor::settle(Work& work, const base::Status& outcome, Phase::Kind kind) {
  return dependencies_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto run, store::find_run(transaction, work.run.id.str()));
    if (!run || is_final(run->status)) return {};
    auto& lifecycle = dependencies_.lifecycle;
    if (work.canceled && kind == Phase::Kind::kApply && !run->canceled_at) {
      return lifecycle.step(transaction, *run, Step::kFail, {}, kUnknownOutcome);  // the server ended it, no person
    }
    if (work.canceled || (kind == Phase::Kind::kPlan && run->canceled_at)) {
      return lifecycle.step(transaction, *run, Step::kCancel, {}, "canceled");
    }
    if (!outcome) return lifecycle.step(transaction, *run, Step::kFail, {}, outcome.error().message);
    if (kind == Phase::Kind::kApply) return lifecycle.step(transaction, *run, Step::kFinishApply, {}, "");
    run->has_changes = work.run.has_changes;
    run->plan_hash = work.run.plan_hash;
    ASSIGN_OR_RETURN(auto phase, store::find_phase(transaction, run->plan_id));
    if (phase) {
      phase->additions = work.counts.additions;
      phase->changes = work.counts.changes;
      phase->destructions = work.counts.destructions;
      phase->imports = work.counts.imports;
      phase->has_changes = work.counts.has_changes;
      RETURN_IF_ERROR(store::update_phase(transaction, *phase));
    }
    const bool waits = !run->plan_only && (run->has_changes || run->allow_empty_apply);
    RETURN_IF_ERROR(lifecycle.step(transaction, *run, waits ? Step::kPlanChanged : Step::kPlanFinish, {}, ""));
    if (waits && run->auto_apply) return lifecycle.step(transaction, *run, Step::kConfirm, {}, "applied by itself");
    return {};
  });
}

jobs::Outcome Executor::finish(Work& work, const base::Status& outcome, Phase::Kind kind) {
  const std::string& phase = kind == Phase::Kind::kPlan ? work.run.plan_id : work.run.apply_id;
  if (stopping_ && work.canceled && kind == Phase::Kind::kPlan) {
    return jobs::Outcome::retry("the server stops: the plan is made again", base::Millis(0));
  }
  if (work.log && !outcome) work.log->line(outcome.error().message);
  work.log.reset();
  auto settled = settle(work, outcome, kind);
  if (!settled) {
    logging::error("the end of a run could not be stored", {{"run", work.run.id}, {"error", settled.error()}});
    return jobs::Outcome::retry(settled.error().message);
  }
  if (auto ended = RunLog::end(log_file(phase)); !ended) {
    logging::error("a log was not closed", {{"run", work.run.id}, {"error", ended.error()}});
  }
  const auto run = dependencies_.database.read(
      [&](storage::Connection& connection) { return store::find_run(connection, work.run.id.str()); });
  if (run && (!*run || is_final((*run)->status))) {
    std::error_code ignored;
    std::filesystem::remove_all(run_directory(work.run.id.str()), ignored);
  }
  return jobs::Outcome::done();
}

}  // namespace runs
