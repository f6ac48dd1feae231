#include "auth/token_usage.h"

#include <utility>

#include "auth/token.h"
#include "base/thread.h"
#include "logging/log.h"

namespace auth {
namespace {

constexpr base::Millis kEvery{60'000};
constexpr std::size_t kMostRemembered = 100'000;

}  // namespace

TokenUsage::TokenUsage(storage::Database& database)
    : database_(database),
      thread_(base::start_thread("token-usage", [this](const std::stop_token& stop) { run(stop); })) {}

TokenUsage::~TokenUsage() {
  thread_.request_stop();
  thread_.join();
  flush();
}

void TokenUsage::record(const TokenId& token, base::Time now) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = recorded_.find(token);
    if (known != recorded_.end() && now - known->second < kEvery) return;
    if (recorded_.size() >= kMostRemembered) recorded_.clear();
    recorded_[token] = now;
    waiting_[token] = now;
  }
  wake_.notify_one();
}

void TokenUsage::flush() {
  const std::lock_guard writing(writing_);
  Times times;
  {
    const std::lock_guard lock(mutex_);
    times.swap(waiting_);
  }
  write(times);
}

void TokenUsage::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [this] { return !waiting_.empty(); });
    }
    flush();
  }
}

void TokenUsage::write(const Times& times) {
  if (times.empty()) return;
  const base::Status done = database_.write([&](storage::Transaction& transaction) -> base::Status {
    for (const auto& [token, time] : times) RETURN_IF_ERROR(touch_token(transaction, token, time));
    return {};
  });
  if (!done) logging::warning("last use of tokens not written", {{"error", done.error()}});
}

}  // namespace auth
