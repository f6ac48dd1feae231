#include "catalogue/identity.h"

#include <algorithm>

namespace catalogue {

bool has_identity(const Scheme& scheme) {
  const auto& steps = scheme.verify.steps;
  return std::any_of(steps.begin(), steps.end(),
                     [](const VerifyStep& step) { return step.action == "issue_oidc_token"; });
}

bool is_identity(const Scheme& scheme, std::string_view parameter) {
  return (parameter == kIssuer || parameter == kSubject) && has_identity(scheme);
}

}  // namespace catalogue
