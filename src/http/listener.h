#pragma once

#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/file.h"
#include "http/address.h"

namespace http {

// accept4(2); tests replace it to see every error the kernel may give.
using Accept = std::function<int(int socket, sockaddr* address, socklen_t* length, int flags)>;

// The listening socket. No error of accept() ends it: it waits a little (10 ms, doubling to 200 ms) and goes on. While
// descriptors have run out, a spare one serves to tell clients so. One thread only.
class Listener {
 public:
  struct Client {
    base::FileDescriptor socket;  // non-blocking, close-on-exec, TCP_NODELAY
    IpAddress address;
  };

  Listener(base::FileDescriptor socket, Accept accept);

  int socket() const { return socket_.get(); }
  bool open() const { return static_cast<bool>(socket_); }

  // The next client; nothing if none waits or accept() failed, see resume_at().
  std::optional<Client> next();

  // Set while accept() is not to be called; `now` past it means that it may be called again.
  std::optional<base::SteadyTime> resume_at() const { return resume_at_; }
  void resume() { resume_at_.reset(); }

  std::uint64_t errors() const { return errors_; }
  std::uint64_t turned_away() const { return turned_away_; }  // told 503 with the spare descriptor

  void close() { socket_.reset(); }

 private:
  void on_error(int error);
  bool turn_one_away();

  base::FileDescriptor socket_;
  Accept accept_;
  base::FileDescriptor spare_;
  std::chrono::milliseconds pause_{};
  std::optional<base::SteadyTime> resume_at_;
  std::uint64_t errors_ = 0;
  std::uint64_t turned_away_ = 0;
};

}  // namespace http
