#include "storage/sqlite_writer.h"

#include <chrono>

#include "base/thread.h"
#include "storage/handle_transaction.h"
#include "storage/parameters.h"

namespace storage {
namespace {

constexpr std::size_t kMaxBatch = 256;
constexpr std::chrono::milliseconds kMaxBatchTime{10};

// Moving the log into the file costs two flushes and every page once more, so it waits for a quiet moment; a log that
// has become this long is moved in any case, and everybody waits for that.
constexpr int kWorthMoving = 1'000;  // frames: 4 MB
constexpr int kLongestLog = 65'536;  // frames: 256 MB
constexpr std::chrono::milliseconds kQuiet{50};

using SqliteTransaction = HandleTransaction<SqliteHandle, Dialect::kSqlite>;

}  // namespace

SqliteWriter::SqliteWriter(std::filesystem::path file, std::unique_ptr<SqliteHandle> handle, const void* owner)
    : file_(std::move(file)), owner_(owner), handle_(std::move(handle)) {
  thread_ = base::start_thread("sqlite-writer", [this](const std::stop_token& stop) { loop(stop); });
}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  thread_.request_stop();
  thread_.join();
}

base::Status SqliteWriter::run(const Body& body) {
  auto request = std::make_unique<Request>();
  request->body = &body;
  auto answer = request->promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return database_unavailable("the database is closed");
    queue_.push_back(std::move(request));
  }
  arrived_.notify_one();
  return answer.get();
}

void SqliteWriter::loop(const std::stop_token& stop) {
  const InsideFunction inside(owner_);
  while (true) {
    if (!wait_for_work(stop)) return;
    Batch batch;
    auto status = begin();
    if (status) status = run_batch(batch);
    if (status) {
      commit_batch(batch);
    } else {
      fail_all(batch, status.error());
    }
    if (handle_ && handle_->log_frames() >= kLongestLog) handle_->checkpoint();
  }
}

bool SqliteWriter::wait_for_work(const std::stop_token& stop) {
  const auto arrived = [this] { return !queue_.empty(); };
  std::unique_lock lock(mutex_);
  if (handle_ && handle_->log_frames() >= kWorthMoving && !arrived_.wait_for(lock, stop, kQuiet, arrived)) {
    lock.unlock();
    handle_->checkpoint();
    lock.lock();
  }
  return arrived_.wait(lock, stop, arrived) || !queue_.empty();
}

std::unique_ptr<SqliteWriter::Request> SqliteWriter::take() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return nullptr;
  auto request = std::move(queue_.front());
  queue_.pop_front();
  return request;
}

base::Status SqliteWriter::begin() {
  if (!handle_) {
    ASSIGN_OR_RETURN(handle_, SqliteHandle::open(file_, SqliteHandle::Role::kWriter));
  }
  return handle_->run("BEGIN IMMEDIATE");
}

base::Status SqliteWriter::run_batch(Batch& batch) {
  const auto end = std::chrono::steady_clock::now() + kMaxBatchTime;
  while (auto request = take()) {
    batch.push_back(std::move(request));
    RETURN_IF_ERROR(run_one(*batch.back()));
    if (batch.size() >= kMaxBatch || std::chrono::steady_clock::now() > end) break;
  }
  return {};
}

base::Status SqliteWriter::run_one(Request& request) {
  RETURN_IF_ERROR(handle_->run("SAVEPOINT one"));
  SqliteTransaction transaction(*handle_);
  call_body(transaction, request);
  if (request.status && transaction.failure()) request.status = *transaction.failure();
  // A full disk or a failed write ends the whole transaction, not just this function's part of it.
  if (!handle_->in_transaction()) {
    return request.status ? database_unavailable("the transaction ended early") : request.status.error();
  }
  if (request.status && !request.exception) {
    request.on_commit = transaction.take_actions();
  } else {
    RETURN_IF_ERROR(handle_->run("ROLLBACK TO one"));
  }
  return handle_->run("RELEASE one");
}

void SqliteWriter::call_body(Transaction& transaction, Request& request) {
  try {
    request.status = (*request.body)(transaction);
  } catch (...) {
    request.exception = std::current_exception();
  }
}

void SqliteWriter::commit_batch(Batch& batch) {
  if (const auto status = handle_->run("COMMIT"); !status) {
    fail_all(batch, status.error());
    return;
  }
  for (const auto& request : batch) {
    for (const auto& action : request->on_commit) action();
    answer(*request);
  }
}

// Nothing of the batch is kept. After a failed write or flush the connection's idea of the file is not to be
// trusted, so the next batch opens another. Callers that came meanwhile have waited as long: they fail as well.
void SqliteWriter::fail_all(Batch& batch, const base::Error& error) {
  handle_.reset();
  while (auto request = take()) batch.push_back(std::move(request));
  for (const auto& request : batch) {
    if (request->status) request->status = database_unavailable(error.detail);
    answer(*request);
  }
}

void SqliteWriter::answer(Request& request) {
  if (request.exception) {
    request.promise.set_exception(request.exception);
  } else {
    request.promise.set_value(std::move(request.status));
  }
}

}  // namespace storage
