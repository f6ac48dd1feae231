#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "http/router.h"

namespace http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;  // 0: the system picks one, see Server::port
  int api_workers = 8;
  int webhook_workers = 8;
  std::size_t queue_limit = 1024;  // complete requests waiting per lane; beyond → 503 + Retry-After
  std::size_t max_connections = 4096;
  std::size_t max_connections_per_address = 1024;
  std::size_t max_body_memory = std::size_t{128} << 20U;  // all bodies together; beyond → 503
  std::chrono::milliseconds head_deadline{10'000};
  std::chrono::milliseconds body_deadline{30'000};
  std::size_t body_bytes_per_second = 1024;  // slower bodies are cut, but for the first sixth of body_deadline
  std::chrono::milliseconds request_deadline{60'000};
  std::chrono::milliseconds write_deadline{60'000};
  std::chrono::milliseconds keep_alive{15'000};
  std::vector<std::string> trusted_proxies;  // addresses or CIDR; only their X-Forwarded-For counts
  std::vector<std::string> allowed_hosts;    // empty: any; else other Host → 421
};

// A listening socket. Whoever connects before a server was started with it waits.
struct BoundSocket {
  base::FileDescriptor socket;
  int port = 0;
};
// Port 0: any free one. kUnavailable if the address is in use or not ours; the message says which.
base::Result<BoundSocket> bind(const std::string& address, int port);

// Counters since start; for metrics and tests.
struct ServerStats {
  std::uint64_t accepted = 0, requests = 0, rejected = 0, timed_out = 0, accept_errors = 0;
  std::size_t open_connections = 0;
};

// The listening side: one I/O thread (epoll) that accepts, reads and writes under deadlines and caps, and worker
// threads per lane that run handlers through cpp-httplib. See docs/ARCHITECTURE.md.
class Server {
 public:
  // Binds and starts; `router` must outlive the server. kUnavailable if the address is in use or not ours (the message
  // says which), kInvalid for a bad entry of trusted_proxies. Ignores SIGPIPE for the whole process. Uses no more
  // connections than three quarters of RLIMIT_NOFILE: raise that before.
  static base::Result<std::unique_ptr<Server>> start(const Router& router, ServerOptions options);
  // With a socket of bind(), for callers that have to know the port before.
  static base::Result<std::unique_ptr<Server>> start(const Router& router, ServerOptions options, BoundSocket bound);
  virtual ~Server() = default;  // stops
  virtual int port() const = 0;
  // Stops accepting, answers what was accepted (at most `grace`), closes. Safe to call twice.
  virtual void stop(std::chrono::milliseconds grace) = 0;
  virtual ServerStats stats() const = 0;
};

}  // namespace http
