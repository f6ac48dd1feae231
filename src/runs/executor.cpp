#include "runs/executor.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "auth/audit.h"
#include "base/process.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/strings.h"
#include "base/thread.h"
#include "git/unpack.h"
#include "jsonapi/json.h"
#include "jsonapi/resource.h"
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
constexpr int kAttempts = 5;  // to open service connections, when something is away for the moment
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
  Phase::Kind kind = Phase::Kind::kPlan;
  std::string token;  // of this attempt
  Run run;
  workspaces::Workspace workspace;
  ConfigurationVersion version;
  std::vector<workspaces::OpenedVariable> variables;
  connections::RunMaterials received;  // of service connections
  std::vector<std::string> withheld;   // names of those that a fork's run is not given
  std::filesystem::path tree, start;
  std::unique_ptr<RunLog> log;
  std::unique_ptr<LentKey> key;
  std::stop_token cancel;
  PlanCounts counts;
  bool canceled = false;
  int attempt = 1;  // of the job

  bool is_plan() const { return kind == Phase::Kind::kPlan; }
  const std::string& phase() const { return is_plan() ? run.plan_id : run.apply_id; }
};

// Registers an attempt's stop source while it is under way.
class Executor::Running {
 public:
  Running(Executor& executor, Work& work) : executor_(executor), attempt_(work.token) {
    work.cancel = executor_.running_.with([&](auto& all) {
      Program& program = all[attempt_];
      program.run = work.run.id.str();
      return program.stop.get_token();
    });
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    executor_.running_.with([&](auto& all) { all.erase(attempt_); });
  }

 private:
  Executor& executor_;
  std::string attempt_;
};

Executor::Executor(Dependencies dependencies) : dependencies_(std::move(dependencies)) {
  watcher_ = base::start_thread("run-watch", [this](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    while (!stop.stop_requested()) {
      std::unique_lock lock(mutex);
      never.wait_for(lock, stop, dependencies_.options.watch_every, [] { return false; });
      if (!stop.stop_requested()) watch();
    }
  });
}

// Ends programs whose run was canceled, ended, deleted or taken over, by whichever machine.
void Executor::watch() {
  const auto programs = running_.copy();
  if (programs.empty()) return;
  std::vector<std::string> ids;
  for (const auto& [attempt, program] : programs) ids.push_back(program.run);
  const auto runs =
      dependencies_.database.read([&](storage::Connection& connection) { return store::find_runs(connection, ids); });
  if (!runs) return;  // whether the run is still ours nobody can tell; settle() asks again
  for (const auto& [attempt, program] : programs) {
    const auto run =
        std::find_if(runs->begin(), runs->end(), [&id = program.run](const Run& one) { return one.id.str() == id; });
    const bool wanted = run != runs->end() && !is_final(run->status) && !run->canceled_at;
    if (wanted && (!program.began || run->worker == attempt)) continue;
    auto stop = program.stop;
    stop.request_stop();
  }
}

std::filesystem::path Executor::run_directory(const std::string& run) const {
  return dependencies_.options.data_directory / "runs" / run;
}
std::filesystem::path Executor::log_file(const std::string& phase) const {
  return dependencies_.options.data_directory / "logs" / (phase + ".log");
}
std::filesystem::path Executor::archives() const { return dependencies_.options.data_directory / "archives"; }

void Executor::stop_run(const RunId& id) {
  running_.with([&](auto& all) {
    for (auto& [attempt, program] : all) {
      if (program.run == id.str()) program.stop.request_stop();
    }
  });
}

void Executor::stop_all() {
  stopping_ = true;
  running_.with([](auto& all) {
    for (auto& [attempt, program] : all) program.stop.request_stop();
  });
}

base::Status Executor::step(Work& work, Step step, const std::string& description) {
  return dependencies_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto current, store::find_run(transaction, work.run.id.str()));
    if (!current) return base::not_found("not found");
    if (current->worker != work.run.worker) return base::conflict("another worker has taken the run up");
    current->worker = work.token;
    RETURN_IF_ERROR(dependencies_.lifecycle.step(transaction, *current, step, {}, description));
    work.run = *current;
    return {};
  });
}

// Marks the run as this attempt's and leaves its status.
base::Status Executor::claim(Work& work) {
  return dependencies_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto current, store::find_run(transaction, work.run.id.str()));
    if (!current) return base::not_found("not found");
    if (current->worker != work.run.worker) return base::conflict("another worker has taken the run up");
    current->worker = work.token;
    RETURN_IF_ERROR(store::update_run(transaction, *current, work.run.status));
    work.run = *std::move(current);
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

base::Status Executor::open_log(Work& work) {
  auto variables = dependencies_.database.read(
      [&](storage::Connection& connection) { return dependencies_.variables.open(connection, work.workspace); });
  std::vector<base::Secret> secrets;
  if (variables) {
    for (const auto& variable : *variables) {
      if (variable.sensitive) secrets.push_back(variable.value);
    }
  }
  ASSIGN_OR_RETURN(work.log, RunLog::open(log_file(work.phase()), secrets, work.received.materials.masked));
  if (!variables) return std::move(variables).error();
  work.variables = *std::move(variables);
  note_connections(work);
  return note_use(work);
}

// No sensitive value leaves the vault for a run without a line in the audit log; it has their names.
base::Status Executor::note_use(const Work& work) {
  auto names = jsonapi::Json::array();
  for (const auto& variable : work.variables) {
    if (variable.sensitive && !work.run.origin.from_fork) names.push_back(variable.key);
  }
  if (names.empty()) return {};
  auth::AuditEntry entry;
  entry.organization = work.run.organization;
  entry.who = auth::system_principal();
  entry.action = "variable.use";
  entry.target_type = "workspaces";
  entry.target_id = work.run.workspace;
  entry.detail = jsonapi::dump(
      {{"run", work.run.id.str()}, {"purpose", work.is_plan() ? "plan" : "apply"}, {"variables", std::move(names)}});
  return dependencies_.database.write([&](storage::Transaction& transaction) {
    return auth::audit(transaction, dependencies_.lifecycle.clock(), entry);
  });
}

// What the run's service connections bring. Before anything is started: a run that may not have one starts nothing.
base::Status Executor::receive_connections(Work& work) const {
  if (dependencies_.connections == nullptr) return {};
  const connections::RunUse use{work.run.id.str(), work.run.workspace, work.run.service_connections,
                                std::chrono::seconds(work.workspace.limits.timeout_seconds)};
  if (!work.run.origin.from_fork) {
    ASSIGN_OR_RETURN(work.received, dependencies_.connections->open_for_run(
                                        use, dependencies_.sandbox.private_directory(work.run.id.str())));
    return {};
  }
  ASSIGN_OR_RETURN(const auto named, dependencies_.database.read([&](storage::Connection& connection) {
    return dependencies_.connections->connections_of(connection, use);
  }));
  for (const auto& one : named) work.withheld.push_back(one.name);
  return {};
}

// A variable that the workspace has itself wins.
std::map<std::string, std::string> Executor::environment_of(const Work& work) const {
  auto environment = run_environment(work.run, work.variables);
  for (const auto& variable : work.received.materials.variables) {
    environment.try_emplace(variable.name, variable.value.reveal());
  }
  return environment;
}

void Executor::note_connections(Work& work) const {
  if (!work.withheld.empty()) {
    work.log->line(
        "Service connections: none. The pull request comes from a fork, and its author decides what runs here, "
        "so these are not given to it: " +
        base::join(work.withheld, ", "));
  }
  if (!work.received.names.empty()) work.log->line("Service connections: " + base::join(work.received.names, ", "));
  const auto own = run_environment(work.run, work.variables);
  for (const auto& variable : work.received.materials.variables) {
    if (!own.contains(variable.name)) continue;
    work.log->line("The workspace's own variable " + variable.name + " wins over that of the service connection '" +
                   variable.connection + "'");
  }
  for (const auto& warning : work.received.materials.warnings) work.log->line("Warning: " + warning);
}

jobs::Outcome Executor::plan(const jobs::Job& job) { return work(job, Phase::Kind::kPlan); }
jobs::Outcome Executor::apply(const jobs::Job& job) { return work(job, Phase::Kind::kApply); }

jobs::Outcome Executor::work(const jobs::Job& job, Phase::Kind kind) {
  auto loaded = load(job.payload);
  if (!loaded) {
    return loaded.error().code == base::Code::kNotFound ? jobs::Outcome::done()
                                                        : jobs::Outcome::retry(loaded.error().message);
  }
  Work work = *std::move(loaded);
  work.kind = kind;
  work.attempt = job.attempt;
  work.token = base::random_base58(16);
  const Running running(*this, work);
  if (auto ended = take_up(work)) return *std::move(ended);
  return finish(work, perform(work));
}

std::optional<jobs::Outcome> Executor::take_up(Work& work) {
  const auto refused = [](const base::Error& error) {
    return error.code == base::Code::kConflict ? jobs::Outcome::done() : jobs::Outcome::retry(error.message);
  };
  const Status at_work = work.is_plan() ? Status::kPlanning : Status::kApplying;
  const Status waiting = work.is_plan() ? Status::kPending : Status::kConfirmed;
  // Left half-done by a process that died, or sleeps.
  if (work.run.status == at_work) {
    dependencies_.sandbox.discard(work.run.id.str());
    if (!work.is_plan()) return finish(work, base::unavailable(kUnknownOutcome));
    if (work.run.canceled_at) return finish(work, {});
    auto again = step(work, Step::kRetryPlan, "the server stopped while planning: the plan is made again");
    if (!again) return refused(again.error());
  }
  if (work.run.status != waiting) return jobs::Outcome::done();
  if (auto received = receive_connections(work); !received) return refuse(work, received.error());
  auto started = step(work, work.is_plan() ? Step::kStartPlan : Step::kStartApply, "");
  if (!started) return refused(started.error());
  running_.with([&](auto& all) { all[work.token].began = true; });
  return std::nullopt;
}

base::Status Executor::perform(Work& work) {
  RETURN_IF_ERROR(open_log(work));
  RETURN_IF_ERROR(work.is_plan() ? prepare_plan(work) : check_plan(work));
  RETURN_IF_ERROR(borrow_key(work));
  return work.is_plan() ? run_plan(work) : run_apply(work);
}

// A key that cannot be used is for people to see, and no reason to fail a run that may not need it. Forks get none.
base::Status Executor::borrow_key(Work& work) {
  if (work.workspace.ssh_key.empty() || !dependencies_.open_key || work.run.origin.from_fork) return {};
  auto opened = dependencies_.open_key(work.workspace.organization, work.workspace.ssh_key,
                                       std::string(work.is_plan() ? "plan" : "apply") + " of " + work.run.id.str());
  if (!opened && opened.error().code != base::Code::kInvalid && opened.error().code != base::Code::kNotFound) {
    return std::move(opened).error();
  }
  if (!opened) {
    work.log->line("The workspace's SSH key cannot be used: " + opened.error().message);
    return {};
  }
  ASSIGN_OR_RETURN(work.key, LentKey::start(*std::move(opened), work.tree.parent_path(),
                                            dependencies_.options.data_directory / "runs"));
  work.log->line("Git over SSH uses the workspace's key" +
                 std::string(work.workspace.limits.network ? "" : "; but the workspace has no network-access"));
  return {};
}

// Ends a run that did not get what it needs, with the reason in its log.
jobs::Outcome Executor::refuse(Work& work, const base::Error& reason) {
  const bool is_passing = reason.code == base::Code::kUnavailable || reason.code == base::Code::kInternal;
  if (is_passing && work.attempt < kAttempts) return jobs::Outcome::retry(reason.message);
  // First, since what is written to a log is its last opener's.
  if (const auto claimed = claim(work); !claimed) {
    return claimed.error().code == base::Code::kConflict ? jobs::Outcome::done()
                                                         : jobs::Outcome::retry(claimed.error().message);
  }
  auto log = RunLog::open(log_file(work.phase()), {});
  if (log) work.log = *std::move(log);
  return finish(work, reason);
}

base::Status Executor::prepare_plan(Work& work) {
  const auto directory = run_directory(work.run.id.str()) / work.token;
  std::error_code ignored;
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
  work.tree = run_directory(work.run.id.str()) / work.run.directory / "tree";
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
      "there is nothing to plan with: install tofu or terraform on the server, or give the workspace a plan-command "
      "and an apply-command");
}

base::Result<Exit> Executor::run_program(Work& work, const std::vector<std::string>& argv, bool shown,
                                         std::string* output) {
  Command command;
  command.argv = argv;
  command.work_dir = work.tree;
  command.start_in = work.workspace.working_directory;
  command.environment = environment_of(work);
  if (!work.received.materials.files.empty()) {
    command.private_directory = dependencies_.sandbox.private_directory(work.run.id.str());
    for (const auto& file : work.received.materials.files) {
      command.private_files.push_back({file.path, file.content, file.mode});
    }
  }
  command.network = work.workspace.limits.network;
  command.timeout = std::chrono::seconds(work.workspace.limits.timeout_seconds);
  command.memory_bytes = static_cast<std::uint64_t>(work.workspace.limits.memory_mb) << 20U;
  command.output_bytes = static_cast<std::uint64_t>(work.workspace.limits.output_mb) << 20U;
  if (work.key) work.key->lend_to(command);
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
  const auto keep = [&](storage::Transaction& transaction) -> base::Status {
    // Never over the state of a run that came after this one was given up.
    ASSIGN_OR_RETURN(const auto run, store::find_run(transaction, work.run.id.str()));
    if (!run || run->worker != work.token) {
      return base::conflict("the run was given up or taken over before its apply had ended");
    }
    return save_state(transaction, dependencies_.vault, work.run.workspace, base::Secret(*text));
  };
  const auto kept = !text ? base::Status(text.error()) : dependencies_.database.write(keep);
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
base::Result<bool> Executor::settle(Work& work, const base::Status& outcome) {
  return dependencies_.database.write([&](storage::Transaction& transaction) -> base::Result<bool> {
    ASSIGN_OR_RETURN(auto run, store::find_run(transaction, work.run.id.str()));
    if (!run) return true;
    if (run->worker != work.run.worker) return false;
    run->worker = work.token;
    if (!is_final(run->status)) RETURN_IF_ERROR(conclude(transaction, work, *run, outcome));
    return true;
  });
}

base::Status Executor::conclude(storage::Transaction& transaction, Work& work, Run& run, const base::Status& outcome) {
  auto& lifecycle = dependencies_.lifecycle;
  if (work.canceled && !work.is_plan() && !run.canceled_at) {
    return lifecycle.step(transaction, run, Step::kFail, {}, kUnknownOutcome);  // the server ended it, no person
  }
  if (work.canceled || (work.is_plan() && run.canceled_at)) {
    return lifecycle.step(transaction, run, Step::kCancel, {}, "canceled");
  }
  if (!outcome) return lifecycle.step(transaction, run, Step::kFail, {}, outcome.error().message);
  if (!work.is_plan()) return lifecycle.step(transaction, run, Step::kFinishApply, {}, "");
  run.has_changes = work.run.has_changes;
  run.plan_hash = work.run.plan_hash;
  run.directory = work.token;
  ASSIGN_OR_RETURN(auto phase, store::find_phase(transaction, run.plan_id));
  if (phase) {
    phase->additions = work.counts.additions;
    phase->changes = work.counts.changes;
    phase->destructions = work.counts.destructions;
    phase->imports = work.counts.imports;
    phase->has_changes = work.counts.has_changes;
    RETURN_IF_ERROR(store::update_phase(transaction, *phase));
  }
  const bool waits = !run.plan_only && (run.has_changes || run.allow_empty_apply);
  RETURN_IF_ERROR(lifecycle.step(transaction, run, waits ? Step::kPlanChanged : Step::kPlanFinish, {}, ""));
  if (waits && run.auto_apply) return lifecycle.step(transaction, run, Step::kConfirm, {}, "applied by itself");
  return {};
}

jobs::Outcome Executor::finish(Work& work, const base::Status& outcome) {
  if (stopping_ && work.canceled && work.is_plan()) {
    return jobs::Outcome::retry("the server stops: the plan is made again", base::Millis(0));
  }
  if (work.log && !outcome) work.log->line(outcome.error().message);
  work.log.reset();
  auto settled = settle(work, outcome);
  if (!settled) {
    logging::error("the end of a run could not be stored", {{"run", work.run.id}, {"error", settled.error()}});
    return jobs::Outcome::retry(settled.error().message);
  }
  std::error_code ignored;
  if (!*settled) {
    logging::warning("a worker woke up after its run was taken over: what it did is not kept", {{"run", work.run.id}});
    if (work.is_plan()) std::filesystem::remove_all(run_directory(work.run.id.str()) / work.token, ignored);
    return jobs::Outcome::done();
  }
  if (auto ended = RunLog::end(log_file(work.phase())); !ended) {
    logging::error("a log was not closed", {{"run", work.run.id}, {"error", ended.error()}});
  }
  const auto run = dependencies_.database.read(
      [&](storage::Connection& connection) { return store::find_run(connection, work.run.id.str()); });
  if (run && (!*run || is_final((*run)->status))) {
    std::filesystem::remove_all(run_directory(work.run.id.str()), ignored);
  }
  return jobs::Outcome::done();
}

}  // namespace runs
