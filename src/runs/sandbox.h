#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace runs {

// A file for the program alone: on a memory file system of its own, gone when it ends.
struct PrivateFile {
  std::string path;  // below the private directory; never absolute, no ".."
  base::Secret content;
  std::uint32_t mode = 0600;
};

// One program to run on somebody else's behalf.
struct Command {
  std::vector<std::string> argv;                   // argv[0] is looked up on the sandbox's own PATH; never a shell
  std::filesystem::path work_dir;                  // writable inside as /work, and the directory the program starts in
  std::string start_in;                            // below work_dir; empty: its top
  std::vector<std::filesystem::path> read_only;    // seen inside at the same path
  std::map<std::string, std::string> environment;  // may hold secrets: never shown, never in argv
  // An ssh-agent that git may ask, and the hosts it may speak to (known_hosts(5)): inside, SSH_AUTH_SOCK and
  // GIT_SSH_COMMAND name them. `admit` lets the user in that the program runs as.
  struct Agent {
    std::filesystem::path socket, known_hosts;
    std::function<base::Status(uid_t)> admit;
  };
  std::optional<Agent> agent;
  std::string private_directory;           // from Sandbox::private_directory; empty: none
  std::vector<PrivateFile> private_files;  // below it
  bool network = false;
  base::Millis timeout{3'600'000};
  std::uint64_t memory_bytes = std::uint64_t{2} << 30U;  // address space of each process
  std::uint64_t file_bytes = std::uint64_t{2} << 30U;    // largest file it may write
  std::uint64_t processes = 512;
  std::uint64_t output_bytes = std::uint64_t{64} << 20U;  // of both streams together
};

// How it ended. Exactly one of the reasons applies; `reason` says it in a sentence for people.
struct Exit {
  int code = 0;  // 128 + signal when a signal ended it
  int signal = 0;
  bool timed_out = false;
  bool output_capped = false;
  bool canceled = false;
  bool out_of_memory = false;
  std::string reason;

  bool ok() const { return code == 0 && signal == 0 && !timed_out && !output_capped && !canceled && !out_of_memory; }
};

// Where plans and applies run. Safe to call from many threads.
class Sandbox {
 public:
  virtual ~Sandbox() = default;
  // Runs to the end. `on_output` gets both streams in the order they came, on the calling thread. `cancel` ends the
  // program and all it started (TERM, then KILL after 10 s). Errors: kUnavailable when the sandbox itself cannot be
  // made (the message says what to install or allow); what the program does is in Exit.
  virtual base::Result<Exit> run(const Command& command, const std::function<void(std::string_view)>& on_output,
                                 std::stop_token cancel) = 0;
  // Where the programs of the run `name` see their private files.
  virtual std::string private_directory(const std::string& name) const;
  // Removes what a server that died may have left of the run `name`: its private files.
  virtual void discard(const std::string& name) const;
  // What it isolates, in words, for `doctor` and the log at start.
  virtual std::string description() const = 0;
};

// bubblewrap: own mount, PID, IPC, UTS and (unless asked) network namespace; a private /tmp; the system's programs
// and libraries read-only; nothing of the server's files. When the server runs as root, the program runs under a
// uid of its own. kUnavailable when bubblewrap is missing or the kernel refuses namespaces.
base::Result<std::unique_ptr<Sandbox>> make_bubblewrap_sandbox();

// No isolation but limits, for machines without namespaces; only when the operator asks for it by name.
std::unique_ptr<Sandbox> make_plain_sandbox();

}  // namespace runs
