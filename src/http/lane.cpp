#include "http/lane.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/thread.h"

namespace http {

WorkerLane::WorkerLane(const std::string& name, int workers, std::size_t queue_limit,
                       std::function<void(std::unique_ptr<Job>)> work)
    : queue_limit_(queue_limit), work_(std::move(work)) {
  try {
    for (int index = 0; index < workers; ++index) {
      threads_.push_back(base::start_thread(name, [this](const std::stop_token&) { run(); }));
    }
  } catch (...) {
    stop();
    throw;
  }
}

bool WorkerLane::push(std::unique_ptr<Job>& job) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= queue_limit_) return false;
    first = waiting_.empty();
    waiting_.push_back(std::move(job));
  }
  if (first) filled_.notify_one();  // whoever takes it wakes the next one, if there is more
  return true;
}

void WorkerLane::stop() {
  std::deque<std::unique_ptr<Job>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
  }
  filled_.notify_all();
  threads_.clear();
}

void WorkerLane::run() {
  while (true) {
    std::unique_ptr<Job> job;
    bool more = false;
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
      more = !waiting_.empty();
    }
    if (more) filled_.notify_one();
    work_(std::move(job));
  }
}

ReplyQueue::ReplyQueue() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void ReplyQueue::push(Reply reply) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = replies_.empty();
    replies_.push_back(std::move(reply));
  }
  if (first) wake();
}

void ReplyQueue::wake() {
  const std::uint64_t one = 1;
  // Cannot fail but when the counter is full, and then the I/O thread is woken already.
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof(one));
}

std::vector<Reply> ReplyQueue::take() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = ::read(event_.get(), &count, sizeof(count));
  const std::lock_guard lock(mutex_);
  return std::exchange(replies_, {});
}

}  // namespace http
