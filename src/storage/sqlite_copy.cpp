#include "storage/sqlite_copy.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/strings.h"

namespace storage {
namespace {

constexpr int kPatienceMillis = 30'000;

using Handle = std::unique_ptr<sqlite3, decltype(&sqlite3_close_v2)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

base::Result<Handle> open_handle(const std::string& name, int flags, const std::filesystem::path& file) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Handle handle(raw, sqlite3_close_v2);
  if (code != SQLITE_OK) return base::invalid(file.string() + " cannot be opened: " + sqlite3_errstr(code));
  sqlite3_busy_timeout(raw, kPatienceMillis);
  return handle;
}

// Runs to its end; the first column of the first row, if there is one.
base::Result<std::string> run(const Handle& handle, const char* sql, const std::string& parameter,
                              const std::filesystem::path& file) {
  const auto failure = [&] { return base::invalid(file.string() + ": " + sqlite3_errmsg(handle.get())); };
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle.get(), sql, -1, &raw, nullptr) != SQLITE_OK) return failure();
  const Statement statement(raw, sqlite3_finalize);
  if (sqlite3_bind_parameter_count(raw) > 0) {
    sqlite3_bind_text(raw, 1, parameter.c_str(), static_cast<int>(parameter.size()), SQLITE_STATIC);
  }
  std::string first;
  int code = sqlite3_step(raw);
  if (code == SQLITE_ROW) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
    first = text == nullptr ? "" : text;
    while (code == SQLITE_ROW) code = sqlite3_step(raw);
  }
  if (code != SQLITE_DONE) return failure();
  return first;
}

base::Status copy_into(const std::filesystem::path& from, const std::filesystem::path& to, int descriptor) {
  ASSIGN_OR_RETURN(const auto handle, open_handle(from.string(), SQLITE_OPEN_READWRITE, from));
  // The owner alone moves the log into the file: two that do have damaged databases before SQLite 3.51.3.
  sqlite3_db_config(handle.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  RETURN_IF_ERROR(run(handle, "VACUUM INTO ?1", to.string(), from));
  if (::fsync(descriptor) == 0) return {};
  return base::invalid(to.string() + " cannot be flushed to the disk: " + std::strerror(errno));
}

}  // namespace

base::Status copy_sqlite(const std::filesystem::path& from, const std::filesystem::path& to) {
  // An empty file is taken as it is, and has our mode.
  const base::FileDescriptor made(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!made) return base::invalid(to.string() + " cannot be made: " + std::strerror(errno));
  auto copied = copy_into(from, to, made.get());
  if (!copied) ::unlink(to.c_str());
  return copied;
}

base::Status check_sqlite(const std::filesystem::path& file) {
  // Immutable: neither locks nor a log are looked for, so that it may be on a medium that cannot be written.
  const std::string name = "file:" + base::url_encode(file.string()) + "?immutable=1";
  ASSIGN_OR_RETURN(const auto handle, open_handle(name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, file));
  ASSIGN_OR_RETURN(const auto found, run(handle, "PRAGMA integrity_check(1)", "", file));
  if (found == "ok") return {};
  return base::invalid(file.string() + " is damaged: " + base::printable(found, 200));
}

}  // namespace storage
