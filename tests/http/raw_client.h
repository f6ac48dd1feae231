#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace http::test {

using Clock = std::chrono::steady_clock;

// How long a test waits before it calls something stuck. Long: machines that run tests are busy.
inline constexpr std::chrono::seconds kPatience{30};

// A TCP connection to a server on this machine that sends whatever bytes it is told to.
class RawClient {
 public:
  explicit RawClient(int port, const std::string& from = "");  // `from`: own address, for tests of caps by address

  static RawClient unconnected(const std::string& from = "");  // has its descriptor already
  bool connect(int port);
  bool connected() const { return static_cast<bool>(socket_); }
  int socket() const { return socket_.get(); }

  // Sends all of it; false if the server has closed.
  bool send(std::string_view bytes);
  void finish_sending();

  // Reads until the server closes (or resets), until `enough` says so, or until the deadline. Keeps what was read.
  const std::string& read_until(const std::function<bool(const std::string&)>& enough,
                                std::chrono::milliseconds patience = kPatience);
  const std::string& read_all(std::chrono::milliseconds patience = kPatience);
  // One response with Content-Length, without what follows it.
  std::string read_response();

  bool closed() const { return closed_; }  // as far as reading has seen
  void read_slowly();                      // asks for a small receive buffer; before connecting

 private:
  RawClient() = default;

  base::FileDescriptor socket_;
  std::string received_;
  bool closed_ = false;
};

int status_of(const std::string& response);                                 // 0 if it is none
std::string header_of(const std::string& response, std::string_view name);  // "" if absent
std::string body_of(const std::string& response);

// Connects, sends, and reads until the server closes.
std::string exchange(int port, std::string_view bytes);

// Waits until the condition holds; false if it does not within the patience.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience = kPatience);

// Lets this process have `wanted` descriptors if the hard limit does; the number it has.
std::size_t raise_descriptor_limit(std::size_t wanted);

// Resident memory of this process, in bytes.
std::size_t resident_memory();

}  // namespace http::test
