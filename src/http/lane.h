#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "http/memory_budget.h"
#include "http/request.h"
#include "http/wire.h"

namespace http {

// A complete request on its way to a worker.
struct Job {
  std::uint64_t connection = 0;
  Request request;
  bool close = true;   // the connection ends with the answer
  MemoryShare memory;  // of the body
};

// An answer on its way back to the I/O thread.
struct Reply {
  std::uint64_t connection = 0;
  std::string bytes;
  base::FileDescriptor file;  // sent after the bytes, if any
  std::uint64_t file_size = 0;
  DoomedFile doomed;
  bool close = true;
};

// Worker threads of one kind of request, and the bounded queue in front of them.
class WorkerLane {
 public:
  // Starts `workers` threads that run `work`, which must not throw. Throws std::system_error if the machine has no
  // thread left.
  WorkerLane(const std::string& name, int workers, std::size_t queue_limit,
             std::function<void(std::unique_ptr<Job>)> work);
  ~WorkerLane() { stop(); }
  WorkerLane(const WorkerLane&) = delete;
  WorkerLane& operator=(const WorkerLane&) = delete;

  // False, and the job is given back, if the queue is full. Any thread.
  bool push(std::unique_ptr<Job>& job);

  // Drops what waits, lets the workers finish what they have in hand, and joins them.
  void stop();

 private:
  void run();

  const std::size_t queue_limit_;
  const std::function<void(std::unique_ptr<Job>)> work_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::unique_ptr<Job>> waiting_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

// Answers collected by the workers for the I/O thread, which is woken once for as many as have gathered.
class ReplyQueue {
 public:
  // Throws std::system_error if the machine has no descriptor left.
  ReplyQueue();

  int event() const { return event_.get(); }  // readable when there is something; for epoll
  void push(Reply reply);                     // any thread
  void wake();                                // any thread
  std::vector<Reply> take();                  // the I/O thread

 private:
  base::FileDescriptor event_;
  std::mutex mutex_;
  std::vector<Reply> replies_;
};

}  // namespace http
