#include "storage/sqlite_handle.h"

#include <sqlite3.h>

#include "base/strings.h"
#include "storage/parameters.h"
#include "storage/sqlite_error.h"

namespace storage {
namespace {

constexpr int kBusyTimeoutMillis = 5'000;
constexpr std::size_t kMaxCachedStatements = 512;

// Puts a statement back to its start when the call that used it is over: an unfinished one would keep its snapshot.
struct Reset {
  sqlite3_stmt* statement;
  ~Reset() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

Value::Variant column_value(sqlite3_stmt* statement, int column) {
  const auto size = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(statement, column)); };
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return nullptr;
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      return Blob{bytes == nullptr ? std::string() : std::string(bytes, size())};
    }
    default: {  // text, and numbers with a fraction as text
      const auto* text = sqlite3_column_text(statement, column);
      return std::string(reinterpret_cast<const char*>(text), size());
    }
  }
}

int bind_value(sqlite3_stmt* statement, int index, const Value::Variant& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, index, *number);
  // The parameters outlive the step, so nothing is copied (SQLITE_STATIC).
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&value)) {
    return sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

int note_log_frames(void* frames, sqlite3*, const char*, int count) {
  *static_cast<int*>(frames) = count;
  return SQLITE_OK;
}

}  // namespace

void SqliteHandle::CloseHandle::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
void SqliteHandle::FinalizeStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

SqliteHandle::~SqliteHandle() { statements_.clear(); }

base::Result<std::unique_ptr<SqliteHandle>> SqliteHandle::open(const std::filesystem::path& file, Role role) {
  std::unique_ptr<SqliteHandle> made(new SqliteHandle());
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  made->handle_.reset(raw);
  if (code != SQLITE_OK) return sqlite_error(code, "cannot open " + file.string() + ": " + sqlite3_errstr(code));
  RETURN_IF_ERROR(made->configure(role));
  return made;
}

base::Status SqliteHandle::configure(Role role) {
  sqlite3* handle = handle_.get();
  sqlite3_busy_timeout(handle, kBusyTimeoutMillis);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  RETURN_IF_ERROR(run("PRAGMA foreign_keys = ON"));
  RETURN_IF_ERROR(run("PRAGMA temp_store = MEMORY"));
  RETURN_IF_ERROR(run("PRAGMA secure_delete = FAST"));
  if (role == Role::kReader) {
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    RETURN_IF_ERROR(run("PRAGMA cache_size = -4000"));
    return run("PRAGMA query_only = ON");
  }
  ASSIGN_OR_RETURN(const auto mode, query("PRAGMA journal_mode = WAL", {}));
  if (mode.empty() || mode.front().text(0) != "wal") {
    return base::invalid("the file system of the database cannot hold a write-ahead log; use a local disk");
  }
  RETURN_IF_ERROR(run("PRAGMA synchronous = FULL"));
  RETURN_IF_ERROR(run("PRAGMA cache_size = -16000"));
  RETURN_IF_ERROR(run("PRAGMA journal_size_limit = 67108864"));
  sqlite3_wal_hook(handle, note_log_frames, &log_frames_);  // in place of the automatic checkpoint
  return {};
}

base::Result<sqlite3_stmt*> SqliteHandle::prepare(std::string_view sql, std::string_view& rest) {
  rest = {};
  if (const auto found = statements_.find(sql); found != statements_.end()) return found->second.get();
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw,
                         &tail) != SQLITE_OK) {
    return sqlite_error(handle_.get());
  }
  Statement statement(raw);
  rest = base::trim(sql.substr(static_cast<std::size_t>(tail - sql.data())));
  const auto own = rest.empty() ? sql : sql.substr(0, static_cast<std::size_t>(tail - sql.data()));
  if (raw == nullptr) return raw;  // only blanks or a comment
  if (statements_.size() >= kMaxCachedStatements) statements_.clear();
  return statements_.insert_or_assign(std::string(own), std::move(statement)).first->second.get();
}

base::Status SqliteHandle::bind(sqlite3_stmt* statement, std::span<const Value> parameters) {
  RETURN_IF_ERROR(check_parameters(parameters));
  // "$2" is a name to SQLite, numbered by first appearance; to us it is the second parameter.
  const int count = sqlite3_bind_parameter_count(statement);
  for (int index = 1; index <= count; ++index) {
    const char* name = sqlite3_bind_parameter_name(statement, index);
    const auto number = name != nullptr && *name == '$' ? base::to_integer(name + 1) : std::nullopt;
    if (!number || *number < 1 || static_cast<std::size_t>(*number) > parameters.size()) {
      return base::internal(std::string("no value for the parameter ") + (name == nullptr ? "?" : name) +
                            " of: " + base::shorten(sqlite3_sql(statement), 200));
    }
    const int code = bind_value(statement, index, parameters[static_cast<std::size_t>(*number - 1)].get());
    if (code != SQLITE_OK) return sqlite_error(code, sqlite3_errstr(code));
  }
  return {};
}

base::Result<Rows> SqliteHandle::step_all(sqlite3_stmt* statement) {
  Rows rows;
  while (true) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return rows;
    if (code != SQLITE_ROW) return sqlite_error(handle_.get());
    std::vector<Value::Variant> columns;
    const int width = sqlite3_column_count(statement);
    columns.reserve(static_cast<std::size_t>(width));
    for (int column = 0; column < width; ++column) columns.push_back(column_value(statement, column));
    rows.emplace_back(std::move(columns));
  }
}

base::Result<Rows> SqliteHandle::query(std::string_view sql, std::span<const Value> parameters) {
  std::string_view rest;
  ASSIGN_OR_RETURN(sqlite3_stmt* const statement, prepare(sql, rest));
  if (statement == nullptr || !rest.empty()) return base::internal("query() takes exactly one statement");
  const Reset reset{statement};
  RETURN_IF_ERROR(bind(statement, parameters));
  return step_all(statement);
}

base::Result<std::int64_t> SqliteHandle::execute(std::string_view sql, std::span<const Value> parameters) {
  const auto before = sqlite3_total_changes64(handle_.get());
  bool changes_rows = false;
  while (!sql.empty()) {
    std::string_view rest;
    ASSIGN_OR_RETURN(sqlite3_stmt* const statement, prepare(sql, rest));
    if (!rest.empty() && !parameters.empty()) return base::internal("several statements cannot have parameters");
    if (statement != nullptr) {
      const Reset reset{statement};
      RETURN_IF_ERROR(bind(statement, parameters));
      RETURN_IF_ERROR(step_all(statement));
      changes_rows = sqlite3_total_changes64(handle_.get()) != before;
    }
    sql = rest;
  }
  // Not total_changes: that one also counts what foreign key actions and triggers did.
  return changes_rows ? std::int64_t{sqlite3_changes64(handle_.get())} : std::int64_t{0};
}

base::Status SqliteHandle::run(std::string_view sql) {
  std::string_view rest;
  ASSIGN_OR_RETURN(sqlite3_stmt* const statement, prepare(sql, rest));
  const Reset reset{statement};
  RETURN_IF_ERROR(step_all(statement));
  return {};
}

bool SqliteHandle::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

void SqliteHandle::checkpoint() {
  sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  log_frames_ = 0;
}

}  // namespace storage
