#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "storage/database.h"
#include "storage/sqlite_handle.h"

namespace storage {

// A fixed number of connections that only read, each call on a snapshot of its own.
class SqliteReaders {
 public:
  static base::Result<std::unique_ptr<SqliteReaders>> open(const std::filesystem::path& file, int count);

  // Waits up to 5 s for a free connection, then kUnavailable.
  base::Status run(const std::function<base::Status(Connection&)>& body);

 private:
  SqliteReaders() = default;
  std::unique_ptr<SqliteHandle> acquire();
  void release(std::unique_ptr<SqliteHandle> handle);

  std::mutex mutex_;
  std::condition_variable released_;
  std::vector<std::unique_ptr<SqliteHandle>> idle_;  // guarded by mutex_
};

}  // namespace storage
