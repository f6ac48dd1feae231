#include "tests/net/tiny_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/strings.h"

namespace net_test {
namespace {

int bind_loopback(int fd) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0) return 0;
  return ntohs(address.sin_port);
}

std::size_t body_length(const std::string& head) {
  const std::string lower = base::to_lower(head);
  const auto at = lower.find("content-length:");
  if (at == std::string::npos) return 0;
  const auto line = lower.substr(at + 15, lower.find("\r\n", at) - at - 15);
  return static_cast<std::size_t>(base::to_integer(base::trim(line)).value_or(0));
}

}  // namespace

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void wait_for_close(int fd) {
  char byte = 0;
  while (recv(fd, &byte, 1, 0) > 0) {
  }
}

std::string ok(const std::string& body, const std::string& headers) {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TinyServer::TinyServer(std::string answer)
    : TinyServer([answer = std::move(answer)](int fd, const std::string&) {
        send_all(fd, answer);
        return false;
      }) {}

TinyServer::TinyServer(Handler handler, std::string greeting)
    : handler_(std::move(handler)),
      greeting_(std::move(greeting)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  port_ = bind_loopback(listener_.get());
  listen(listener_.get(), 64);
  acceptor_ = std::jthread([this] { accept_all(); });
}

TinyServer::~TinyServer() {
  stopping_ = true;
  shutdown(listener_.get(), SHUT_RDWR);
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  acceptor_.join();
  workers_.clear();
}

void TinyServer::accept_all() {
  for (;;) {
    const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    if (stopping_) shutdown(fd, SHUT_RDWR);
    open_.push_back(fd);
    workers_.emplace_back([this, fd] { serve(fd); });
  }
}

void TinyServer::serve(int fd) {
  std::string input;
  char buffer[4096];
  send_all(fd, greeting_);
  for (bool go_on = true; go_on;) {
    auto end = input.find("\r\n\r\n");
    while (end == std::string::npos || input.size() < end + 4 + body_length(input.substr(0, end + 4))) {
      const auto count = recv(fd, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      input.append(buffer, static_cast<std::size_t>(count));
      end = input.find("\r\n\r\n");
    }
    if (end == std::string::npos) break;
    const std::string request = std::exchange(input, {});
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    go_on = handler_(fd, request);
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  base::FileDescriptor closed(fd);
}

std::string TinyServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<std::string> TinyServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

ClosedPort::ClosedPort()
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port_(bind_loopback(socket_.get())) {}

}  // namespace net_test
