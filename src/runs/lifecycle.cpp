#include "runs/lifecycle.h"

#include "auth/organization.h"
#include "base/strings.h"
#include "jobs/queue.h"
#include "runs/aggregate.h"
#include "runs/outbox.h"
#include "runs/store.h"
#include "workspaces/store.h"

namespace runs {
namespace {

// What each step means for the plan and the apply; empty: nothing.
struct PhaseChange {
  Step step;
  const char* plan;
  const char* apply;
};
constexpr PhaseChange kPhaseChanges[] = {
    {Step::kStartPlan, "running", ""},
    {Step::kRetryPlan, "queued", ""},
    {Step::kPlanChanged, "finished", ""},
    {Step::kPlanFinish, "finished", "unreachable"},
    {Step::kConfirm, "", "queued"},
    {Step::kStartApply, "", "running"},
    {Step::kFinishApply, "", "finished"},
    {Step::kDiscard, "", "unreachable"},
    {Step::kFail, "errored", "unreachable"},
    {Step::kCancel, "canceled", "unreachable"},
    {Step::kForceCancel, "canceled", "unreachable"},
};

std::string time_key(const std::string& phase_status) {
  if (phase_status == "running") return "started-at";
  return phase_status + "-at";
}

bool ended(const std::string& phase_status) {
  return phase_status == "finished" || phase_status == "errored" || phase_status == "canceled" ||
         phase_status == "unreachable";
}

std::string action_of(Step step, Status to) {
  if (step == Step::kRetryPlan) return "requeued";
  return std::string(status_name(to));
}

// The target of a status: "runbridge/acme/prod" → "/app/acme/workspaces/prod".
std::string page_of(const std::string& context) {
  const auto parts = base::split(context, '/');
  if (parts.size() != 3) return "/app";
  return "/app/" + base::url_encode(parts[1]) + "/workspaces/" + base::url_encode(parts[2]);
}

}  // namespace

base::Status Lifecycle::create(storage::Transaction& transaction, Run& run, const workspaces::Workspace& workspace) {
  run.id = RunId::make();
  run.plan_id = base::random_id(PlanTag::kPrefix);
  run.apply_id = base::random_id(ApplyTag::kPrefix);
  run.organization = workspace.organization;
  run.workspace = workspace.id.str();
  run.created_at = clock_.now();
  run.times["plan-queueable-at"] = run.created_at;
  if (run.status == Status::kErrored) run.times["errored-at"] = run.created_at;
  ASSIGN_OR_RETURN(const auto organization, auth::find_organization(transaction, workspace.organization));
  if (!organization) return base::not_found("There is no such organization.");
  run.status_context = "runbridge/" + organization->name;
  if (!organization->aggregated_commit_status) run.status_context += "/" + workspace.name;
  RETURN_IF_ERROR(store::insert_run(transaction, run));
  RETURN_IF_ERROR(add_event(transaction, run, is_final(run.status) ? "errored" : "created", run.error, run.created_by));
  RETURN_IF_ERROR(workspaces::store::set_latest_run(transaction, workspace.id, run.id.str()));
  RETURN_IF_ERROR(note_status(transaction, run));
  if (is_final(run.status)) return {};
  if (!run.plan_only) return advance(transaction, run.workspace);
  ASSIGN_OR_RETURN(const auto version, store::find_configuration(transaction, run.configuration_version.str()));
  if (version && version->status == "uploaded") return start_plan_job(transaction, run);
  return {};
}

base::Status Lifecycle::start_plan_job(storage::Transaction& transaction, const Run& run) {
  RETURN_IF_ERROR(jobs::enqueue(transaction, {"run.plan", run.id.str(), run.id.str()}));
  return add_event(transaction, run, "queued", "the plan is next", {});
}

base::Status Lifecycle::advance(storage::Transaction& transaction, const std::string& workspace) {
  ASSIGN_OR_RETURN(const auto found, workspaces::store::find(transaction, workspaces::WorkspaceId(workspace)));
  if (!found || found->lock) return {};
  ASSIGN_OR_RETURN(const auto run, store::next_in_queue(transaction, workspace));
  if (!run) return {};
  ASSIGN_OR_RETURN(const bool taken, store::take_turn(transaction, workspace, run->id));
  if (!taken) return {};
  RETURN_IF_ERROR(workspaces::store::set_current_run(
      transaction, found->id, {run->id.str(), std::string(status_name(run->status)), run->created_at}));
  return start_plan_job(transaction, *run);
}

base::Status Lifecycle::configuration_ready(storage::Transaction& transaction, const ConfigurationVersion& version) {
  ASSIGN_OR_RETURN(const auto waiting, store::of_configuration(transaction, version.id));
  for (const Run& run : waiting) {
    if (run.status == Status::kPending && run.plan_only) RETURN_IF_ERROR(start_plan_job(transaction, run));
  }
  return advance(transaction, version.workspace);
}

base::Status Lifecycle::step(storage::Transaction& transaction, Run& run, Step step, const Actor& actor,
                             const std::string& description) {
  const Status from = run.status;
  const auto to = next(from, step);
  if (!to) return base::conflict("transition not allowed");
  run.status = *to;
  if (const auto key = timestamp_key(*to); !key.empty()) run.times[key] = clock_.now();
  if (step == Step::kFail) run.error = description;
  if (step == Step::kConfirm) run.confirmed_by = actor;
  RETURN_IF_ERROR(store::update_run(transaction, run, from));
  RETURN_IF_ERROR(update_phases(transaction, run, from, step));
  RETURN_IF_ERROR(add_event(transaction, run, action_of(step, *to), description, actor));
  RETURN_IF_ERROR(note_status(transaction, run));
  if (step == Step::kConfirm) {
    RETURN_IF_ERROR(jobs::enqueue(transaction, {"run.apply", run.id.str(), run.id.str()}));
  }
  if (run.plan_only) return {};
  RETURN_IF_ERROR(
      workspaces::store::set_current_run(transaction, workspaces::WorkspaceId(run.workspace),
                                         {run.id.str(), std::string(status_name(run.status)), run.created_at}));
  if (!is_final(run.status)) return {};
  RETURN_IF_ERROR(store::end_turn(transaction, run.workspace, run.id));
  return advance(transaction, run.workspace);
}

base::Status Lifecycle::update_phases(storage::Transaction& transaction, const Run& run, Status /*from*/, Step step) {
  for (const auto& change : kPhaseChanges) {
    if (change.step != step) continue;
    ASSIGN_OR_RETURN(auto plan, store::find_phase(transaction, run.plan_id));
    ASSIGN_OR_RETURN(auto apply, store::find_phase(transaction, run.apply_id));
    if (!plan || !apply) return base::internal("a run without phases: " + run.id.str());
    std::string plan_status = change.plan;
    std::string apply_status = change.apply;
    // What failed or was canceled after the plan is the apply.
    if (ended(plan->status) && !plan_status.empty()) apply_status = plan_status;
    if (!plan_status.empty() && !ended(plan->status)) {
      plan->status = plan_status;
      plan->has_changes = run.has_changes;
      plan->times[time_key(plan_status)] = clock_.now();
      RETURN_IF_ERROR(store::update_phase(transaction, *plan));
    }
    if (!apply_status.empty() && !ended(apply->status)) {
      apply->status = apply_status;
      apply->times[time_key(apply_status)] = clock_.now();
      RETURN_IF_ERROR(store::update_phase(transaction, *apply));
    }
  }
  return {};
}

base::Status Lifecycle::add_event(storage::Transaction& transaction, const Run& run, const std::string& action,
                                  const std::string& description, const Actor& actor) {
  return store::insert_event(transaction, {RunEventId::make(), run.id, action, description, actor, clock_.now()});
}

base::Status Lifecycle::note_status(storage::Transaction& transaction, const Run& run) {
  if (run.origin.token.empty() || run.origin.commit_sha.empty()) return {};
  if (aggregate::is_aggregate(run.status_context)) return aggregate::ask(transaction, run);
  const auto [state, description] = status_of(run);
  return outbox::put(transaction, clock_,
                     {run.organization, run.origin, run.status_context, state, description,
                      public_url_ + page_of(run.status_context) + "/runs/" + run.id.str()});
}

base::Status Lifecycle::note_untriggered(storage::Transaction& transaction, const auth::OrganizationId& organization,
                                         const Origin& origin, const std::string& context) {
  return outbox::put(transaction, clock_,
                     {organization, origin, context, vcs::CommitState::kSuccess,
                      "No file of this change concerns the workspace", public_url_ + page_of(context)});
}

}  // namespace runs
