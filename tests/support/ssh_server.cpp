#include "tests/support/ssh_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/file.h"
#include "base/process.h"
#include "base/random.h"

namespace support {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string first_words(const std::string& line, int count) {
  std::istringstream words(line);
  std::string result, word;
  for (int i = 0; i < count && words >> word; ++i) result += (i == 0 ? "" : " ") + word;
  return result;
}

int free_port() {
  const base::FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool answers(int port) {
  const base::FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

SshServer::SshServer(Options options) : options_(std::move(options)) {
  directory_ = fs::temp_directory_path() / ("sshd-" + base::random_base58(10));
  fs::create_directory(directory_);
  ::chmod(directory_.c_str(), 0700);
  authorize(options_.authorized_keys);
  make_host_keys();
  start();
}

SshServer::~SshServer() {
  stop();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string SshServer::user() const {
  static const std::string name = ::getpwuid(::getuid())->pw_name;  // asked once: getpwuid is not for several threads
  return name;
}

std::string SshServer::url(const fs::path& repository) const {
  return "ssh://" + user() + "@127.0.0.1:" + std::to_string(port_) + repository.string();
}

std::string SshServer::host_public_line(const std::string& type) const {
  return first_words(text_of(directory_ / ("host_" + type + ".pub")), 2);
}

std::string SshServer::known_hosts() const {
  std::string lines;
  for (const auto& type : options_.host_keys) {
    lines += "[127.0.0.1]:" + std::to_string(port_) + " " + host_public_line(type) + "\n";
  }
  return lines;
}

void SshServer::authorize(const std::vector<std::string>& public_lines) {
  std::ofstream file(directory_ / "authorized_keys");
  for (const auto& line : public_lines) file << line << "\n";
}

void SshServer::change_host_keys() {
  stop();
  make_host_keys();
  start();
}

std::string SshServer::log() const { return text_of(directory_ / "log"); }

void SshServer::make_host_keys() {
  for (const auto& type : options_.host_keys) {
    const auto path = directory_ / ("host_" + type);
    fs::remove(path);
    std::vector<std::string> arguments{"ssh-keygen", "-q", "-t", type, "-N", "", "-C", "host", "-f", path.string()};
    if (type == "rsa") arguments.insert(arguments.end(), {"-b", "3072"});
    const auto made = base::run_process({.arguments = arguments, .environment = {{"PATH", "/usr/bin:/bin"}}});
    if (!made || !made->succeeded()) throw std::runtime_error("ssh-keygen failed");
  }
}

void SshServer::start() {
  if (::geteuid() == 0) ::mkdir("/run/sshd", 0755);  // sshd wants it when it runs as root
  // Somebody may take the port between our look and sshd's bind; then another one is tried.
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (port_ == 0) port_ = free_port();
    std::ofstream config(directory_ / "config");
    for (const auto& line : options_.settings) config << line << "\n";
    for (const auto& type : options_.host_keys)
      config << "HostKey " << (directory_ / ("host_" + type)).string() << "\n";
    config << "Port " << port_ << "\nListenAddress 127.0.0.1\nPidFile none\nUsePAM no\nStrictModes no\n"
           << "PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
           << "AuthorizedKeysFile " << (directory_ / "authorized_keys").string() << "\nLogLevel VERBOSE\n"
           << "ForceCommand git-shell -c \"$SSH_ORIGINAL_COMMAND\"\nMaxStartups 100\n";
    config.close();
    if (started()) return;
    stop();
    port_ = 0;
  }
  throw std::runtime_error("sshd does not start: " + log());
}

bool SshServer::started() {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, (directory_ / "log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::string config = (directory_ / "config").string();
  std::string program = "/usr/sbin/sshd", foreground = "-D", to_errors = "-e", flag = "-f";
  std::array<char*, 6> arguments{program.data(), foreground.data(), to_errors.data(),
                                 flag.data(),    config.data(),     nullptr};
  std::string path = "PATH=/usr/sbin:/usr/bin:/bin";
  std::array<char*, 2> environment{path.data(), nullptr};
  const int failed =
      ::posix_spawn(&process_, program.c_str(), &actions, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) throw std::runtime_error("no /usr/sbin/sshd; install openssh-server");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    if (answers(port_)) return true;
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      return false;
    }
    ::poll(nullptr, 0, 10);
  }
  return false;
}

void SshServer::stop() {
  if (process_ <= 0) return;
  ::kill(-process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

}  // namespace support
