#pragma once

#include <functional>
#include <string>

namespace jobs {

// Wake-ups inside this process: whoever commits a job rings, every worker that listens looks. A ring that nobody
// hears is no loss, workers also look by themselves. Thread-safe.
void ring(const std::string& kind);

// Hears every ring while it lives. The function must return at once.
class Listener {
 public:
  explicit Listener(std::function<void(const std::string& kind)> heard);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

 private:
  std::function<void(const std::string&)> heard_;
};

}  // namespace jobs
