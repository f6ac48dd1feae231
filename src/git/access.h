#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "git/git_program.h"
#include "git/mirror.h"
#include "git/remote_url.h"

namespace git {

// Everything one conversation with a server needs: agent or credential socket, host keys, configuration. Nothing
// secret is in a file, argument or environment; all of it is gone with the object.
class Access {
 public:
  // `private_root`: where its private directory is made. The request must outlive it.
  static base::Result<std::unique_ptr<Access>> prepare(const FetchRequest& request, const RemoteUrl& url,
                                                       const MirrorOptions& options,
                                                       const std::filesystem::path& private_root);
  ~Access();

  // Adds what git needs to get in; `address` (may be empty) is the only one it will connect to.
  void apply(GitRun& run, const std::string& address) const;
  // `text` without any secret that a server may have sent back.
  std::string cleaned(const std::string& text) const;

 private:
  class Impl;
  explicit Access(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace git
