#include "git/tree_writer.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/strings.h"

namespace git {
namespace {

base::Error failed(const std::string& path, int number) {
  const std::string name = "'" + base::printable(path, 200) + "'";
  if (number == EEXIST) return base::invalid("the archive holds " + name + " twice");
  if (number == ELOOP || number == EXDEV || number == ENOTDIR) {
    return base::invalid("the archive wants to write " + name + " through a link or a file");
  }
  return base::unavailable("cannot write " + name + ": " + std::strerror(number));
}

base::FileDescriptor open_below(int root, const std::string& path, unsigned flags, unsigned mode) {
  open_how how{};
  how.flags = flags | O_CLOEXEC | O_NOFOLLOW;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return base::FileDescriptor(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

std::string parent_name(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string last_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

base::Result<TreeWriter> TreeWriter::open(const std::filesystem::path& directory) {
  base::FileDescriptor root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root) return failed(directory.string(), errno);
  return TreeWriter(std::move(root));
}

base::Status TreeWriter::make_directory(const std::string& path) {
  if (path.empty() || path == last_made_) return {};
  const auto existing = open_below(root_.get(), path, O_RDONLY | O_DIRECTORY, 0);
  if (!existing) {
    if (errno != ENOENT) return failed(path, errno);
    RETURN_IF_ERROR(make_directory(parent_name(path)));
    ASSIGN_OR_RETURN(const base::FileDescriptor parent, parent_of(path));
    if (::mkdirat(parent.get(), last_name(path).c_str(), 0755) != 0) return failed(path, errno);
  }
  last_made_ = path;
  return {};
}

base::Result<base::FileDescriptor> TreeWriter::parent_of(const std::string& path) {
  const std::string parent = parent_name(path);
  auto opened = open_below(root_.get(), parent.empty() ? "." : parent, O_RDONLY | O_DIRECTORY, 0);
  if (!opened) return failed(path, errno);
  return opened;
}

base::Result<base::FileDescriptor> TreeWriter::make_file(const std::string& path, bool executable) {
  RETURN_IF_ERROR(make_directory(parent_name(path)));
  auto file = open_below(root_.get(), path, O_WRONLY | O_CREAT | O_EXCL, executable ? 0755 : 0644);
  if (!file) return failed(path, errno);
  ::fchmod(file.get(), executable ? 0755 : 0644);  // whatever the umask
  return file;
}

base::Status TreeWriter::make_link(const std::string& path, const std::string& target) {
  RETURN_IF_ERROR(make_directory(parent_name(path)));
  ASSIGN_OR_RETURN(const base::FileDescriptor parent, parent_of(path));
  if (::symlinkat(target.c_str(), parent.get(), last_name(path).c_str()) != 0) return failed(path, errno);
  return {};
}

}  // namespace git
