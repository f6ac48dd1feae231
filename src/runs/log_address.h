#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace runs {

// The last part of an address that reads a log without further proof, as Terraform Cloud's clients do. It names the
// plan or apply and the hour of its end, and a MAC over both. Immutable.
class LogAddresses {
 public:
  // As long as Terraform Cloud's: whoever follows a run keeps the address that the run began with.
  static constexpr base::Millis kGoodFor{25LL * 3'600'000};

  LogAddresses(const base::Clock& clock, base::Secret key) : clock_(clock), key_(std::move(key)) {}

  // "plan-….1770090000.…", good for kGoodFor from now.
  std::string secret_of(const std::string& phase) const;
  // The plan's or apply's id; kNotFound if it is none of ours, or too old (the message says which).
  base::Result<std::string> phase_of(std::string_view secret) const;

 private:
  std::string signed_text(const std::string& text) const;

  const base::Clock& clock_;
  base::Secret key_;
};

}  // namespace runs
