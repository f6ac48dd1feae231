#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "crypto/ssh_key.h"

namespace git {

// An ssh-agent (draft-miller-ssh-agent) inside this process that serves one key over a Unix socket in a directory
// of its own (0700), to processes of the same user only. It answers "list" and "sign" and refuses all else, so the
// private key never touches a disk, an argument list or an environment. Ends, socket and all, with the object.
class SshAgent {
 public:
  struct Options {
    int most_signatures = 8;  // then it refuses; a clone needs one per connection
    bool allow_sha1 = false;  // "ssh-rsa" signatures, for servers that know nothing better
  };
  // `directory`: where to make the private directory; if the path gets too long for a socket, the system's temporary
  // directory is used instead.
  static base::Result<std::unique_ptr<SshAgent>> start(crypto::SshKey key, const std::filesystem::path& directory,
                                                       Options options);
  static base::Result<std::unique_ptr<SshAgent>> start(crypto::SshKey key, const std::filesystem::path& directory) {
    return start(std::move(key), directory, Options{});
  }
  ~SshAgent();

  const std::filesystem::path& socket() const;  // for SSH_AUTH_SOCK
  int signatures() const;                       // made so far
  // Processes of that user may ask too; see LocalServer::admit.
  base::Status admit(uid_t user);

 private:
  class Impl;
  explicit SshAgent(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace git
