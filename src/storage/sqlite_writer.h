#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/result.h"
#include "storage/database.h"
#include "storage/sqlite_handle.h"

namespace storage {

// The one thread that writes and checkpoints. Functions that arrive while it is busy share the next commit, so the
// disk is flushed once for all of them (group commit); each has a savepoint of its own.
class SqliteWriter {
 public:
  using Body = std::function<base::Status(Transaction&)>;

  // `owner` is the database, for finding calls that wait for themselves.
  SqliteWriter(std::filesystem::path file, std::unique_ptr<SqliteHandle> handle, const void* owner);
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;
  ~SqliteWriter();  // finishes what is queued

  // Returns when the change is on disk, or is not going to be. Throws what `body` throws, after undoing its change.
  base::Status run(const Body& body);

 private:
  struct Request {
    const Body* body = nullptr;  // lives on the waiting caller's stack
    std::promise<base::Status> promise;
    base::Status status;
    std::exception_ptr exception;
    std::vector<std::function<void()>> on_commit;
  };
  using Batch = std::vector<std::unique_ptr<Request>>;

  void loop(const std::stop_token& stop);
  // False when there is none and the end has come. Moves the log into the file when nobody writes.
  bool wait_for_work(const std::stop_token& stop);
  std::unique_ptr<Request> take();
  base::Status begin();
  // Runs requests until there are no more, or enough; false if the whole transaction is lost.
  base::Status run_batch(Batch& batch);
  base::Status run_one(Request& request);
  static void call_body(Transaction& transaction, Request& request);
  void commit_batch(Batch& batch);
  void fail_all(Batch& batch, const base::Error& error);
  static void answer(Request& request);

  const std::filesystem::path file_;
  const void* owner_;
  std::unique_ptr<SqliteHandle> handle_;  // the writer thread's alone; null after a failure, until opened again
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<std::unique_ptr<Request>> queue_;  // guarded by mutex_
  bool closed_ = false;                         // guarded by mutex_
  std::jthread thread_;                         // last: the rest must exist while it runs
};

}  // namespace storage
