#include "storage/sqlite_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace storage {
namespace {

constexpr auto kNetworkFileSystems = std::to_array<unsigned long>(
    {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, 0xff534d42UL, 0xfe534d42UL, CODA_SUPER_MAGIC, AFS_SUPER_MAGIC});

base::Error system_error(const std::string& what, const std::filesystem::path& path) {
  return base::invalid("cannot " + what + " " + path.string() + ": " + std::strerror(errno));
}

base::Status check_directory(const std::filesystem::path& directory) {
  std::error_code failure;
  if (std::filesystem::create_directories(directory, failure)) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failure);
  }
  if (failure) return base::invalid("cannot make the directory " + directory.string() + ": " + failure.message());
  struct stat facts {};
  if (::stat(directory.c_str(), &facts) != 0) return system_error("look at", directory);
  if ((facts.st_mode & S_IWOTH) != 0 && (facts.st_mode & S_ISVTX) == 0) {
    return base::invalid("everyone may replace files in " + directory.string() +
                         ", the directory of the database: run chmod o-w on it");
  }
  struct statfs system {};
  if (::statfs(directory.c_str(), &system) != 0) return system_error("look at", directory);
  for (const auto magic : kNetworkFileSystems) {
    if (static_cast<unsigned long>(system.f_type) != magic) continue;
    return base::invalid(directory.string() + " is on a network file system, where SQLite's locks do not hold: " +
                         "use a local disk, or PostgreSQL");
  }
  return {};
}

base::Status check_file(const std::filesystem::path& path) {
  const base::FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file && errno == ELOOP) {
    return base::invalid(path.string() + " is a symbolic link: name the database file itself");
  }
  if (!file) return system_error("open", path);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return system_error("look at", path);
  if (!S_ISREG(facts.st_mode)) return base::invalid(path.string() + " is not a regular file");
  if ((facts.st_mode & 0077U) != 0) {
    return base::invalid(path.string() + " is open to other users of this machine: run chmod 600 on it");
  }
  return {};
}

base::Result<base::FileDescriptor> take_lock(const std::filesystem::path& path, const std::filesystem::path& file) {
  base::FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return system_error("open", path);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) {
    const auto pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock.get(), 0) != 0 || ::write(lock.get(), pid.data(), pid.size()) < 0) {
      // The number is for people who look at the file; the lock is what counts (the disk may be full).
    }
    return lock;
  }
  if (errno != EWOULDBLOCK) return system_error("lock", path);
  std::array<char, 16> holder{};
  const auto got = ::read(lock.get(), holder.data(), holder.size() - 1);
  const std::string text(holder.data(), got > 0 ? std::strcspn(holder.data(), "\n") : 0);
  return base::conflict("another runbridge" + (text.empty() ? "" : " (process " + text + ")") + " has the database " +
                        file.string() + " open: stop it first, or give this one its own file");
}

}  // namespace

base::Result<base::FileDescriptor> claim_sqlite_file(const std::filesystem::path& file) {
  const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  RETURN_IF_ERROR(check_directory(directory));
  // The lock comes first: closing any descriptor of the file itself would drop SQLite's own locks in this process.
  ASSIGN_OR_RETURN(auto lock, take_lock(file.string() + ".lock", file));
  RETURN_IF_ERROR(check_file(file));
  return lock;
}

}  // namespace storage
