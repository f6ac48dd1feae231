#include "runs/state.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace runs {
namespace {

constexpr Step kSteps[] = {Step::kStartPlan, Step::kRetryPlan,  Step::kPlanChanged, Step::kPlanFinish,
                           Step::kConfirm,   Step::kStartApply, Step::kFinishApply, Step::kDiscard,
                           Step::kFail,      Step::kCancel,     Step::kForceCancel};

// What may follow what; everything that is not here is refused.
const std::map<std::pair<Status, Step>, Status> kExpected = {
    {{Status::kPending, Step::kStartPlan}, Status::kPlanning},
    {{Status::kPending, Step::kFail}, Status::kErrored},
    {{Status::kPending, Step::kDiscard}, Status::kDiscarded},
    {{Status::kPending, Step::kCancel}, Status::kCanceled},
    {{Status::kPending, Step::kForceCancel}, Status::kForceCanceled},
    {{Status::kPlanning, Step::kRetryPlan}, Status::kPending},
    {{Status::kPlanning, Step::kPlanChanged}, Status::kPlanned},
    {{Status::kPlanning, Step::kPlanFinish}, Status::kPlannedAndFinished},
    {{Status::kPlanning, Step::kFail}, Status::kErrored},
    {{Status::kPlanning, Step::kCancel}, Status::kCanceled},
    {{Status::kPlanning, Step::kForceCancel}, Status::kForceCanceled},
    {{Status::kPlanned, Step::kConfirm}, Status::kConfirmed},
    {{Status::kPlanned, Step::kDiscard}, Status::kDiscarded},
    {{Status::kPlanned, Step::kFail}, Status::kErrored},
    {{Status::kConfirmed, Step::kStartApply}, Status::kApplying},
    {{Status::kConfirmed, Step::kFail}, Status::kErrored},
    {{Status::kConfirmed, Step::kCancel}, Status::kCanceled},
    {{Status::kConfirmed, Step::kForceCancel}, Status::kForceCanceled},
    {{Status::kApplying, Step::kFinishApply}, Status::kApplied},
    {{Status::kApplying, Step::kFail}, Status::kErrored},
    {{Status::kApplying, Step::kCancel}, Status::kCanceled},
    {{Status::kApplying, Step::kForceCancel}, Status::kForceCanceled},
};

TEST(RunStates, FollowExactlyTheTable) {
  for (const Status from : statuses()) {
    for (const Step step : kSteps) {
      const auto found = kExpected.find({from, step});
      const auto expected = found == kExpected.end() ? std::nullopt : std::optional(found->second);
      EXPECT_EQ(next(from, step), expected) << status_name(from) << " step " << static_cast<int>(step);
    }
  }
}

TEST(RunStates, AFinalStatusNeverChanges) {
  for (const Status status : statuses()) {
    if (!is_final(status)) continue;
    for (const Step step : kSteps) EXPECT_FALSE(next(status, step)) << status_name(status);
    EXPECT_FALSE(is_cancelable(status) || is_discardable(status) || is_confirmable(status) || holds_queue(status));
  }
}

TEST(RunStates, AnApplyIsNeverStartedTwice) {
  EXPECT_FALSE(next(Status::kApplying, Step::kStartApply));
  EXPECT_FALSE(next(Status::kErrored, Step::kStartApply));
}

TEST(RunStates, EveryNameIsReadBack) {
  std::set<std::string_view> names;
  for (const Status status : statuses()) {
    EXPECT_EQ(find_status(status_name(status)), status);
    names.insert(status_name(status));
  }
  EXPECT_EQ(names.size(), 34U);
  EXPECT_FALSE(find_status("unheard_of"));
}

TEST(RunStates, GroupsAreThoseOfTheApi) {
  std::set<std::string_view> final, discardable;
  for (const Status status : statuses()) {
    if (is_final(status)) final.insert(status_name(status));
    if (is_discardable(status)) discardable.insert(status_name(status));
  }
  EXPECT_EQ(final, (std::set<std::string_view>{"policy_soft_failed", "applied", "planned_and_finished", "discarded",
                                               "errored", "canceled", "force_canceled"}));
  EXPECT_EQ(discardable, (std::set<std::string_view>{"planned", "planned_and_saved", "cost_estimated", "policy_checked",
                                                     "policy_override", "post_plan_running", "post_plan_completed"}));
}

TEST(RunStates, TimestampKeysUseDashes) {
  EXPECT_EQ(timestamp_key(Status::kPlannedAndFinished), "planned-and-finished-at");
  EXPECT_EQ(timestamp_key(Status::kPending), "");
}

}  // namespace
}  // namespace runs
