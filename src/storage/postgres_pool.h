#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "storage/postgres_handle.h"

namespace storage {

// At most so many connections, made as needed. After a failed attempt to connect the next one waits (0.1 s, doubling
// to 2 s), and callers are told at once that the database is away: a server that is down is not hammered, and no
// thread hangs on it. Thread-safe.
class PostgresPool {
 public:
  PostgresPool(base::Secret url, int connections);

  // A connection of one's own, given back on destruction.
  class Lease {
   public:
    Lease(PostgresPool& pool, std::unique_ptr<PostgresHandle> handle) : pool_(&pool), handle_(std::move(handle)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (handle_) pool_->release(std::move(handle_));
    }
    PostgresHandle& operator*() const { return *handle_; }
    PostgresHandle* operator->() const { return handle_.get(); }

   private:
    PostgresPool* pool_;
    std::unique_ptr<PostgresHandle> handle_;
  };

  // Waits up to 5 s for a free connection; kUnavailable after that, or when the server cannot be reached.
  base::Result<Lease> acquire();

 private:
  using Steady = std::chrono::steady_clock;

  base::Result<Lease> connect();
  void release(std::unique_ptr<PostgresHandle> handle);

  const base::Secret url_;
  const int limit_;
  std::mutex mutex_;
  std::condition_variable released_;
  // All below is guarded by mutex_.
  std::vector<std::unique_ptr<PostgresHandle>> idle_;
  int made_ = 0;
  Steady::time_point next_attempt_{};
  std::chrono::milliseconds pause_{0};
  base::Error last_failure_;
};

}  // namespace storage
