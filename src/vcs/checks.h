#pragma once

#include <string>

#include "base/error.h"
#include "vcs/provider.h"

namespace vcs {

// Gathers the checks of one verify(). Names the drivers share: "reach" (an answer came), "tls" (its certificate),
// "sign-in" (the token), "scopes" (what it may do), "repositories", "hooks", "expiry".
class CheckList {
 public:
  void pass(std::string name, std::string message);
  void warn(std::string name, std::string message, std::string remedy);
  void fail(std::string name, std::string message, std::string remedy);
  void skip(std::string name, std::string message);

  // Why no answer came at all: certificate, address not allowed, not reached, or a pause the provider asked for.
  void fail_transport(const base::Error& error);

  // `verification` with these checks; ok unless one failed.
  Verification finish(Verification verification) &&;

 private:
  std::vector<Check> checks_;
};

}  // namespace vcs
