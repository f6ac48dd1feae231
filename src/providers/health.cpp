#include "providers/health.h"

#include <algorithm>

#include "providers/store.h"

namespace providers {
namespace {

using base::Code;

// Which operations an error stops: all of the token's, this one, or none.
bool stops_all(const base::Error& error) {
  return error.code == Code::kUnauthorized || (error.code == Code::kRateLimited && error.retry_after);
}
bool stops_one(const base::Error& error) { return error.code == Code::kForbidden; }

base::Millis pause_after(const base::Error& error) {
  if (error.code == Code::kRateLimited && error.retry_after) {
    return std::clamp<base::Millis>(*error.retry_after, base::Millis(1'000), base::Millis(3'600'000));
  }
  return kRefusalPause;
}

base::Error held_back(const std::string& message, base::Millis left) {
  auto error = base::unavailable("not tried again yet, because the provider answered before: " + message);
  error.retry_after = left;
  return error;
}

// Whether an error says something about the provider as a whole (a missing repository does not).
bool concerns_provider(const base::Error& error) {
  switch (error.code) {
    case Code::kUnauthorized:
    case Code::kForbidden:
    case Code::kRateLimited:
    case Code::kUpstream:
    case Code::kUnavailable: return true;
    default: return false;
  }
}

}  // namespace

HealthMonitor::State& HealthMonitor::state_of(std::map<OAuthTokenId, State>& states, const Target& target) {
  auto& state = states[target.token];
  if (state.revision < target.revision) {
    state = State();
    state.revision = target.revision;
  }
  return state;
}

base::Status HealthMonitor::allow(const Target& target, std::string_view operation) {
  const auto now = clock_.steady();
  return states_.with([&](auto& states) -> base::Status {
    auto& state = state_of(states, target);
    for (const std::string_view scope : {std::string_view(), operation}) {
      const auto found = state.pauses.find(scope);
      if (found == state.pauses.end()) continue;
      auto& pause = found->second;
      if (now < pause.until) {
        return held_back(pause.message, std::chrono::duration_cast<base::Millis>(pause.until - now));
      }
      if (pause.code != Code::kRateLimited) pause.until = now + kRefusalPause;  // this caller is the one try
    }
    return {};
  });
}

void HealthMonitor::succeeded(const Target& target, std::string_view operation) {
  const bool changed = states_.with([&](auto& states) {
    auto& state = state_of(states, target);
    if (state.revision != target.revision) return false;
    state.pauses.erase("");
    const auto own = state.pauses.find(operation);
    if (own != state.pauses.end()) state.pauses.erase(own);
    const bool other = state.health == Health::kFailing && state.pauses.empty();
    if (other) state.health = Health::kHealthy;
    return other;
  });
  if (changed) store(target, Health::kHealthy, "", false);
}

void HealthMonitor::failed(const Target& target, std::string_view operation, const base::Error& error) {
  if (!concerns_provider(error)) return;
  const auto now = clock_.steady();
  const bool changed = states_.with([&](auto& states) {
    auto& state = state_of(states, target);
    if (state.revision != target.revision) return false;
    if (stops_all(error) || stops_one(error)) {
      const std::string scope(stops_all(error) ? std::string_view() : operation);
      state.pauses[scope] = {now + pause_after(error), error.code, error.message};
    }
    const bool news = state.health != Health::kFailing || state.last_error != error.message;
    state.health = Health::kFailing;
    state.last_error = error.message;
    return news;
  });
  const bool refused = error.code == Code::kUnauthorized;
  if (changed || refused) store(target, Health::kFailing, error.message, refused);
}

void HealthMonitor::remember(const Target& target, const Known& known) {
  const auto now = clock_.steady();
  states_.with([&](auto& states) {
    const auto found = states.find(target.token);
    const bool fresh = found == states.end() || found->second.revision < target.revision;
    auto& state = state_of(states, target);
    if (state.revision != target.revision) return;
    if (fresh) {
      state.health = known.health;
      state.last_error = known.last_error;
    }
    if (known.blocked.count() <= 0 || state.pauses.contains("")) return;
    state.health = Health::kFailing;
    state.pauses[""] = {now + std::min(known.blocked, kRefusalPause), Code::kUnauthorized, known.last_error};
  });
}

void HealthMonitor::forget(const OAuthTokenId& token) {
  states_.with([&](auto& states) { states.erase(token); });
}

void HealthMonitor::store(const Target& target, Health health, const std::string& message, bool block) {
  const auto now = clock_.now();
  // Best effort: a provider's failure must not become ours, and the next one is stored as well.
  (void)database_.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto access, store::find_access(transaction, target.token));
    if (!access || access->revision != target.revision) return {};
    RETURN_IF_ERROR(store::save_health(transaction, target.client, health, message, now));
    return store::save_block(transaction, target.token, block ? now + kRefusalPause : base::from_millis(0));
  });
}

}  // namespace providers
