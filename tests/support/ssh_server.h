#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace support {

// A real OpenSSH server on a free port of 127.0.0.1 that serves git (git-shell) to whoever holds one of the
// authorized keys, as the user who runs the test. Link bridge_test_git.
class SshServer {
 public:
  struct Options {
    std::vector<std::string> authorized_keys;  // public lines
    std::vector<std::string> host_keys = {"ed25519", "ecdsa", "rsa"};
    std::vector<std::string> settings = {};  // further lines of sshd_config, before ours
  };
  // Throws std::runtime_error with sshd's own words if it does not come up.
  explicit SshServer(Options options);
  ~SshServer();

  int port() const { return port_; }
  std::string host() const { return "127.0.0.1"; }
  std::string user() const;
  // ssh://user@127.0.0.1:port/path
  std::string url(const std::filesystem::path& repository) const;
  // known_hosts lines for all host keys.
  std::string known_hosts() const;
  std::string host_public_line(const std::string& type) const;  // "ssh-ed25519 AAAA…"

  void authorize(const std::vector<std::string>& public_lines);
  // Other host keys on the same port.
  void change_host_keys();
  std::string log() const;

 private:
  void make_host_keys();
  void start();
  void stop();
  bool started();

  Options options_;
  std::filesystem::path directory_;
  int port_ = 0;
  int process_ = -1;
};

}  // namespace support
