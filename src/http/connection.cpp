#include "http/connection.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace http {
namespace {

constexpr std::size_t kFilePiece = std::size_t{1} << 20U;    // per turn, so that one large file does not starve others
constexpr std::size_t kMostDrained = std::size_t{1} << 20U;  // read and thrown away after an early answer

}  // namespace

std::optional<std::size_t> Connection::receive(char* buffer, std::size_t size) {
  const ssize_t count = ::recv(socket_.get(), buffer, size, 0);
  if (count >= 0) {
    // A short read has emptied the socket, unless the end of the stream is there to be read too.
    if (static_cast<std::size_t>(count) < size && !hung_up) readable = false;
    return static_cast<std::size_t>(count);
  }
  if (errno == EINTR) return std::nullopt;
  readable = false;
  failed = errno != EAGAIN;
  return std::nullopt;
}

void Connection::begin_reply(Reply reply) {
  reply_ = std::move(reply);
  written_ = 0;
  phase = Phase::kWriting;
}

Connection::Transfer Connection::write_some() {
  const auto bytes = write_bytes();
  if (bytes != Transfer::kDone || !reply_.file) return bytes;
  return write_file();
}

Connection::Transfer Connection::write_bytes() {
  const int more = reply_.file ? MSG_MORE : 0;
  while (written_ < reply_.bytes.size()) {
    const auto rest = std::string_view(reply_.bytes).substr(written_);
    const ssize_t count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | more);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      writable = false;
      return errno == EAGAIN ? Transfer::kBlocked : Transfer::kFailed;
    }
    written_ += static_cast<std::size_t>(count);
  }
  return Transfer::kDone;
}

Connection::Transfer Connection::write_file() {
  std::size_t piece = kFilePiece;
  while (reply_.file_size > 0 && piece > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(reply_.file_size, piece));
    const ssize_t count = ::sendfile(socket_.get(), reply_.file.get(), nullptr, wanted);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      writable = false;
      return Transfer::kBlocked;
    }
    if (count <= 0) return Transfer::kFailed;  // also a file that has become shorter
    reply_.file_size -= static_cast<std::uint64_t>(count);
    piece -= static_cast<std::size_t>(count);
  }
  return reply_.file_size == 0 ? Transfer::kDone : Transfer::kMore;
}

void Connection::send_continue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  ::send(socket_.get(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
}

void Connection::cut() {
  const linger discard{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &discard, sizeof(discard));
}

void Connection::begin_linger() {
  phase = Phase::kLingering;
  reader = RequestReader();
  ::shutdown(socket_.get(), SHUT_WR);
}

Connection::Transfer Connection::drain_some() {
  while (readable && drained_ < kMostDrained) {
    // MSG_TRUNC throws the bytes away without copying them.
    const ssize_t count = ::recv(socket_.get(), nullptr, kMostDrained - drained_, MSG_TRUNC);
    if (count < 0 && errno == EAGAIN) {
      readable = false;
      return Transfer::kBlocked;
    }
    if (count <= 0) return Transfer::kDone;
    drained_ += static_cast<std::size_t>(count);
  }
  return drained_ < kMostDrained ? Transfer::kBlocked : Transfer::kDone;
}

void Connection::begin_next_request() {
  reply_ = {};
  reader = RequestReader();
  route = nullptr;
  memory.release();
  phase = Phase::kHead;
}

}  // namespace http
