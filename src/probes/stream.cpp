#include "probes/stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "base/strings.h"
#include "probes/failure.h"

namespace probes {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<SocketAddress> socket_address(const std::string& text, int port) {
  SocketAddress address;
  auto* four = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (::inet_pton(AF_INET, text.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(static_cast<std::uint16_t>(port));
    address.size = sizeof(sockaddr_in);
    return address;
  }
  auto* six = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET6, text.c_str(), &six->sin6_addr) != 1) return std::nullopt;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(static_cast<std::uint16_t>(port));
  address.size = sizeof(sockaddr_in6);
  return address;
}

class TcpStream final : public Stream {
 public:
  TcpStream(base::FileDescriptor socket, const Deadline& deadline) : socket_(std::move(socket)), deadline_(deadline) {}

  base::Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        RETURN_IF_ERROR(deadline_.wait(socket_.get(), POLLOUT));
      } else if (errno != EINTR) {
        return failed_at(Stage::kProtocol, "it closed the connection");
      }
    }
    return {};
  }

  base::Result<std::string> read_some(std::size_t most) override {
    std::string buffer(std::min(most, std::size_t{16} << 10U), '\0');
    for (;;) {
      const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (count >= 0) {
        buffer.resize(static_cast<std::size_t>(count));
        return buffer;
      }
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        RETURN_IF_ERROR(deadline_.wait(socket_.get(), POLLIN));
      } else if (errno != EINTR) {
        return std::string();  // reset: the end, seen from here
      }
    }
  }

 private:
  base::FileDescriptor socket_;
  const Deadline& deadline_;
};

base::Result<base::FileDescriptor> open_one(const Dialer& dialer, const std::string& text, int port) {
  const auto address = socket_address(text, port);
  if (!address) return failed_at(Stage::kDns, "its address cannot be read");
  base::FileDescriptor socket(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return failed_at(Stage::kConnect, "no socket");
  const auto* target = reinterpret_cast<const sockaddr*>(&address->storage);
  if (::connect(socket.get(), target, address->size) == 0) return socket;
  if (errno == EINPROGRESS) {
    RETURN_IF_ERROR(dialer.deadline.wait(socket.get(), POLLOUT, dialer.connect));
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return socket;
    errno = error;
  }
  return failed_at(errno == ETIMEDOUT ? Stage::kTimeout : Stage::kConnect,
                   errno == ECONNREFUSED ? "connection refused" : base::to_lower(std::strerror(errno)));
}

}  // namespace

base::Result<std::string> Stream::read_exactly(std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    ASSIGN_OR_RETURN(const std::string more, read_some(size - bytes.size()));
    if (more.empty()) return failed_at(Stage::kProtocol, "it closed the connection in the middle of an answer");
    bytes += more;
  }
  return bytes;
}

base::Result<std::unique_ptr<Stream>> connect_to(const Dialer& dialer, const std::string& host, int port) {
  const auto places = net::find_places(dialer.policy, dialer.route, host, port, dialer.deadline.left());
  if (!places) {
    const bool unknown = places.error().code == base::Code::kUnavailable;
    return failed_at(unknown ? Stage::kDns : Stage::kBlocked, places.error().message);
  }
  base::Error last = failed_at(Stage::kConnect, "no address");
  for (const auto& address : places->addresses) {
    auto socket = open_one(dialer, address, places->port);
    if (socket) return std::unique_ptr<Stream>(std::make_unique<TcpStream>(*std::move(socket), dialer.deadline));
    last = socket.error();
    if (stage_of(last) == Stage::kStopped) break;
  }
  return last;
}

}  // namespace probes
