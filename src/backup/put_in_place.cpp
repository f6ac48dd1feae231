#include "backup/put_in_place.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "base/clock.h"
#include "base/file.h"
#include "base/strings.h"
#include "storage/open.h"
#include "storage/sqlite_file.h"

namespace backup {
namespace {

namespace fs = std::filesystem;

base::Error failed(const std::string& what, const fs::path& path, const std::string& why) {
  return base::invalid("cannot " + what + " " + path.string() + ": " + why);
}

base::Status move_aside(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return {};
  return failed("move", from, std::strerror(errno));
}

base::Status write_copy(const fs::path& copy, const fs::path& to) {
  std::error_code failure;
  fs::copy_file(copy, to, fs::copy_options::overwrite_existing, failure);
  if (!failure) fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, failure);
  if (failure) return failed("write", to, failure.message());
  return flush(to);
}

// A database that is closed by its owner has everything in its file, and no log that could be taken for another's.
base::Status let_owner_close(const fs::path& file) {
  const auto opened = storage::open_sqlite(file);
  if (!opened && opened.error().code == base::Code::kConflict) return opened.error();
  return {};  // damaged, perhaps: that is why people restore
}

}  // namespace

base::Status flush(const fs::path& path) {
  const base::FileDescriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened && ::fsync(opened.get()) == 0) return {};
  return failed("flush", path, std::strerror(errno));
}

base::Result<fs::path> put_in_place(const fs::path& copy, const fs::path& file, bool replace) {
  std::error_code ignored;
  const bool is_there = fs::exists(file, ignored);
  if (is_there && !replace) {
    return base::conflict(file.string() +
                          " is there already. Restore elsewhere with --data-dir, or say --replace: what " +
                          "is there now is kept beside it");
  }
  if (is_there) RETURN_IF_ERROR(let_owner_close(file));
  ASSIGN_OR_RETURN(const auto lock, storage::claim_sqlite_file(file));
  const fs::path next = file.string() + ".restoring";
  RETURN_IF_ERROR(write_copy(copy, next));
  const std::string now = base::replace_all(base::format_time(base::system_clock().now()), ":", "");
  const fs::path before = file.string() + ".before-" + now;
  for (const char* log : {"-wal", "-shm"}) RETURN_IF_ERROR(move_aside(file.string() + log, before.string() + log));
  if (is_there && ::link(file.c_str(), before.c_str()) != 0) return failed("keep", file, std::strerror(errno));
  if (::rename(next.c_str(), file.c_str()) != 0) return failed("replace", file, std::strerror(errno));
  RETURN_IF_ERROR(flush(file.has_parent_path() ? file.parent_path() : "."));
  return is_there ? before : fs::path();
}

}  // namespace backup
