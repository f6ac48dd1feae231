#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace catalogue {

class Values;

// One `when`, `show_when` or `required_when` of the catalogue. An empty condition always holds; the members of one
// object must all hold.
struct Condition {
  enum class Kind {
    kEquals,           // {"PARAMETER": value or [values]}; the name "scheme" means the scheme's id
    kPresent,          // {"present": "P" or [..]}: each has a value
    kEmpty,            // {"empty": "P" or [..]}: none has one
    kIsTrue,           // {"is_true": "P"}
    kTargetMatches,    // {"target_matches": REGEX}, RE2, anywhere in the target
    kTargetLacks,      // the opposite
    kTargetScheme,     // {"target_scheme": [..]}
    kTargetSchemeNot,  // the opposite
    kStepFailed,       // {"step_failed": "STEP"}: it ran and did not pass
    kStepOk,           // {"step_ok": "STEP"}
    kStepFailedWith,   // {"step_failed_with": {"STEP": [statuses]}}
    kStepStatus,       // {"step_status": {"STEP": status}}
    kCaptureIs,        // {"capture_is": {"STEP.CAPTURE": value}}
    kCapturePresent,   // {"capture_present": "STEP.CAPTURE"}
  };
  struct Test {
    Kind kind = Kind::kPresent;
    std::string name;                 // parameter, step or capture; empty for the target
    std::vector<std::string> values;  // what to compare with, as text; statuses in decimal
  };
  std::vector<Test> all;

  bool empty() const { return all.empty(); }
};

// What the steps of a verification have met so far; conditions about steps are false without it.
struct StepFacts {
  struct Outcome {
    bool ok = false;
    int status = 0;  // of HTTP; 0 if there was none
  };
  std::map<std::string, Outcome, std::less<>> outcomes;       // by step id; absent: the step did not run
  std::map<std::string, base::Secret, std::less<>> captures;  // "STEP.CAPTURE"
};

// Whether the condition holds. `target` is the assembled target. Never fails: an unknown name is an empty value.
bool holds(const Condition& condition, const Values& values, std::string_view scheme, std::string_view target,
           const StepFacts* steps = nullptr);

}  // namespace catalogue
