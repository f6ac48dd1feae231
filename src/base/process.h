#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace base {

// A descriptor of ours that the child gets under a number of its own.
struct PassedDescriptor {
  int ours = -1;    // stays open here
  int childs = -1;  // 3 or more
};

// A program to run to its end. The child gets exactly what is named here: nothing of our environment, no descriptor
// but 0, 1, 2 and `descriptors`, default signal handling, a process group of its own.
struct Command {
  // arguments[0] is the program: an absolute path, or a name looked up in /usr/local/bin, /usr/bin and /bin.
  std::vector<std::string> arguments;
  // The whole environment. Readable by root through /proc: never a secret.
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::filesystem::path directory = "/";
  std::string_view input = {};  // written to standard input, then closed; must outlive the call
  std::vector<PassedDescriptor> descriptors = {};

  // How long the whole may take; then the process group is killed.
  std::chrono::milliseconds timeout{60'000};
  // A stop request ends the group as a time-out does.
  std::stop_token stop = {};
  // On time-out and stop: first `soft_signal` (0: none), then SIGKILL after `grace`.
  int soft_signal = 0;
  std::chrono::milliseconds grace{0};

  // Most bytes of each stream that are kept. What exceeds it is dropped, or ends the group if `end_at_limit`.
  std::size_t output_limit = std::size_t{1} << 20U;
  std::size_t errors_limit = std::size_t{64} << 10U;
  bool end_at_limit = false;
  // Called on the calling thread with each piece as it comes; then nothing of that stream is kept and no limit
  // applies to it. Returning false ends the group.
  std::function<bool(std::string_view)> on_output = {};
  std::function<bool(std::string_view)> on_errors = {};

  // Limits of the child itself; nothing: as ours.
  std::optional<std::uint64_t> file_size_limit = {};  // bytes of any one file it writes (RLIMIT_FSIZE)
  std::optional<std::uint64_t> memory_limit = {};     // bytes of address space (RLIMIT_AS)
};

struct ProcessResult {
  enum class End { kExited, kSignaled, kTimedOut, kStopped, kLimit };
  End end = End::kExited;
  int exit_code = -1;  // kExited
  int signal = 0;      // the signal that ended it, if one did
  std::string output;
  std::string errors;
  bool output_cut = false;
  bool errors_cut = false;

  bool succeeded() const { return end == End::kExited && exit_code == 0; }
};

// Runs a program and waits for it; whatever is left of its process group is killed when it ends, and the program
// dies with this process. How it ended is in the result; an error means that it never started: kInvalid (no such
// program, not executable, no such directory) or kUnavailable (no process, memory or descriptor to be had).
// Thread-safe. Errors name the program, never its arguments.
Result<ProcessResult> run_process(const Command& command);

// Where `name` is installed among /usr/local/bin, /usr/bin and /bin; nothing if nowhere.
std::optional<std::filesystem::path> find_program(std::string_view name);

}  // namespace base
