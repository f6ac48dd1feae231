#include "storage/sqlite_readers.h"

#include <chrono>

#include "storage/parameters.h"

namespace storage {
namespace {

constexpr std::chrono::seconds kPatience{5};

class SqliteReader final : public Connection {
 public:
  explicit SqliteReader(SqliteHandle& handle) : handle_(handle) {}

  Dialect dialect() const override { return Dialect::kSqlite; }
  base::Result<Rows> query(std::string_view sql, std::span<const Value> parameters) override {
    return handle_.query(sql, parameters);
  }
  base::Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) override {
    return handle_.execute(sql, parameters);
  }

 private:
  SqliteHandle& handle_;
};

}  // namespace

base::Result<std::unique_ptr<SqliteReaders>> SqliteReaders::open(const std::filesystem::path& file, int count) {
  std::unique_ptr<SqliteReaders> readers(new SqliteReaders());
  for (int made = 0; made < count; ++made) {
    ASSIGN_OR_RETURN(auto handle, SqliteHandle::open(file, SqliteHandle::Role::kReader));
    readers->idle_.push_back(std::move(handle));
  }
  return readers;
}

base::Status SqliteReaders::run(const std::function<base::Status(Connection&)>& body) {
  auto handle = acquire();
  if (!handle) return database_unavailable("all reading connections have been busy for 5 s");
  // Gives the connection back, out of its snapshot, also when `body` throws.
  struct Lease {
    SqliteReaders& readers;
    std::unique_ptr<SqliteHandle>& handle;
    ~Lease() {
      // One that cannot leave it now is asked again by its next user, whose BEGIN fails: no connection is ever lost.
      if (handle->in_transaction()) static_cast<void>(handle->run("ROLLBACK"));
      readers.release(std::move(handle));
    }
  } const lease{*this, handle};
  RETURN_IF_ERROR(handle->run("BEGIN"));
  SqliteReader reader(*handle);
  return body(reader);
}

std::unique_ptr<SqliteHandle> SqliteReaders::acquire() {
  std::unique_lock lock(mutex_);
  if (!released_.wait_for(lock, kPatience, [this] { return !idle_.empty(); })) return nullptr;
  auto handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void SqliteReaders::release(std::unique_ptr<SqliteHandle> handle) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(handle));
  }
  released_.notify_one();
}

}  // namespace storage
