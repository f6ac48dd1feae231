#include "git/local_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "base/file.h"
#include "base/secret.h"
#include "base/thread.h"

namespace git {
namespace {

constexpr std::size_t kMostClients = 16;
constexpr std::size_t kLongestMessage = std::size_t{256} << 10U;
constexpr const char* kSocketName = "s";
constexpr const char* kPrefix = "runbridge-";

struct Client {
  base::FileDescriptor socket;
  std::string buffer;
};

base::Error failed(const char* what) {
  return base::unavailable("cannot open a private socket for git", std::string(what) + ": " + std::strerror(errno));
}

bool fits(const std::filesystem::path& directory) {
  // A slash, the prefix, 12 random characters, a slash, the name and a NUL.
  return directory.string().size() + std::strlen(kPrefix) + 16 < sizeof(sockaddr_un::sun_path);
}

std::optional<uid_t> user_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

class LocalServer::Impl {
 public:
  Impl(base::TemporaryDirectory directory, Handler handler)
      : directory_(std::move(directory)), path_(directory_.path() / kSocketName), handler_(std::move(handler)) {}

  ~Impl() {
    thread_.request_stop();
    if (wake_) ::eventfd_write(wake_.get(), 1);
    if (thread_.joinable()) thread_.join();
    for (auto& client : clients_) base::wipe(client.buffer.data(), client.buffer.size());
  }

  base::Status start(const std::string& thread_name) {
    wake_ = base::FileDescriptor(::eventfd(0, EFD_CLOEXEC));
    listener_ = base::FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!wake_ || !listener_) return failed("socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path_.string();
    std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return failed("bind");
    if (::listen(listener_.get(), 8) != 0) return failed("listen");
    thread_ = base::start_thread(thread_name, [this](const std::stop_token& stop) {
      while (!stop.stop_requested()) serve_once();
    });
    return {};
  }

  const std::filesystem::path& path() const { return path_; }

  base::Status admit(uid_t user) {
    if (user != ::geteuid() && ::chown(path_.c_str(), user, static_cast<gid_t>(-1)) != 0) return failed("chown");
    admitted_ = user;
    return {};
  }

 private:
  void serve_once() {
    std::vector<pollfd> watched{{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& client : clients_) watched.push_back({client.socket.get(), POLLIN, 0});
    if (::poll(watched.data(), watched.size(), -1) < 0) return;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (watched[i + 2].revents != 0 && !serve(clients_[i])) clients_[i].socket.reset();
    }
    std::erase_if(clients_, [](const Client& client) { return !client.socket; });
    if (watched[1].revents != 0) accept_client();
  }

  void accept_client() {
    base::FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket || clients_.size() >= kMostClients) return;
    const auto user = user_of(socket.get());
    if (!user || (*user != ::geteuid() && *user != admitted_)) return;
    const timeval patience{5, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    clients_.push_back({std::move(socket), {}});
  }

  // False when the client is done with.
  bool serve(Client& client) {
    std::array<char, 16384> piece;
    const ssize_t got = ::recv(client.socket.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    const bool at_end = got == 0;
    client.buffer.append(piece.data(), static_cast<std::size_t>(got));
    if (client.buffer.size() > kLongestMessage) return false;
    auto answer = handler_(client.buffer, at_end);
    const bool sent = send_all(client.socket.get(), answer.bytes);
    base::wipe(answer.bytes.data(), answer.bytes.size());
    return sent && !answer.close && !at_end;
  }

  base::TemporaryDirectory directory_;
  std::filesystem::path path_;
  Handler handler_;
  base::FileDescriptor wake_, listener_;
  std::atomic<uid_t> admitted_ = ::geteuid();
  std::vector<Client> clients_;  // the thread's own
  std::jthread thread_;
};

base::Result<std::unique_ptr<LocalServer>> LocalServer::start(const std::string& thread_name,
                                                              const std::filesystem::path& directory, Handler handler) {
  const auto parent = fits(directory) ? directory : std::filesystem::temp_directory_path();
  if (!fits(parent)) return base::unavailable("cannot open a private socket for git: the path of TMPDIR is too long");
  ASSIGN_OR_RETURN(base::TemporaryDirectory own, base::TemporaryDirectory::create(parent, kPrefix));
  auto impl = std::make_unique<Impl>(std::move(own), std::move(handler));
  RETURN_IF_ERROR(impl->start(thread_name));
  return std::unique_ptr<LocalServer>(new LocalServer(std::move(impl)));
}

LocalServer::LocalServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LocalServer::~LocalServer() = default;
const std::filesystem::path& LocalServer::socket() const { return impl_->path(); }
base::Status LocalServer::admit(uid_t user) { return impl_->admit(user); }

}  // namespace git
