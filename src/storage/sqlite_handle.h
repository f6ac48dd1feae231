#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "storage/value.h"

struct sqlite3;
struct sqlite3_stmt;

namespace storage {

// One SQLite connection with its prepared statements. Used by one thread at a time.
class SqliteHandle {
 public:
  enum class Role { kWriter, kReader };

  static base::Result<std::unique_ptr<SqliteHandle>> open(const std::filesystem::path& file, Role role);
  SqliteHandle(const SqliteHandle&) = delete;
  SqliteHandle& operator=(const SqliteHandle&) = delete;
  ~SqliteHandle();

  base::Result<Rows> query(std::string_view sql, std::span<const Value> parameters);
  // Several statements at once are fine when there are no parameters.
  base::Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters);
  // A statement of our own without parameters or answer: BEGIN, SAVEPOINT, COMMIT, PRAGMA.
  base::Status run(std::string_view sql);

  bool in_transaction() const;
  // Frames in the write-ahead log after the last commit of this connection.
  int log_frames() const { return log_frames_; }
  // Moves the log into the database file as far as readers allow, without waiting for them.
  void checkpoint();

 private:
  struct CloseHandle {
    void operator()(sqlite3* handle) const;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  SqliteHandle() = default;
  base::Status configure(Role role);
  // A statement that is in the cache, reset and ready for parameters. `rest` is the text after it.
  base::Result<sqlite3_stmt*> prepare(std::string_view sql, std::string_view& rest);
  base::Status bind(sqlite3_stmt* statement, std::span<const Value> parameters);
  base::Result<Rows> step_all(sqlite3_stmt* statement);

  std::unique_ptr<sqlite3, CloseHandle> handle_;
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
  int log_frames_ = 0;
};

}  // namespace storage
