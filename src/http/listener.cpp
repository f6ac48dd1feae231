#include "http/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace http {
namespace {

constexpr std::chrono::milliseconds kFirstPause{10};
constexpr std::chrono::milliseconds kLongestPause{200};
constexpr std::string_view kNoDescriptorAnswer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

base::FileDescriptor open_spare() { return base::FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Listener::Listener(base::FileDescriptor socket, Accept accept)
    : socket_(std::move(socket)), accept_(std::move(accept)), spare_(open_spare()) {}

std::optional<Listener::Client> Listener::next() {
  sockaddr_storage storage{};
  auto* address = reinterpret_cast<sockaddr*>(&storage);  // NOLINT: how sockets are spoken to
  while (socket_ && !resume_at_) {
    socklen_t length = sizeof(storage);
    Client client{base::FileDescriptor(accept_(socket_.get(), address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK)), {}};
    if (client.socket) {
      pause_ = {};
      const int on = 1;
      ::setsockopt(client.socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      client.address = IpAddress::of_socket(*address).value_or(IpAddress{});
      return client;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) on_error(errno);
    return std::nullopt;
  }
  return std::nullopt;
}

void Listener::on_error(int error) {
  ++errors_;
  if ((error == EMFILE || error == ENFILE) && turn_one_away()) return;
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  resume_at_ = std::chrono::steady_clock::now() + pause_;
}

bool Listener::turn_one_away() {
  if (!spare_) spare_ = open_spare();
  if (!spare_) return false;
  spare_.reset();
  base::FileDescriptor client(accept_(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  const bool served = static_cast<bool>(client);
  if (served) {
    ::send(client.get(), kNoDescriptorAnswer.data(), kNoDescriptorAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(client.get(), SHUT_WR);
    std::array<char, 16384> unread{};  // data left unread would turn the close into a reset
    ::recv(client.get(), unread.data(), unread.size(), MSG_DONTWAIT);
    ++turned_away_;
    client.reset();
  }
  spare_ = open_spare();
  return served;
}

}  // namespace http
