#include <arpa/inet.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/freed.h"
#include "base/strings.h"

// runbridge-ssh-probe ADDRESS PORT: connects once for each kind of host key and prints what the server shows:
//   {"reached":true,"keys":[{"algorithm":"ssh-ed25519","key":"<base64>"}, …]}
// Holds no secret and offers none: it goes no further than the key exchange.
//
// With RUNBRIDGE_SSH_ANSWERS it is OpenSSH's askpass program (ssh(1), SSH_ASKPASS) instead: it hands the prompt to the
// socket of that name and prints the answer. It speaks to no server then.
namespace {

constexpr int kConnectMillis = 5'000;
constexpr long kHandshakeMillis = 10'000;

constexpr std::array<const char*, 3> kKinds{
    "ssh-ed25519", "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521", "rsa-sha2-512,rsa-sha2-256,ssh-rsa"};

using Session = std::unique_ptr<LIBSSH2_SESSION, base::Freed<libssh2_session_free>>;

struct Key {
  std::string algorithm, text;
};

bool wait_connected(int socket) {
  pollfd watched{socket, POLLOUT, 0};
  int error = 0;
  socklen_t size = sizeof error;
  return ::poll(&watched, 1, kConnectMillis) == 1 && ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
         error == 0;
}

base::FileDescriptor connect_to(const std::string& address, std::uint16_t port) {
  sockaddr_in four{};
  sockaddr_in6 six{};
  const sockaddr* target = nullptr;
  socklen_t size = 0;
  if (::inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    target = reinterpret_cast<const sockaddr*>(&four);
    size = sizeof four;
  } else if (::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    target = reinterpret_cast<const sockaddr*>(&six);
    size = sizeof six;
  } else {
    return {};
  }
  base::FileDescriptor socket(::socket(target->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(socket.get(), target, size) != 0 && (errno != EINPROGRESS || !wait_connected(socket.get()))) return {};
  return socket;
}

// The first string of a public key in wire form is its algorithm.
std::string algorithm_of(const std::string& blob) {
  if (blob.size() < 4) return {};
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = (size << 8U) | static_cast<unsigned char>(blob[i]);
  if (size > 64 || size > blob.size() - 4) return {};
  const auto name = blob.substr(4, size);
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-@.") == std::string::npos ? name : std::string();
}

// Those of the kinds that the library has. It takes others out of the list itself, by copying bytes over each other in
// a way that C leaves undefined (libssh2 1.10, libssh2_session_method_pref).
std::string known_of(LIBSSH2_SESSION* session, const char* kinds) {
  const char** algorithms = nullptr;
  const int count = libssh2_session_supported_algs(session, LIBSSH2_METHOD_HOSTKEY, &algorithms);
  if (count <= 0) return {};
  std::vector<std::string> known;
  for (const auto& kind : base::split(kinds, ',')) {
    if (std::find(algorithms, algorithms + count, kind) != algorithms + count) known.push_back(kind);
  }
  libssh2_free(session, algorithms);
  return base::join(known, ",");
}

std::optional<Key> key_shown(int socket, const char* kinds) {
  const Session session(libssh2_session_init());
  if (!session) return std::nullopt;
  const auto known = known_of(session.get(), kinds);
  if (known.empty() || libssh2_session_method_pref(session.get(), LIBSSH2_METHOD_HOSTKEY, known.c_str()) != 0) {
    return std::nullopt;
  }
  libssh2_session_set_blocking(session.get(), 1);
  libssh2_session_set_timeout(session.get(), kHandshakeMillis);
  if (libssh2_session_handshake(session.get(), socket) != 0) return std::nullopt;
  std::size_t size = 0;
  int type = 0;
  const char* bytes = libssh2_session_hostkey(session.get(), &size, &type);
  if (bytes == nullptr || size > 16'384) return std::nullopt;
  const std::string blob(bytes, size);
  auto algorithm = algorithm_of(blob);
  if (algorithm.empty()) return std::nullopt;
  return Key{std::move(algorithm), base::to_base64(blob)};
}

int answer_prompt(const char* socket_path, const std::string& prompt) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(socket_path) >= sizeof address.sun_path) return 1;
  std::strcpy(address.sun_path, socket_path);
  const base::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const std::string line = prompt + "\n";
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::write(socket.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    return 1;
  }
  ::shutdown(socket.get(), SHUT_WR);
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(socket.get(), buffer.data(), buffer.size());
    if (count == 0) return 0;
    if (count < 0 || ::write(STDOUT_FILENO, buffer.data(), static_cast<std::size_t>(count)) != count) return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  ::prctl(PR_SET_DUMPABLE, 0);
  if (const char* answers = std::getenv("RUNBRIDGE_SSH_ANSWERS"); answers != nullptr) {
    return answer_prompt(answers, argc > 1 ? argv[1] : "");
  }
  const auto port = argc == 3 ? base::to_integer(argv[2]) : std::nullopt;
  if (!port || *port < 1 || *port > 65'535 || libssh2_init(0) != 0) {
    std::fputs("usage: runbridge-ssh-probe ADDRESS PORT\n", stderr);
    return 2;
  }
  bool reached = false;
  std::vector<std::string> keys;
  for (const char* kinds : kKinds) {
    const auto socket = connect_to(argv[1], static_cast<std::uint16_t>(*port));
    if (!socket) break;
    reached = true;
    if (const auto key = key_shown(socket.get(), kinds)) {
      keys.push_back(R"({"algorithm":")" + key->algorithm + R"(","key":")" + key->text + R"("})");
    }
  }
  std::printf("{\"reached\":%s,\"keys\":[%s]}\n", reached ? "true" : "false", base::join(keys, ",").c_str());
  libssh2_exit();
  return 0;
}
