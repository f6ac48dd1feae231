#include "runs/state.h"

#include <algorithm>
#include <array>
#include <string>

namespace runs {
namespace {

struct Edge {
  Status from;
  Step step;
  Status to;
};

constexpr Edge kEdges[] = {
    {Status::kPending, Step::kStartPlan, Status::kPlanning},
    {Status::kPending, Step::kFail, Status::kErrored},
    {Status::kPending, Step::kDiscard, Status::kDiscarded},
    {Status::kPending, Step::kCancel, Status::kCanceled},
    {Status::kPending, Step::kForceCancel, Status::kForceCanceled},
    {Status::kPlanning, Step::kRetryPlan, Status::kPending},
    {Status::kPlanning, Step::kPlanChanged, Status::kPlanned},
    {Status::kPlanning, Step::kPlanFinish, Status::kPlannedAndFinished},
    {Status::kPlanning, Step::kFail, Status::kErrored},
    {Status::kPlanning, Step::kCancel, Status::kCanceled},
    {Status::kPlanning, Step::kForceCancel, Status::kForceCanceled},
    {Status::kPlanned, Step::kConfirm, Status::kConfirmed},
    {Status::kPlanned, Step::kDiscard, Status::kDiscarded},
    {Status::kPlanned, Step::kFail, Status::kErrored},
    {Status::kConfirmed, Step::kStartApply, Status::kApplying},
    {Status::kConfirmed, Step::kFail, Status::kErrored},
    {Status::kConfirmed, Step::kCancel, Status::kCanceled},
    {Status::kConfirmed, Step::kForceCancel, Status::kForceCanceled},
    {Status::kApplying, Step::kFinishApply, Status::kApplied},
    {Status::kApplying, Step::kFail, Status::kErrored},
    {Status::kApplying, Step::kCancel, Status::kCanceled},
    {Status::kApplying, Step::kForceCancel, Status::kForceCanceled},
};

struct Facts {
  Status status;
  std::string_view name;
  bool final = false;
  bool discardable = false;
};

constexpr Facts kFacts[] = {
    {Status::kPending, "pending"},
    {Status::kFetching, "fetching"},
    {Status::kFetchingCompleted, "fetching_completed"},
    {Status::kPrePlanRunning, "pre_plan_running"},
    {Status::kPrePlanCompleted, "pre_plan_completed"},
    {Status::kPrePlanAwaitingDecision, "pre_plan_awaiting_decision"},
    {Status::kQueuing, "queuing"},
    {Status::kPlanQueued, "plan_queued"},
    {Status::kPlanning, "planning"},
    {Status::kPlanned, "planned", false, true},
    {Status::kCostEstimating, "cost_estimating"},
    {Status::kCostEstimated, "cost_estimated", false, true},
    {Status::kPolicyChecking, "policy_checking"},
    {Status::kPolicyOverride, "policy_override", false, true},
    {Status::kPolicySoftFailed, "policy_soft_failed", true},
    {Status::kPolicyChecked, "policy_checked", false, true},
    {Status::kPostPlanRunning, "post_plan_running", false, true},
    {Status::kPostPlanAwaitingDecision, "post_plan_awaiting_decision"},
    {Status::kPostPlanCompleted, "post_plan_completed", false, true},
    {Status::kConfirmed, "confirmed"},
    {Status::kPreApplyRunning, "pre_apply_running"},
    {Status::kPreApplyCompleted, "pre_apply_completed"},
    {Status::kQueuingApply, "queuing_apply"},
    {Status::kApplyQueued, "apply_queued"},
    {Status::kApplying, "applying"},
    {Status::kPostApplyRunning, "post_apply_running"},
    {Status::kPostApplyCompleted, "post_apply_completed"},
    {Status::kApplied, "applied", true},
    {Status::kPlannedAndFinished, "planned_and_finished", true},
    {Status::kPlannedAndSaved, "planned_and_saved", false, true},
    {Status::kDiscarded, "discarded", true},
    {Status::kErrored, "errored", true},
    {Status::kCanceled, "canceled", true},
    {Status::kForceCanceled, "force_canceled", true},
};

// Row n is the status with the value n.
constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kFacts); ++i) {
    if (static_cast<std::size_t>(kFacts[i].status) != i) return false;
  }
  return static_cast<std::size_t>(Status::kForceCanceled) + 1 == std::size(kFacts);
}
static_assert(in_order());

constexpr auto kAll = [] {
  std::array<Status, std::size(kFacts)> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = kFacts[i].status;
  return all;
}();

const Facts& facts(Status status) { return kFacts[static_cast<std::size_t>(status)]; }

}  // namespace

std::optional<Status> next(Status from, Step step) {
  for (const Edge& edge : kEdges) {
    if (edge.from == from && edge.step == step) return edge.to;
  }
  return std::nullopt;
}

std::string_view status_name(Status status) { return facts(status).name; }

std::optional<Status> find_status(std::string_view name) {
  for (const Facts& row : kFacts) {
    if (row.name == name) return row.status;
  }
  return std::nullopt;
}

std::span<const Status> statuses() { return kAll; }
bool is_final(Status status) { return facts(status).final; }
bool is_discardable(Status status) { return facts(status).discardable; }
bool is_cancelable(Status status) { return next(status, Step::kCancel).has_value(); }
bool is_confirmable(Status status) { return next(status, Step::kConfirm).has_value(); }

bool holds_queue(Status status) { return status != Status::kPending && !is_final(status); }

std::string timestamp_key(Status status) {
  if (status == Status::kPending) return {};
  std::string key(status_name(status));
  std::replace(key.begin(), key.end(), '_', '-');
  return key + "-at";
}

}  // namespace runs
