#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"

namespace net_test {

// A server on 127.0.0.1 that answers each connection with the bytes it was given: what no HTTP library would send.
// One thread per connection; all are joined on destruction.
class TinyServer {
 public:
  // Gets the head and body of one request; writes to `fd` what it likes. The connection closes when it returns false.
  using Handler = std::function<bool(int fd, const std::string& request)>;

  // `greeting` is sent before anything is read.
  explicit TinyServer(Handler handler, std::string greeting = {});
  explicit TinyServer(std::string answer);
  ~TinyServer();

  int port() const { return port_; }
  std::string url(const std::string& path = "/") const;
  std::vector<std::string> requests() const;
  int connections() const { return connections_; }

 private:
  void accept_all();
  void serve(int fd);

  Handler handler_;
  std::string greeting_;
  base::FileDescriptor listener_;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<int> open_;
  std::vector<std::jthread> workers_;
  std::jthread acceptor_;
};

// Sends all of it; false if the other side is gone.
bool send_all(int fd, std::string_view bytes);
// Waits until the other side closes.
void wait_for_close(int fd);
// "HTTP/1.1 200 OK" with a length.
std::string ok(const std::string& body, const std::string& headers = "");

// A port of 127.0.0.1 that nothing listens on while this object lives.
class ClosedPort {
 public:
  ClosedPort();
  int port() const { return port_; }

 private:
  base::FileDescriptor socket_;
  int port_ = 0;
};

}  // namespace net_test
