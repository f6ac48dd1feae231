#include "storage/postgres_handle.h"

#include <libpq-fe.h>

#include <array>

#include "base/strings.h"
#include "storage/parameters.h"
#include "storage/postgres_error.h"

namespace storage {
namespace {

constexpr std::size_t kMaxPreparedStatements = 512;
constexpr int kOldestServer = 150000;

// Types of PostgreSQL by their number in pg_type, which never changes.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25;

constexpr const char* kSession =
    "SET statement_timeout = '30s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'; "
    "SET client_min_messages = error; SET bytea_output = hex";

struct Kind {
  Oid type;
  char letter;  // in the key of a prepared statement
};

// NULL takes its type from where it stands.
Kind kind_of(const Value::Variant& value) {
  if (std::holds_alternative<std::int64_t>(value)) return {kInt8, 'i'};
  if (std::holds_alternative<std::string>(value)) return {kText, 't'};
  if (std::holds_alternative<Blob>(value)) return {kBytea, 'b'};
  return {0, 'n'};
}

// The parameters of one call as libpq takes them. Lives as long as the call.
class Arguments {
 public:
  explicit Arguments(std::span<const Value> parameters) {
    numbers_.reserve(parameters.size());
    for (const auto& parameter : parameters) add(parameter.get());
  }
  int count() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void add(const Value::Variant& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      numbers_.push_back(std::to_string(*number));
      push(numbers_.back().c_str(), 0, 0);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      push(text->c_str(), 0, 0);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      push(blob->bytes.data(), static_cast<int>(blob->bytes.size()), 1);
    } else {
      push(nullptr, 0, 0);
    }
  }
  void push(const char* value, int length, int format) {
    values_.push_back(value);
    lengths_.push_back(length);
    formats_.push_back(format);
  }

  std::vector<std::string> numbers_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

Value::Variant column_value(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return nullptr;
  const std::string_view text(PQgetvalue(result, row, column),
                              static_cast<std::size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case kInt2:
    case kInt4:
    case kInt8: return base::to_integer(text).value_or(0);
    case kBool: return std::int64_t{text == "t" ? 1 : 0};
    case kBytea: return Blob{base::from_hex(text.substr(2)).value_or(std::string())};  // "\x…"
    default: return std::string(text);
  }
}

bool has_several_statements(std::string_view sql) {
  const auto end = base::trim(sql);
  const auto semicolon = end.find(';');
  return semicolon != std::string_view::npos && semicolon + 1 != end.size();
}

// What libpq says about a failed connection, without any part of the address that may be secret.
std::string without_password(std::string text, const base::Secret& url) {
  char* ignored = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.reveal().c_str(), &ignored), PQconninfoFree);
  if (ignored != nullptr) PQfreemem(ignored);
  text = base::without_secret(text, url);
  for (const auto* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    if (option->val == nullptr || (keyword != "password" && keyword != "sslpassword")) continue;
    text = base::without_secret(text, base::Secret(option->val));
    base::wipe(option->val, std::string_view(option->val).size());
  }
  return text;
}

}  // namespace

void PostgresHandle::CloseHandle::operator()(pg_conn* handle) const { PQfinish(handle); }
void PostgresHandle::ClearResult::operator()(pg_result* result) const { PQclear(result); }
PostgresHandle::~PostgresHandle() = default;

base::Status check_postgres_url(const base::Secret& url) {
  const std::string& text = url.reveal();
  const auto authority = std::string_view(text).substr(0, text.find_first_of("?#"));
  char* problem = nullptr;
  PQconninfoOption* options = PQconninfoParse(text.c_str(), &problem);
  if (problem != nullptr) PQfreemem(problem);
  const bool parsed = options != nullptr;
  PQconninfoFree(options);
  // With a bare '@' in the password libpq would take the password's end for the host, and name it in messages.
  if (parsed && authority.find('@') == authority.rfind('@')) return {};
  return base::invalid(
      "the database address is not a PostgreSQL address (postgres://user:password@host/database; write special "
      "characters of the password as %40, %2F, …)");
}

base::Result<std::unique_ptr<PostgresHandle>> PostgresHandle::connect(const base::Secret& url) {
  // What the address says comes after these and wins.
  const std::array<const char*, 9> names = {"application_name",    "connect_timeout",  "keepalives_idle",
                                            "keepalives_interval", "keepalives_count", "tcp_user_timeout",
                                            "client_encoding",     "dbname",           nullptr};
  const std::array<const char*, 9> values = {"runbridge",          "5",    "10", "5", "3", "30000", "UTF8",
                                             url.reveal().c_str(), nullptr};
  std::unique_ptr<PostgresHandle> made(new PostgresHandle());
  made->handle_.reset(PQconnectdbParams(names.data(), values.data(), 1));
  if (!made->is_connected()) {
    const std::string text = made->handle_ ? PQerrorMessage(made->handle_.get()) : "out of memory";
    return database_unavailable("postgresql: " + without_password(std::string(base::trim(text)), url));
  }
  PQsetNoticeProcessor(
      made->handle_.get(), [](void*, const char*) {}, nullptr);
  if (PQserverVersion(made->handle_.get()) < kOldestServer) {
    return base::invalid("the PostgreSQL server is older than version 15");
  }
  RETURN_IF_ERROR(made->run(kSession));
  return made;
}

bool PostgresHandle::is_connected() const { return handle_ && PQstatus(handle_.get()) == CONNECTION_OK; }

bool PostgresHandle::is_usable() const {
  return is_connected() && !stale_ && PQtransactionStatus(handle_.get()) == PQTRANS_IDLE;
}

base::Error PostgresHandle::failure(const pg_result* result) {
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* text = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  last_state_ = state == nullptr ? "" : state;
  stale_ = stale_ || is_stale(last_state_);
  return postgres_error(last_state_, base::trim(text == nullptr ? PQerrorMessage(handle_.get()) : text));
}

base::Result<PostgresHandle::Answer> PostgresHandle::check(Answer answer) {
  switch (PQresultStatus(answer.get())) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY: last_state_.clear(); return answer;
    default: return failure(answer.get());
  }
}

base::Result<std::string> PostgresHandle::prepare(std::string_view sql, std::span<const Value> parameters) {
  std::string key;
  std::vector<Oid> types;
  for (const auto& parameter : parameters) {
    const auto kind = kind_of(parameter.get());
    key += kind.letter;
    types.push_back(kind.type);
  }
  key.append(":").append(sql);
  if (const auto found = statements_.find(key); found != statements_.end()) return found->second;
  if (statements_.size() >= kMaxPreparedStatements) {
    RETURN_IF_ERROR(run("DEALLOCATE ALL"));
    statements_.clear();
  }
  const std::string name = "s" + std::to_string(next_statement_++);
  ASSIGN_OR_RETURN(const auto answer, check(Answer(PQprepare(handle_.get(), name.c_str(), std::string(sql).c_str(),
                                                             static_cast<int>(types.size()), types.data()))));
  statements_.emplace(std::move(key), name);
  return name;
}

base::Result<PostgresHandle::Answer> PostgresHandle::run_prepared(std::string_view sql,
                                                                  std::span<const Value> parameters) {
  RETURN_IF_ERROR(check_parameters(parameters));
  ASSIGN_OR_RETURN(const auto name, prepare(sql, parameters));
  const Arguments arguments(parameters);
  return check(Answer(PQexecPrepared(handle_.get(), name.c_str(), arguments.count(), arguments.values(),
                                     arguments.lengths(), arguments.formats(), 0)));
}

base::Result<Rows> PostgresHandle::query(std::string_view sql, std::span<const Value> parameters) {
  ASSIGN_OR_RETURN(const auto answer, run_prepared(sql, parameters));
  Rows rows;
  const int count = PQntuples(answer.get());
  const int width = PQnfields(answer.get());
  rows.reserve(static_cast<std::size_t>(count));
  for (int row = 0; row < count; ++row) {
    std::vector<Value::Variant> columns;
    columns.reserve(static_cast<std::size_t>(width));
    for (int column = 0; column < width; ++column) columns.push_back(column_value(answer.get(), row, column));
    rows.emplace_back(std::move(columns));
  }
  return rows;
}

base::Result<std::int64_t> PostgresHandle::execute(std::string_view sql, std::span<const Value> parameters) {
  if (parameters.empty() && has_several_statements(sql)) {
    RETURN_IF_ERROR(run(std::string(sql).c_str()));
    return std::int64_t{0};
  }
  ASSIGN_OR_RETURN(const auto answer, run_prepared(sql, parameters));
  if (std::string_view(PQcmdStatus(answer.get())).starts_with("SELECT")) return std::int64_t{0};
  return base::to_integer(PQcmdTuples(answer.get())).value_or(0);
}

base::Status PostgresHandle::run(const char* sql) {
  if (auto answer = check(Answer(PQexec(handle_.get(), sql))); !answer) return std::move(answer).error();
  return {};
}

base::Status PostgresHandle::commit() {
  auto answer = check(Answer(PQexec(handle_.get(), "COMMIT")));
  if (!answer) return std::move(answer).error();
  if (std::string_view(PQcmdStatus(answer->get())) != "COMMIT") {
    return base::internal("the transaction had failed before its commit");
  }
  return {};
}

}  // namespace storage
