#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/random.h"

namespace base {
namespace {

Error system_error(const std::string& what, const std::filesystem::path& path) {
  const int number = errno;
  return {number == ENOENT ? Code::kNotFound : Code::kInternal,
          what + " " + path.string() + ": " + std::strerror(number)};
}

Status write_all(int fd, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("cannot write", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_and_sync(const std::filesystem::path& path, std::string_view text, unsigned mode) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) return system_error("cannot create", path);
  RETURN_IF_ERROR(write_all(file.get(), text, path));
  if (::fsync(file.get()) != 0) return system_error("cannot flush", path);
  return {};
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void FileDescriptor::reset() {
  if (fd_ >= 0) ::close(release());
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_error("cannot read", path);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return system_error("cannot read", path);
  if (!S_ISREG(facts.st_mode)) return Error{Code::kInvalid, path.string() + " is not a regular file"};
  std::string text;
  std::string buffer(65536, '\0');
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", path);
    if (got == 0) return text;
    text.append(buffer, 0, static_cast<std::size_t>(got));
    if (text.size() > limit) {
      return Error{Code::kTooLarge, path.string() + " is larger than " + std::to_string(limit) + " bytes"};
    }
  }
}

Status write_file(const std::filesystem::path& path, std::string_view text, unsigned mode) {
  const std::filesystem::path temporary = path.string() + ".new-" + random_base58(8);
  auto written = write_and_sync(temporary, text, mode);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) written = system_error("cannot replace", path);
  if (!written) ::unlink(temporary.c_str());
  return written;
}

Result<TemporaryDirectory> TemporaryDirectory::create(const std::filesystem::path& parent, std::string_view prefix) {
  const auto path = parent / (std::string(prefix) + random_base58(12));
  if (::mkdir(path.c_str(), 0700) != 0) return system_error("cannot create the directory", path);
  return TemporaryDirectory(path);
}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
  if (this != &other) {
    std::swap(path_, other.path_);
  }
  return *this;
}

TemporaryDirectory::~TemporaryDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace base
