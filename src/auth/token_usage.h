#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "auth/ids.h"
#include "base/clock.h"
#include "storage/database.h"

namespace auth {

// Writes when tokens were last used, off the path of requests and at most once a minute for each. Losing the last
// minute in a crash is accepted. Thread-safe.
class TokenUsage {
 public:
  explicit TokenUsage(storage::Database& database);
  ~TokenUsage();  // writes what waits

  void record(const TokenId& token, base::Time now);
  void flush();  // when it returns, what waited is written

 private:
  using Times = std::unordered_map<TokenId, base::Time>;
  void run(const std::stop_token& stop);
  void write(const Times& times);

  storage::Database& database_;
  std::mutex writing_;  // held while what waits is taken and written
  std::mutex mutex_;
  std::condition_variable_any wake_;
  Times waiting_;   // guarded by mutex_
  Times recorded_;  // guarded by mutex_; when each was last handed to the writer
  std::jthread thread_;
};

}  // namespace auth
