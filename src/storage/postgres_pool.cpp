#include "storage/postgres_pool.h"

#include <algorithm>

#include "storage/parameters.h"

namespace storage {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{2'000};

}  // namespace

PostgresPool::PostgresPool(base::Secret url, int connections)
    : url_(std::move(url)), limit_(std::max(1, connections)) {}

base::Result<PostgresPool::Lease> PostgresPool::acquire() {
  {
    std::unique_lock lock(mutex_);
    const bool free = released_.wait_for(lock, kPatience, [this] { return !idle_.empty() || made_ < limit_; });
    if (!free) return database_unavailable("all database connections have been busy for 5 s");
    if (!idle_.empty()) {
      auto handle = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(handle));
    }
    if (Steady::now() < next_attempt_) return last_failure_;
    ++made_;
  }
  return connect();
}

base::Result<PostgresPool::Lease> PostgresPool::connect() {
  auto made = PostgresHandle::connect(url_);
  const std::lock_guard lock(mutex_);
  if (made) {
    pause_ = {};
    return Lease(*this, std::move(*made));
  }
  --made_;
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  next_attempt_ = Steady::now() + pause_;
  last_failure_ = made.error();
  released_.notify_one();
  return std::move(made).error();
}

void PostgresPool::release(std::unique_ptr<PostgresHandle> handle) {
  std::vector<std::unique_ptr<PostgresHandle>> dropped;  // closed without the lock
  {
    const std::lock_guard lock(mutex_);
    if (handle->is_usable()) {
      idle_.push_back(std::move(handle));
    } else {
      // When one connection broke, the server has most likely been restarted: the idle ones are dead as well.
      if (!handle->is_connected()) {
        made_ -= static_cast<int>(idle_.size());
        dropped = std::move(idle_);
        idle_.clear();
      }
      --made_;
      dropped.push_back(std::move(handle));
    }
  }
  if (dropped.size() > 1) {
    released_.notify_all();
  } else {
    released_.notify_one();
  }
}

}  // namespace storage
