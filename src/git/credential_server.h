#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "git/remote_url.h"

namespace git {

// Gives git one user name and password, for one host only, over a private socket: it speaks to the client half of
// git's own `credential-cache` helper (gitcredentials(7)), so no program of ours and no file is needed.
class CredentialServer {
 public:
  static base::Result<std::unique_ptr<CredentialServer>> start(const RemoteUrl& url, std::string username,
                                                               base::Secret password,
                                                               const std::filesystem::path& directory);
  ~CredentialServer();
  const std::filesystem::path& socket() const;

 private:
  class Impl;
  explicit CredentialServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace git
