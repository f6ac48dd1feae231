#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ssh {

// A public key that a server showed.
struct SeenHostKey {
  std::string algorithm;   // "ssh-ed25519"
  std::string public_key;  // base64
  std::string fingerprint;
};

// How long to wait, and whose wish ends it sooner.
struct Patience {
  std::chrono::milliseconds timeout{45'000};  // of each program that is run
  std::stop_token stop = {};
};

// Asks a server for its host keys, one connection for each kind of key. A child process that holds no secret
// (runbridge-ssh-probe, libssh2) does the talking, since what an unknown host sends is anybody's; what that library
// cannot speak (RSA with SHA-2 before version 1.11) is asked with ssh-keyscan. Thread-safe.
class HostProbe {
 public:
  // `program`: runbridge-ssh-probe; it lies beside the server's own program.
  explicit HostProbe(std::filesystem::path program) : program_(std::move(program)) {}

  // `addresses` were resolved from `host` and checked against the outbound policy by the caller; they are tried in
  // order. kUnavailable: nobody answers; kUpstream: something does, but it is no SSH server.
  base::Result<std::vector<SeenHostKey>> scan(const std::string& host, int port,
                                              const std::vector<std::string>& addresses,
                                              const Patience& patience = {}) const;

  // runbridge-ssh-probe beside the running program.
  static std::filesystem::path default_program();

 private:
  std::filesystem::path program_;
};

}  // namespace ssh
