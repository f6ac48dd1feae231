#include "base/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/file.h"

namespace base {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kFirstFree = 3;
// How long to read what is left in the pipes when the program has ended but somebody outside its group holds them.
constexpr milliseconds kDrainTime{1'000};

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

Error cannot_start(const std::string& program, int number) {
  const bool short_of_something = number == EAGAIN || number == ENOMEM || number == EMFILE || number == ENFILE;
  return {short_of_something ? Code::kUnavailable : Code::kInvalid,
          "cannot start " + program + ": " + std::strerror(number)};
}

Result<Pipe> make_pipe(const std::string& program) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot_start(program, errno);
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

void set_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

// Everything the child needs, laid out before the fork: between fork and exec only async-signal-safe calls are
// allowed, so no allocation.
struct ChildPlan {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<std::string> environment_texts;
  const char* program = nullptr;
  const char* directory = nullptr;
  std::vector<PassedDescriptor> descriptors;  // sorted by the child's number; `ours` already out of the way
  int report = -1;                            // where to write errno if it fails
  const std::optional<std::uint64_t>* file_size_limit = nullptr;
  const std::optional<std::uint64_t>* memory_limit = nullptr;
  pid_t parent = 0;
};

[[noreturn]] void give_up(int report) {
  const int number = errno;
  [[maybe_unused]] const ssize_t written = ::write(report, &number, sizeof number);
  ::_exit(127);
}

bool set_limit(decltype(RLIMIT_AS) what, const std::optional<std::uint64_t>& limit) {
  if (!limit) return true;
  const rlimit value{*limit, *limit};
  return ::setrlimit(what, &value) == 0;
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool close_between(int first, int last) {
  return first > last || ::syscall(SYS_close_range, static_cast<unsigned>(first), static_cast<unsigned>(last), 0U) == 0;
}

// Puts each descriptor under its number and closes every other one but `report`, which is above all of them.
bool arrange_descriptors(const ChildPlan& plan) {
  int next = 0;
  for (const auto& passed : plan.descriptors) {
    if (::dup2(passed.ours, passed.childs) < 0) return false;
  }
  for (const auto& passed : plan.descriptors) {
    if (!close_between(next, passed.childs - 1)) return false;
    next = passed.childs + 1;
  }
  return close_between(next, plan.report - 1) &&
         ::syscall(SYS_close_range, static_cast<unsigned>(plan.report) + 1U, ~0U, 0U) == 0;
}

[[noreturn]] void become(const ChildPlan& plan) {
  reset_signals();
  if (::setpgid(0, 0) != 0) give_up(plan.report);
  // The program must not outlive us. If we are gone already, the signal would never come.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(plan.report);
  if (::getppid() != plan.parent) ::_exit(127);
  if (!arrange_descriptors(plan)) give_up(plan.report);
  if (!set_limit(RLIMIT_FSIZE, *plan.file_size_limit) || !set_limit(RLIMIT_AS, *plan.memory_limit)) {
    give_up(plan.report);
  }
  if (::chdir(plan.directory) != 0) give_up(plan.report);
  ::umask(077);
  ::execve(plan.program, plan.arguments.data(), plan.environment.data());
  give_up(plan.report);
}

class Run {
 public:
  explicit Run(const Command& command) : command_(command) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  ~Run() {
    if (process_ > 0) {
      ::kill(-process_, SIGKILL);
      reap();
    }
  }

  Status start() {
    if (command_.arguments.empty()) return invalid("no program is named");
    name_ = command_.arguments.front();
    auto path = name_.starts_with('/') ? std::optional<std::filesystem::path>(name_) : find_program(name_);
    if (!path) return invalid("the program '" + name_ + "' is not installed");
    program_ = path->string();
    ASSIGN_OR_RETURN(input_, make_pipe(name_));
    ASSIGN_OR_RETURN(output_, make_pipe(name_));
    ASSIGN_OR_RETURN(errors_, make_pipe(name_));
    ASSIGN_OR_RETURN(Pipe report, make_pipe(name_));
    wake_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake_) return cannot_start(name_, errno);
    RETURN_IF_ERROR(fork_child(report));
    return wait_for_exec(report);
  }

  ProcessResult finish() {
    const std::stop_callback wake_up(command_.stop, [this] { ::eventfd_write(wake_.get(), 1); });
    deadline_ = steady_clock::now() + command_.timeout;
    while (!exited_) step();
    ::kill(-process_, SIGKILL);  // not reaped yet, so the group's number is still ours
    drain();
    reap();
    return std::move(result_);
  }

 private:
  Status fork_child(Pipe& report) {
    ChildPlan plan;
    std::vector<FileDescriptor> moved;
    RETURN_IF_ERROR(lay_out(plan, moved, report));
    const pid_t child = ::fork();
    if (child == 0) become(plan);
    if (child < 0) return cannot_start(name_, errno);
    process_ = child;
    ::setpgid(child, child);  // both sides do it, so that it is done whoever is first
    process_handle_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    if (!process_handle_) return cannot_start(name_, errno);
    input_.read_end.reset();
    output_.write_end.reset();
    errors_.write_end.reset();
    report.write_end.reset();
    for (const int fd : {input_.write_end.get(), output_.read_end.get(), errors_.read_end.get()}) set_nonblocking(fd);
    return {};
  }

  // Copies every descriptor above all target numbers, so that no dup2 in the child overwrites another's source.
  Status lay_out(ChildPlan& plan, std::vector<FileDescriptor>& moved, Pipe& report) {
    plan.descriptors = {{input_.read_end.get(), 0}, {output_.write_end.get(), 1}, {errors_.write_end.get(), 2}};
    for (const auto& passed : command_.descriptors) {
      if (passed.childs < kFirstFree) return invalid("a passed descriptor must have the number 3 or more");
      plan.descriptors.push_back(passed);
    }
    std::sort(plan.descriptors.begin(), plan.descriptors.end(),
              [](const auto& a, const auto& b) { return a.childs < b.childs; });
    const int floor = plan.descriptors.back().childs + 1;
    for (auto& passed : plan.descriptors) {
      ASSIGN_OR_RETURN(FileDescriptor copy, copy_above(passed.ours, floor));
      passed.ours = copy.get();
      moved.push_back(std::move(copy));
    }
    ASSIGN_OR_RETURN(report.write_end, copy_above(report.write_end.get(), floor));
    plan.report = report.write_end.get();
    for (const auto& argument : command_.arguments) plan.arguments.push_back(const_cast<char*>(argument.c_str()));
    plan.arguments.push_back(nullptr);
    for (const auto& [key, value] : command_.environment) plan.environment_texts.push_back(key + "=" + value);
    for (auto& text : plan.environment_texts) plan.environment.push_back(text.data());
    plan.environment.push_back(nullptr);
    plan.program = program_.c_str();
    plan.directory = command_.directory.c_str();
    plan.file_size_limit = &command_.file_size_limit;
    plan.memory_limit = &command_.memory_limit;
    plan.parent = ::getpid();
    return {};
  }

  Result<FileDescriptor> copy_above(int fd, int floor) {
    FileDescriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, floor));
    if (!copy) return cannot_start(name_, errno);
    return copy;
  }

  // The report pipe closes by exec; anything read from it is the errno of what failed before.
  Status wait_for_exec(const Pipe& report) {
    int number = 0;
    ssize_t got = 0;
    do {
      got = ::read(report.read_end.get(), &number, sizeof number);
    } while (got < 0 && errno == EINTR);
    if (got == 0) return {};
    reap();
    return cannot_start(name_, got == sizeof number ? number : EIO);
  }

  void step() {
    std::array<pollfd, 5> watched{};
    watched[0] = {process_handle_.get(), POLLIN, 0};
    watched[1] = {ending_ ? -1 : wake_.get(), POLLIN, 0};
    watched[2] = {output_.read_end.get(), POLLIN, 0};
    watched[3] = {errors_.read_end.get(), POLLIN, 0};
    watched[4] = {input_.write_end.get(), POLLOUT, 0};
    if (input_.write_end && sent_ == command_.input.size()) {
      input_.write_end.reset();
      watched[4].fd = -1;
    }
    ::poll(watched.data(), watched.size(), poll_time());
    if (watched[2].revents != 0) take_output();
    if (watched[3].revents != 0) take_errors();
    if (watched[4].revents != 0) give_input();
    if (watched[0].revents != 0) exited_ = true;
    if (!ending_ && command_.stop.stop_requested()) end(ProcessResult::End::kStopped);
    if (steady_clock::now() >= deadline_) past_deadline();
  }

  int poll_time() const {
    const auto left = std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
  }

  void past_deadline() {
    if (!ending_) return end(ProcessResult::End::kTimedOut);
    ::kill(-process_, SIGKILL);
    deadline_ = steady_clock::now() + std::chrono::hours(1);
  }

  void end(ProcessResult::End how) {
    if (ending_) return;
    ending_ = true;
    result_.end = how;
    const bool softly = how != ProcessResult::End::kLimit && command_.soft_signal != 0;
    ::kill(-process_, softly ? command_.soft_signal : SIGKILL);
    deadline_ = steady_clock::now() + (softly ? command_.grace : std::chrono::hours(1));
  }

  void give_input() {
    const auto rest = command_.input.substr(sent_);
    // A program need not read its input: no SIGPIPE for us then.
    sigset_t pipe_signal, before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    const ssize_t written = ::write(input_.write_end.get(), rest.data(), rest.size());
    const int number = errno;
    if (written < 0 && number == EPIPE) {
      const timespec now{};
      ::sigtimedwait(&pipe_signal, nullptr, &now);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (written >= 0) {
      sent_ += static_cast<std::size_t>(written);
    } else if (number != EAGAIN && number != EINTR) {
      input_.write_end.reset();
    }
  }

  void take_output() {
    take(output_.read_end, command_.on_output, result_.output, command_.output_limit, result_.output_cut);
  }
  void take_errors() {
    take(errors_.read_end, command_.on_errors, result_.errors, command_.errors_limit, result_.errors_cut);
  }

  void take(FileDescriptor& from, const std::function<bool(std::string_view)>& callback, std::string& kept,
            std::size_t limit, bool& cut) {
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return from.reset();
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
    if (callback) {
      if (!callback(piece)) end(ProcessResult::End::kLimit);
      return;
    }
    const std::size_t room = limit - kept.size();
    kept.append(piece.substr(0, room));
    if (piece.size() <= room) return;
    cut = true;
    if (command_.end_at_limit) end(ProcessResult::End::kLimit);
  }

  void drain() {
    const auto until = steady_clock::now() + kDrainTime;
    while ((output_.read_end || errors_.read_end) && steady_clock::now() < until) {
      std::array<pollfd, 2> watched{{{output_.read_end.get(), POLLIN, 0}, {errors_.read_end.get(), POLLIN, 0}}};
      ::poll(watched.data(), watched.size(), 100);
      if (watched[0].revents != 0) take_output();
      if (watched[1].revents != 0) take_errors();
    }
  }

  void reap() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    if (WIFSIGNALED(status)) {
      result_.signal = WTERMSIG(status);
      if (result_.end == ProcessResult::End::kExited) result_.end = ProcessResult::End::kSignaled;
    } else if (WIFEXITED(status)) {
      result_.exit_code = WEXITSTATUS(status);
    }
  }

  const Command& command_;
  std::string name_, program_;
  Pipe input_, output_, errors_;
  FileDescriptor wake_, process_handle_;
  pid_t process_ = -1;
  std::size_t sent_ = 0;
  steady_clock::time_point deadline_;
  bool ending_ = false, exited_ = false;
  ProcessResult result_;
};

}  // namespace

std::optional<std::filesystem::path> find_program(std::string_view name) {
  if (name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
  for (const char* directory : {"/usr/local/bin", "/usr/bin", "/bin"}) {
    auto path = std::filesystem::path(directory) / name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

Result<ProcessResult> run_process(const Command& command) {
  Run run(command);
  RETURN_IF_ERROR(run.start());
  return run.finish();
}

}  // namespace base
