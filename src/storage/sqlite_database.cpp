#include <memory>

#include "base/file.h"
#include "storage/open.h"
#include "storage/parameters.h"
#include "storage/sqlite_file.h"
#include "storage/sqlite_readers.h"
#include "storage/sqlite_writer.h"

namespace storage {
namespace {

// Up to this size every start looks at every page; beyond, only at what is opened anyway.
constexpr std::uintmax_t kQuickCheckBytes = 64U << 20U;

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(base::FileDescriptor lock, const std::filesystem::path& file, std::unique_ptr<SqliteHandle> writer,
                 std::unique_ptr<SqliteReaders> readers)
      : lock_(std::move(lock)), writer_(file, std::move(writer), this), readers_(std::move(readers)) {}

  Dialect dialect() const override { return Dialect::kSqlite; }

  base::Status ping() override {
    return read_erased([](Connection& connection) -> base::Status {
      RETURN_IF_ERROR(connection.query("SELECT 1"));
      return {};
    });
  }

 protected:
  base::Status read_erased(const std::function<base::Status(Connection&)>& body) override {
    RETURN_IF_ERROR(InsideFunction::check(this));
    const InsideFunction inside(this);
    return readers_->run(body);
  }

  base::Status write_erased(const std::function<base::Status(Transaction&)>& body) override {
    RETURN_IF_ERROR(InsideFunction::check(this));
    return writer_.run(body);
  }

 private:
  // Destroyed from the last to the first: the writer is the last connection to close, and so moves the log into
  // the file; then the lock is free.
  base::FileDescriptor lock_;
  SqliteWriter writer_;
  std::unique_ptr<SqliteReaders> readers_;
};

base::Error damaged(const std::filesystem::path& file, std::string detail) {
  return {base::Code::kInvalid,
          "the database file " + file.string() + " is damaged or not a database: restore it from a backup",
          std::move(detail)};
}

base::Status check_content(SqliteHandle& handle, const std::filesystem::path& file) {
  if (auto schema = handle.query("SELECT COUNT(*) FROM sqlite_schema", {}); !schema) {
    return damaged(file, schema.error().detail);
  }
  std::error_code ignored;
  if (std::filesystem::file_size(file, ignored) > kQuickCheckBytes) return {};
  const auto answer = handle.query("PRAGMA quick_check(1)", {});
  if (!answer) return damaged(file, answer.error().detail);
  if (answer->empty() || answer->front().text(0) != "ok") {
    return damaged(file, answer->empty() ? "no answer" : answer->front().text(0));
  }
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file, int readers) {
  ASSIGN_OR_RETURN(auto lock, claim_sqlite_file(file));
  auto writer = SqliteHandle::open(file, SqliteHandle::Role::kWriter);
  if (!writer) {
    if (writer.error().code == base::Code::kInternal) return damaged(file, writer.error().detail);
    return std::move(writer).error();
  }
  RETURN_IF_ERROR(check_content(**writer, file));
  ASSIGN_OR_RETURN(auto pool, SqliteReaders::open(file, readers));
  return std::unique_ptr<Database>(
      std::make_unique<SqliteDatabase>(std::move(lock), file, *std::move(writer), std::move(pool)));
}

}  // namespace storage
