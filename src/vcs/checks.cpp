#include "vcs/checks.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace vcs {
namespace {

bool speaks_of_tls(const base::Error& error) {
  const std::string text = base::to_lower(error.message + " " + error.detail);
  for (const char* word : {"certificate", "tls", "ssl", "issuer"}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

void CheckList::pass(std::string name, std::string message) {
  checks_.push_back({std::move(name), Check::State::kPassed, std::move(message), {}});
}

void CheckList::warn(std::string name, std::string message, std::string remedy) {
  checks_.push_back({std::move(name), Check::State::kWarning, std::move(message), std::move(remedy)});
}

void CheckList::fail(std::string name, std::string message, std::string remedy) {
  checks_.push_back({std::move(name), Check::State::kFailed, std::move(message), std::move(remedy)});
}

void CheckList::skip(std::string name, std::string message) {
  checks_.push_back({std::move(name), Check::State::kSkipped, std::move(message), {}});
}

void CheckList::fail_transport(const base::Error& error) {
  if (error.code == base::Code::kRateLimited) {
    fail("reach", error.message, "Wait, then check again.");
  } else if (error.code == base::Code::kInvalid) {
    fail("reach", error.message, "Correct the URL, or let an administrator allow this address for outgoing calls.");
  } else if (speaks_of_tls(error)) {
    fail("tls", error.message,
         "If the server's certificate comes from your own authority, add that authority's certificate (PEM) to this "
         "provider as CA bundle. If the name or date is wrong, correct the URL or renew the server's certificate.");
  } else {
    fail("reach", error.message,
         "Check the URL, that this machine resolves the name and reaches the port, and whether a proxy is needed.");
  }
}

Verification CheckList::finish(Verification verification) && {
  verification.ok = std::none_of(checks_.begin(), checks_.end(),
                                 [](const Check& check) { return check.state == Check::State::kFailed; });
  verification.checks = std::move(checks_);
  return verification;
}

}  // namespace vcs
