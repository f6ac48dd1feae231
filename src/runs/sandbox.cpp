#include "runs/sandbox.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <mutex>
#include <set>

#include "base/file.h"
#include "base/guarded.h"
#include "base/process.h"
#include "base/secret.h"
#include "base/strings.h"
#include "base/thread.h"
#include "runs/process_tree.h"

namespace runs {
namespace {

constexpr std::chrono::seconds kGrace{10};
constexpr int kArgumentsDescriptor = 3;
constexpr int kInfoDescriptor = 4;
constexpr int kUsersDescriptor = 5;
constexpr const char* kAgentInside = "/run/agent";
constexpr const char* kHostsInside = "/run/known_hosts";
constexpr int kFirstFileDescriptor = 6;
constexpr const char* kPrivateDirectory = "/run/private";
constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
// Far from every range Debian and systemd hand out, so that no account of the machine has it.
constexpr uid_t kFirstUid = 1'900'000'000;
constexpr uid_t kUids = 4096;

// Uids in use by running programs of this process: two runs never share one.
class UidPool {
 public:
  uid_t take() {
    return used_.with([](std::set<uid_t>& used) {
      uid_t uid = kFirstUid;
      while (used.count(uid) > 0 && uid < kFirstUid + kUids) ++uid;
      used.insert(uid);
      return uid;
    });
  }
  void give_back(uid_t uid) {
    used_.with([uid](std::set<uid_t>& used) { used.erase(uid); });
  }

 private:
  base::Guarded<std::set<uid_t>> used_;
};

class UidLease {
 public:
  explicit UidLease(UidPool& pool) : pool_(pool), uid_(pool.take()) {}
  UidLease(const UidLease&) = delete;
  UidLease& operator=(const UidLease&) = delete;
  ~UidLease() { pool_.give_back(uid_); }
  uid_t get() const { return uid_; }

 private:
  UidPool& pool_;
  uid_t uid_;
};

// Ends a program gently, then not: on cancel or time-out every process it started gets TERM, and after a grace
// period `hard` stops what is left. `find_root` gives the outermost process, or 0 while it is not known.
class Reaper {
 public:
  Reaper(const Command& command, std::stop_token cancel, std::function<pid_t()> find_root)
      : deadline_(std::chrono::steady_clock::now() + command.timeout),
        find_root_(std::move(find_root)),
        cancel_wakes_(std::move(cancel), [this] { wake(canceled_); }),
        thread_(base::start_thread("sandbox-reaper", [this](const std::stop_token&) { watch(); })) {}
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;
  ~Reaper() { wake(finished_); }

  std::stop_token hard_stop() const { return hard_.get_token(); }
  bool canceled() const { return canceled_; }
  bool timed_out() const { return timed_out_; }

 private:
  void wake(std::atomic<bool>& flag) {
    const std::lock_guard lock(mutex_);
    flag = true;
    changed_.notify_all();
  }

  void watch() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline_, [this] { return finished_ || canceled_; })) timed_out_ = true;
    if (finished_) return;
    lock.unlock();
    signal_tree(find_root_(), SIGTERM);
    lock.lock();
    changed_.wait_for(lock, kGrace, [this] { return finished_.load(); });
    if (!finished_) hard_.request_stop();
  }

  std::chrono::steady_clock::time_point deadline_;
  std::function<pid_t()> find_root_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> finished_ = false;
  std::atomic<bool> canceled_ = false;
  std::atomic<bool> timed_out_ = false;
  std::stop_source hard_;
  std::stop_callback<std::function<void()>> cancel_wakes_;
  std::jthread thread_;  // last: it uses all of the above
};

std::string bytes_text(std::uint64_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

std::string reason_of(const Exit& exit, const Command& command) {
  if (exit.canceled) return "canceled";
  if (exit.timed_out) {
    return "stopped after its time limit of " +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(command.timeout).count()) + " s";
  }
  if (exit.output_capped) return "stopped after " + bytes_text(command.output_bytes) + " of output";
  if (exit.out_of_memory) return "killed by the system, most likely because memory ran out";
  if (exit.signal != 0)
    return std::string("ended by signal ") + std::to_string(exit.signal) + " (" + strsignal(exit.signal) + ")";
  if (exit.code == 126) return "exit status 126: '" + command.argv.front() + "' is not executable";
  if (exit.code == 127) return "exit status 127: '" + command.argv.front() + "' was not found";
  if (exit.code != 0) return "exit status " + std::to_string(exit.code);
  return "finished";
}

// A shell-less tool that was ended by a signal inside is reported by its parent as 128 + signal.
void note_signal(Exit& exit) {
  if (exit.signal == 0 && exit.code > 128 && exit.code < 128 + 65) exit.signal = exit.code - 128;
  if (exit.signal != 0) exit.code = 128 + exit.signal;
  if (exit.signal == SIGKILL && !exit.canceled && !exit.timed_out && !exit.output_capped) exit.out_of_memory = true;
}

base::Result<Exit> run_limited(base::Command& process, const Command& command,
                               const std::function<void(std::string_view)>& on_output, const std::stop_token& cancel,
                               const std::function<pid_t()>& find_root) {
  std::uint64_t written = 0;
  const auto sink = [&](std::string_view text) {
    const std::uint64_t room = command.output_bytes - written;
    on_output(text.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, text.size()))));
    written += std::min<std::uint64_t>(room, text.size());
    return text.size() <= room;
  };
  process.on_output = sink;
  process.on_errors = sink;
  process.file_size_limit = command.file_bytes;
  process.memory_limit = command.memory_bytes;
  process.timeout = command.timeout + kGrace + std::chrono::seconds(5);  // the reaper comes first
  Reaper reaper(command, cancel, find_root);
  process.stop = reaper.hard_stop();
  ASSIGN_OR_RETURN(const auto result, base::run_process(process));
  Exit exit;
  exit.code = result.exit_code;
  exit.signal = result.signal;
  exit.canceled = reaper.canceled();
  exit.timed_out = !exit.canceled && (reaper.timed_out() || result.end == base::ProcessResult::End::kTimedOut);
  exit.output_capped = result.end == base::ProcessResult::End::kLimit;
  note_signal(exit);
  exit.reason = reason_of(exit, command);
  return exit;
}

bool is_inside(const std::filesystem::path& path) {
  if (path.empty() || path.is_absolute() || path.string().find('\0') != std::string::npos) return false;
  return std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".." || part.empty(); });
}

base::Status check_private(const Command& command) {
  if (command.private_files.empty()) return {};
  if (command.private_directory.empty()) return base::internal("private files without a directory for them");
  for (const auto& file : command.private_files) {
    if (!is_inside(file.path)) return base::internal("a private file leads out of its directory");
  }
  return {};
}

base::Status check(const Command& command) {
  RETURN_IF_ERROR(check_private(command));
  if (command.argv.empty() || command.argv.front().empty()) return base::invalid("there is no program to run");
  if (command.argv.front().front() == '-') return base::invalid("a program's name may not begin with '-'");
  for (const auto& [name, value] : command.environment) {
    if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos ||
        value.find('\0') != std::string::npos) {
      return base::invalid("the environment variable '" + base::printable(name) +
                           "' has a name or value that no program can get");
    }
  }
  for (const auto& argument : command.argv) {
    if (argument.find('\0') != std::string::npos) return base::invalid("an argument holds a zero byte");
  }
  return {};
}

void give_to(const std::filesystem::path& directory, uid_t uid) {
  std::error_code ignored;
  const auto own = [uid](const std::filesystem::path& path) {
    if (::lchown(path.c_str(), uid, uid) != 0) return;  // gone meanwhile
  };
  own(directory);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, ignored)) own(entry.path());
}

base::Result<base::FileDescriptor> anonymous_file(std::string_view text) {
  base::FileDescriptor file(::memfd_create("bubblewrap", MFD_CLOEXEC));
  if (!file) return base::unavailable("cannot start a sandbox: no anonymous file to be had", std::strerror(errno));
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::lseek(file.get(), 0, SEEK_SET) != 0) {
    return base::unavailable("cannot start a sandbox: its arguments could not be written", std::strerror(errno));
  }
  return file;
}

// Nothing of the user's own settings, and no host but the confirmed ones.
std::string ssh_command(const std::string& known_hosts) {
  return "ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=/dev/null "
         "-o UserKnownHostsFile=" +
         known_hosts;
}

// The list of users in a sandbox: root, and the one that the program runs as.
std::string users_text(uid_t uid) {
  const std::string id = std::to_string(uid);
  return "root:x:0:0:root:/root:/usr/sbin/nologin\nrun:x:" + id + ":" + id + ":run:/tmp:/bin/sh\n";
}

// NUL-separated arguments for bubblewrap in an anonymous file, so that values never show in /proc/*/cmdline.
class ArgumentFile {
 public:
  void add(std::initializer_list<std::string_view> words) {
    for (const auto word : words) {
      text_.append(word);
      text_.push_back('\0');
    }
  }
  base::Result<base::FileDescriptor> finish() const { return anonymous_file(text_); }
  ArgumentFile() = default;
  ArgumentFile(const ArgumentFile&) = delete;
  ArgumentFile& operator=(const ArgumentFile&) = delete;
  ~ArgumentFile() { base::wipe(text_.data(), text_.size()); }

 private:
  std::string text_;
};

// Every directory between `top` and the file, the outermost first.
std::vector<std::filesystem::path> directories_of(const std::vector<PrivateFile>& files) {
  std::set<std::filesystem::path> all;
  for (const auto& file : files) {
    for (auto at = std::filesystem::path(file.path).parent_path(); !at.empty(); at = at.parent_path()) all.insert(at);
  }
  return {all.begin(), all.end()};
}

std::string octal(std::uint32_t mode) {
  std::string text = "0";
  for (const unsigned shift : {6U, 3U, 0U}) text += static_cast<char>('0' + ((mode >> shift) & 7U));
  return text;
}

base::Result<base::FileDescriptor> memory_file(const base::Secret& content) {
  base::FileDescriptor file(::memfd_create("private", MFD_CLOEXEC));
  if (!file) return base::unavailable("cannot start a sandbox: no anonymous file to be had", std::strerror(errno));
  std::string_view rest = content.reveal();
  while (!rest.empty()) {
    const ssize_t written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      return base::unavailable("cannot start a sandbox: a private file could not be written", std::strerror(errno));
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return base::unavailable("cannot start a sandbox", std::strerror(errno));
  return file;
}

// Private files on the sandbox's own memory file system. bubblewrap reads each from a descriptor; none is ever on disk.
base::Result<std::vector<base::FileDescriptor>> add_private(ArgumentFile& arguments, const Command& command) {
  std::vector<base::FileDescriptor> open;
  if (command.private_directory.empty()) return open;
  const std::filesystem::path top = command.private_directory;
  arguments.add({"--perms", "0700", "--dir", top.string()});
  for (const auto& directory : directories_of(command.private_files)) {
    arguments.add({"--perms", "0700", "--dir", (top / directory).string()});
  }
  for (const auto& file : command.private_files) {
    ASSIGN_OR_RETURN(auto content, memory_file(file.content));
    const int number = kFirstFileDescriptor + static_cast<int>(open.size());
    arguments.add({"--perms", octal(file.mode), "--file", std::to_string(number), (top / file.path).string()});
    open.push_back(std::move(content));
  }
  return open;
}

// The system's programs and libraries, as they are outside. A merged /usr has links at the top.
void add_system(ArgumentFile& arguments, bool as_root) {
  arguments.add({"--ro-bind", "/usr", "/usr"});
  for (const char* name : {"/bin", "/sbin", "/lib", "/lib64"}) {
    std::error_code ignored;
    if (std::filesystem::is_symlink(name, ignored)) {
      arguments.add({"--symlink", std::filesystem::read_symlink(name, ignored).string(), name});
    } else if (std::filesystem::exists(name, ignored)) {
      arguments.add({"--ro-bind", name, name});
    }
  }
  // What bubblewrap makes by itself has the server's umask, which leaves the program's user out.
  arguments.add({"--perms", "0755", "--dir", "/etc"});
  for (const char* name : {"/etc/ssl", "/etc/ca-certificates", "/etc/alternatives", "/etc/ld.so.cache",
                           "/etc/nsswitch.conf", "/etc/hosts", "/etc/resolv.conf", "/etc/localtime"}) {
    arguments.add({"--ro-bind-try", name, name});
  }
  // The uid of its own is in no list of users, and ssh does not start for a user without a name.
  if (as_root) arguments.add({"--perms", "0444", "--ro-bind-data", std::to_string(kUsersDescriptor), "/etc/passwd"});
  if (!as_root) arguments.add({"--ro-bind-try", "/etc/passwd", "/etc/passwd"});
  arguments.add({"--ro-bind-try", "/etc/group", "/etc/group"});
  arguments.add({"--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp", "--perms", "1777", "--tmpfs",
                 "/run", "--perms", "1777", "--tmpfs", "/dev/shm"});
}

void add_namespaces(ArgumentFile& arguments, bool as_root, bool network) {
  arguments.add({"--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent",
                 "--new-session", "--hostname", "run"});
  if (!as_root) arguments.add({"--unshare-user"});
  if (!network) arguments.add({"--unshare-net"});
}

void add_work(ArgumentFile& arguments, const Command& command) {
  arguments.add({"--bind", command.work_dir.string(), "/work"});
  for (const auto& path : command.read_only) arguments.add({"--ro-bind", path.string(), path.string()});
  arguments.add({"--chdir", command.start_in.empty() ? "/work" : "/work/" + command.start_in});
  arguments.add({"--clearenv", "--setenv", "PATH", kPath, "--setenv", "HOME", "/tmp", "--setenv", "LANG", "C.UTF-8"});
  for (const auto& [name, value] : command.environment) arguments.add({"--setenv", name, value});
  if (!command.agent) return;
  // Straight below /run, since directories that bubblewrap makes on the way are closed to the program.
  arguments.add({"--bind", command.agent->socket.string(), kAgentInside, "--ro-bind",
                 command.agent->known_hosts.string(), kHostsInside, "--setenv", "SSH_AUTH_SOCK", kAgentInside,
                 "--setenv", "GIT_SSH_COMMAND", ssh_command(kHostsInside)});
}

// "child-pid" of the JSON that bubblewrap writes to --info-fd.
pid_t read_child_pid(int fd) {
  std::array<char, 256> text{};
  const ssize_t length = ::pread(fd, text.data(), text.size() - 1, 0);
  if (length <= 0) return 0;
  const std::string_view info(text.data(), static_cast<std::size_t>(length));
  const auto at = info.find("\"child-pid\"");
  const auto digits = at == std::string_view::npos ? at : info.find_first_of("0123456789", at);
  if (digits == std::string_view::npos) return 0;
  const auto number = base::to_integer(info.substr(digits, info.find_first_not_of("0123456789", digits) - digits));
  return static_cast<pid_t>(number.value_or(0));
}

class BubblewrapSandbox final : public Sandbox {
 public:
  BubblewrapSandbox() : as_root_(::geteuid() == 0) {}

  base::Result<Exit> run(const Command& command, const std::function<void(std::string_view)>& on_output,
                         std::stop_token cancel) override {
    RETURN_IF_ERROR(check(command));
    const UidLease uid(uids_);
    if (as_root_) give_to(command.work_dir, uid.get());
    if (as_root_ && command.agent) RETURN_IF_ERROR(command.agent->admit(uid.get()));
    ArgumentFile arguments;
    add_namespaces(arguments, as_root_, command.network);
    add_system(arguments, as_root_);
    add_work(arguments, command);
    ASSIGN_OR_RETURN(const auto private_files, add_private(arguments, command));
    ASSIGN_OR_RETURN(const auto argument_file, arguments.finish());
    ASSIGN_OR_RETURN(const auto users, anonymous_file(users_text(uid.get())));
    const base::FileDescriptor info(::memfd_create("bubblewrap-info", MFD_CLOEXEC));
    if (!info) return base::unavailable("cannot start a sandbox: no anonymous file to be had", std::strerror(errno));

    base::Command process;
    process.arguments = {
        "bwrap", "--args", std::to_string(kArgumentsDescriptor), "--info-fd", std::to_string(kInfoDescriptor), "--"};
    add_inner_command(process.arguments, command, uid.get());
    process.descriptors = {{argument_file.get(), kArgumentsDescriptor}, {info.get(), kInfoDescriptor}};
    if (as_root_) process.descriptors.push_back({users.get(), kUsersDescriptor});
    for (std::size_t i = 0; i < private_files.size(); ++i) {
      process.descriptors.push_back({private_files[i].get(), kFirstFileDescriptor + static_cast<int>(i)});
    }
    return run_limited(process, command, on_output, cancel, [&info] { return read_child_pid(info.get()); });
  }

  std::string description() const override {
    return std::string(
               "bubblewrap: own mount, process, IPC and host name spaces, no network unless the workspace "
               "allows it, ") +
           (as_root_ ? "a uid of its own per run" : "the server's own uid in a user namespace");
  }

 private:
  // bubblewrap made the namespaces as root, so the last step before the program gives root up for good.
  void add_inner_command(std::vector<std::string>& line, const Command& command, uid_t uid) const {
    const std::string processes = std::to_string(command.processes);
    // What bubblewrap made is root's; the directory goes to the program's uid while there is still root to give it.
    if (as_root_ && !command.private_directory.empty()) {
      line.insert(line.end(), {"sh", "-c", R"(chown -R -- "$1:$1" "$2" && shift 2 && exec "$@")", "sh",
                               std::to_string(uid), command.private_directory});
    }
    if (as_root_) line.insert(line.end(), {"prlimit", "--nproc=" + processes, "--core=0", "--"});
    if (as_root_) {
      const std::string id = std::to_string(uid);
      line.insert(line.end(), {"setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups", "--no-new-privs",
                               "--inh-caps=-all", "--bounding-set=-all", "--"});
    }
    line.insert(line.end(), command.argv.begin(), command.argv.end());
  }

  bool as_root_;
  UidPool uids_;
};

// The private files of a program without a file system of its own: removed when it ends.
class PrivateDirectory {
 public:
  explicit PrivateDirectory(const Command& command) : path_(command.private_directory) {
    if (!path_.empty()) made_ = make(command);
  }
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  ~PrivateDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const base::Status& made() const { return made_; }

 private:
  base::Status make(const Command& command) const {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);  // left by a process that died
    if (::mkdir(path_.c_str(), 0700) != 0) {
      return base::unavailable("the run's private directory could not be made", std::strerror(errno));
    }
    for (const auto& directory : directories_of(command.private_files)) {
      if (::mkdir((path_ / directory).c_str(), 0700) != 0) {
        return base::unavailable("the run's private directory could not be made", std::strerror(errno));
      }
    }
    for (const auto& file : command.private_files) {
      RETURN_IF_ERROR(base::write_file(path_ / file.path, file.content.reveal()));
      if (::chmod((path_ / file.path).c_str(), file.mode) != 0) {
        return base::unavailable("a private file of the run could not be made", std::strerror(errno));
      }
    }
    return {};
  }

  std::filesystem::path path_;
  base::Status made_;
};

class PlainSandbox final : public Sandbox {
 public:
  base::Result<Exit> run(const Command& command, const std::function<void(std::string_view)>& on_output,
                         std::stop_token cancel) override {
    RETURN_IF_ERROR(check(command));
    base::Command process;
    process.arguments = command.argv;
    process.directory = command.work_dir / command.start_in;
    process.environment = {{"PATH", kPath}, {"HOME", command.work_dir.string()}, {"LANG", "C.UTF-8"}};
    for (const auto& variable : command.environment) process.environment.push_back(variable);
    if (command.agent) {
      process.environment.emplace_back("SSH_AUTH_SOCK", command.agent->socket.string());
      process.environment.emplace_back("GIT_SSH_COMMAND", ssh_command(command.agent->known_hosts.string()));
    }
    const PrivateDirectory directory(command);
    RETURN_IF_ERROR(directory.made());
    process.soft_signal = SIGTERM;
    process.grace = kGrace;
    return run_limited(process, command, on_output, cancel, [] { return 0; });
  }
  // In memory where the machine has a place for that.
  std::string private_directory(const std::string& name) const override {
    std::error_code ignored;
    const bool has_memory = std::filesystem::is_directory("/dev/shm", ignored);
    const std::filesystem::path top = has_memory ? "/dev/shm" : std::filesystem::temp_directory_path(ignored);
    return (top / ("runbridge-" + name)).string();
  }
  void discard(const std::string& name) const override {
    std::error_code ignored;
    std::filesystem::remove_all(private_directory(name), ignored);
  }
  std::string description() const override { return "none: runs see what the server sees; only limits apply"; }
};

}  // namespace

std::string Sandbox::private_directory(const std::string& /*name*/) const { return kPrivateDirectory; }
void Sandbox::discard(const std::string& /*name*/) const {}  // a sandbox with a file system of its own takes it along

base::Result<std::unique_ptr<Sandbox>> make_bubblewrap_sandbox() {
  if (!base::find_program("bwrap")) {
    return base::unavailable(
        "bubblewrap is not installed, so runs cannot be isolated. Install the package 'bubblewrap', "
        "or start with --sandbox plain if every run may see what the server sees.");
  }
  auto sandbox = std::make_unique<BubblewrapSandbox>();
  ASSIGN_OR_RETURN(const auto scratch,
                   base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "sandbox-probe-"));
  Command probe;
  probe.argv = {"true"};
  probe.work_dir = scratch.path();
  probe.timeout = std::chrono::seconds(20);
  std::string output;
  auto exit = sandbox->run(probe, [&output](std::string_view text) { output += text; }, {});
  if (!exit) return std::move(exit).error();
  if (!exit->ok()) {
    return base::unavailable(
        "bubblewrap cannot make a sandbox here (" + base::printable(base::trim(output), 200) +
        "). Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1; in a container, its own policy too), or "
        "start with --sandbox plain if every run may see what the server sees.");
  }
  return std::unique_ptr<Sandbox>(std::move(sandbox));
}

std::unique_ptr<Sandbox> make_plain_sandbox() { return std::make_unique<PlainSandbox>(); }

}  // namespace runs
