#pragma once

#include <string>

#include "vcs/provider.h"

namespace vcs_test {

// The check of that name; an empty one in state kSkipped with the message "(absent)" if there is none.
inline vcs::Check check_of(const vcs::Verification& verification, const std::string& name) {
  for (const vcs::Check& check : verification.checks) {
    if (check.name == name) return check;
  }
  return {name, vcs::Check::State::kSkipped, "(absent)", ""};
}

inline bool failed(const vcs::Verification& verification, const std::string& name) {
  return check_of(verification, name).state == vcs::Check::State::kFailed;
}

inline bool passed(const vcs::Verification& verification, const std::string& name) {
  return check_of(verification, name).state == vcs::Check::State::kPassed;
}

}  // namespace vcs_test
