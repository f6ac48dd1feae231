#include "tests/http/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <thread>

#include "base/strings.h"

namespace http::test {
namespace {

sockaddr_in loopback(const std::string& address, int port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &made.sin_addr);
  return made;
}

}  // namespace

RawClient::RawClient(int port, const std::string& from) : RawClient(unconnected(from)) {
  if (!connect(port)) socket_.reset();
}

RawClient RawClient::unconnected(const std::string& from) {
  RawClient client;
  client.socket_ = base::FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(client.socket(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (from.empty()) return client;
  ::setsockopt(client.socket(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  const auto own = loopback(from, 0);
  ::bind(client.socket(), reinterpret_cast<const sockaddr*>(&own), sizeof(own));
  return client;
}

bool RawClient::connect(int port) {
  const auto server = loopback("127.0.0.1", port);
  return ::connect(socket(), reinterpret_cast<const sockaddr*>(&server), sizeof(server)) == 0;
}

void RawClient::read_slowly() {
  const int size = 4096;
  ::setsockopt(socket(), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void RawClient::finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }

const std::string& RawClient::read_until(const std::function<bool(const std::string&)>& enough,
                                         std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::array<char, 65536> buffer{};
  while (!closed_ && !enough(received_)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waiting{socket_.get(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0) break;
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      closed_ = true;
    } else {
      received_.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }
  return received_;
}

const std::string& RawClient::read_all(std::chrono::milliseconds patience) {
  return read_until([](const std::string&) { return false; }, patience);
}

std::string RawClient::read_response() {
  const auto size = [](const std::string& text) -> std::size_t {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return std::string::npos;
    const auto length = base::to_integer(header_of(text, "Content-Length")).value_or(0);
    return end + 4 + static_cast<std::size_t>(length);
  };
  read_until([&](const std::string& text) { return size(text) != std::string::npos && text.size() >= size(text); });
  const auto end = std::min(size(received_), received_.size());
  std::string response = received_.substr(0, end);
  received_.erase(0, end);
  return response;
}

int status_of(const std::string& response) {
  if (!response.starts_with("HTTP/1.1 ") || response.size() < 12) return 0;
  return static_cast<int>(base::to_integer(std::string_view(response).substr(9, 3)).value_or(0));
}

std::string header_of(const std::string& response, std::string_view name) {
  const auto head = response.substr(0, response.find("\r\n\r\n"));
  for (const auto& line : base::split(head, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || !base::equals_ignoring_case(std::string_view(line).substr(0, colon), name))
      continue;
    return std::string(base::trim(std::string_view(line).substr(colon + 1)));
  }
  return {};
}

std::string body_of(const std::string& response) {
  const auto end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

std::string exchange(int port, std::string_view bytes) {
  RawClient client(port);
  client.send(bytes);
  return client.read_all();
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::size_t raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, std::min<rlim_t>(wanted, limit.rlim_max));
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::size_t resident_memory() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace http::test
