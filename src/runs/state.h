#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

// The life of a run: one table, pure functions. Statuses that no edge reaches yet are there so that answers and
// filters know their names.
namespace runs {

enum class Status {
  kPending,
  kFetching,
  kFetchingCompleted,
  kPrePlanRunning,
  kPrePlanCompleted,
  kPrePlanAwaitingDecision,
  kQueuing,
  kPlanQueued,
  kPlanning,
  kPlanned,
  kCostEstimating,
  kCostEstimated,
  kPolicyChecking,
  kPolicyOverride,
  kPolicySoftFailed,
  kPolicyChecked,
  kPostPlanRunning,
  kPostPlanAwaitingDecision,
  kPostPlanCompleted,
  kConfirmed,
  kPreApplyRunning,
  kPreApplyCompleted,
  kQueuingApply,
  kApplyQueued,
  kApplying,
  kPostApplyRunning,
  kPostApplyCompleted,
  kApplied,
  kPlannedAndFinished,
  kPlannedAndSaved,
  kDiscarded,
  kErrored,
  kCanceled,
  kForceCanceled,
};

// What can happen to a run.
enum class Step {
  kStartPlan,    // a worker took it
  kRetryPlan,    // the worker died while planning: back to the queue
  kPlanChanged,  // the plan has changes that wait for a decision
  kPlanFinish,   // nothing to apply: plan-only, or no changes
  kConfirm,      // by a person, or auto-apply
  kStartApply,
  kFinishApply,
  kDiscard,
  kFail,
  kCancel,
  kForceCancel,
};

// Where the step leads, or nothing if the status does not allow it.
std::optional<Status> next(Status from, Step step);

std::string_view status_name(Status status);  // "planned_and_finished"
std::optional<Status> find_status(std::string_view name);
std::span<const Status> statuses();

bool is_final(Status status);
bool is_discardable(Status status);  // the API's group "discardable"
bool is_cancelable(Status status);   // waiting or at work
bool is_confirmable(Status status);
// Does a run in this status keep the others of its workspace waiting? (Plan-only runs never do.)
bool holds_queue(Status status);
// The key under status-timestamps ("planned-at"); empty for pending, whose key is plan-queueable-at.
std::string timestamp_key(Status status);

}  // namespace runs
