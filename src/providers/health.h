#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "providers/client.h"
#include "providers/ids.h"
#include "storage/database.h"

namespace providers {

// How long a provider that refused is left alone (at most one try in this time).
constexpr base::Millis kRefusalPause{300'000};

// Watches what comes back from providers: stores their health when it changes, and says when a call would only be
// refused again. Thread-safe; never called inside a transaction.
class HealthMonitor {
 public:
  HealthMonitor(storage::Database& database, const base::Clock& clock) : database_(database), clock_(clock) {}

  struct Target {
    OAuthTokenId token;
    OAuthClientId client;
    std::int64_t revision = 0;  // of the client: refusals of an older one no longer count
  };

  // May this operation be tried now? `operation` names what a right may be missing for ("ensure_hook 42"). An
  // operation whose pause is over is let through once; the pause starts anew unless it succeeds.
  base::Status allow(const Target& target, std::string_view operation);
  void succeeded(const Target& target, std::string_view operation);
  void failed(const Target& target, std::string_view operation, const base::Error& error);

  // What the database knows: of an earlier process, or of another one (a refusal there counts here too).
  struct Known {
    Health health = Health::kUnknown;
    std::string last_error;
    base::Millis blocked{0};  // how much longer
  };
  void remember(const Target& target, const Known& known);
  void forget(const OAuthTokenId& token);

 private:
  struct Pause {
    base::SteadyTime until;
    base::Code code = base::Code::kUnavailable;
    std::string message;
  };
  struct State {
    std::int64_t revision = -1;
    Health health = Health::kUnknown;
    std::string last_error;
    std::map<std::string, Pause, std::less<>> pauses;  // "" stands for every operation
  };
  State& state_of(std::map<OAuthTokenId, State>& states, const Target& target);
  void store(const Target& target, Health health, const std::string& message, bool block);

  storage::Database& database_;
  const base::Clock& clock_;
  base::Guarded<std::map<OAuthTokenId, State>> states_;
};

}  // namespace providers
