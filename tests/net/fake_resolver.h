#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/resolver.h"

namespace net_test {

// Answers what the function says and counts the questions.
class FakeResolver final : public net::Resolver {
 public:
  using Answer = std::function<std::vector<std::string>(const std::string& host, int question)>;
  explicit FakeResolver(Answer answer) : answer_(std::move(answer)) {}

  base::Result<std::vector<std::string>> look_up(const std::string& host) const override {
    auto addresses = answer_(host, ++questions_);
    if (addresses.empty()) return base::unavailable("unknown name", "NXDOMAIN");
    return addresses;
  }
  int questions() const { return questions_; }

 private:
  Answer answer_;
  mutable std::atomic<int> questions_ = 0;
};

inline std::shared_ptr<FakeResolver> resolves_to(std::vector<std::string> addresses) {
  return std::make_shared<FakeResolver>([addresses](const std::string&, int) { return addresses; });
}

}  // namespace net_test
