#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace net {

// Where addresses of names come from; the seam for tests. Thread-safe.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // Every address of `host` as text (inet_ntop), at least one. kUnavailable if there is none.
  virtual base::Result<std::vector<std::string>> look_up(const std::string& host) const = 0;
  // The same, waiting no longer than `limit` (and no longer than the resolver's own limit).
  virtual base::Result<std::vector<std::string>> look_up_within(const std::string& host,
                                                                std::chrono::milliseconds limit) const {
    static_cast<void>(limit);
    return look_up(host);
  }
};

// The machine's own resolver (getaddrinfo) on threads of its own, so that a slow name server holds a caller for
// `timeout` at most. One per process, made on first use.
std::shared_ptr<const Resolver> system_resolver();
std::shared_ptr<const Resolver> make_system_resolver(std::chrono::milliseconds timeout);

}  // namespace net
