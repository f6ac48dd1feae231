#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace git {

// A Unix socket in a directory of its own (0700), served by one thread of ours to processes of our own user. Ends,
// socket and directory and all, with the object.
class LocalServer {
 public:
  struct Answer {
    std::string bytes;
    bool close = false;
  };
  // Called on the server's thread with what one client has sent and not yet been answered; takes whole messages off
  // the front of `buffer`. `at_end`: the client will send no more.
  using Handler = std::function<Answer(std::string& buffer, bool at_end)>;

  // `directory`: where to make the private directory; the system's temporary directory if the path gets too long.
  static base::Result<std::unique_ptr<LocalServer>> start(const std::string& thread_name,
                                                          const std::filesystem::path& directory, Handler handler);
  ~LocalServer();
  const std::filesystem::path& socket() const;
  // Processes of that user may connect too, if they can reach the socket: its directory stays closed to them.
  base::Status admit(uid_t user);

 private:
  class Impl;
  explicit LocalServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace git
