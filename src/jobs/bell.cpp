#include "jobs/bell.h"

#include <algorithm>
#include <mutex>
#include <vector>

namespace jobs {
namespace {

// The one thing in this process that is not handed from constructor to constructor: a job is enqueued through a
// transaction, by code that knows no worker.
struct Bell {
  std::mutex mutex;
  std::vector<const std::function<void(const std::string&)>*> listeners;
};

Bell& bell() {
  static Bell instance;
  return instance;
}

}  // namespace

void ring(const std::string& kind) {
  const std::lock_guard lock(bell().mutex);
  for (const auto* heard : bell().listeners) (*heard)(kind);
}

Listener::Listener(std::function<void(const std::string&)> heard) : heard_(std::move(heard)) {
  const std::lock_guard lock(bell().mutex);
  bell().listeners.push_back(&heard_);
}

Listener::~Listener() {
  const std::lock_guard lock(bell().mutex);
  std::erase(bell().listeners, &heard_);
}

}  // namespace jobs
