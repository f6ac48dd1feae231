#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "base/secret.h"
#include "storage/value.h"

struct pg_conn;
struct pg_result;

namespace storage {

// One connection to PostgreSQL with its prepared statements. Used by one thread at a time.
class PostgresHandle {
 public:
  // kUnavailable if the server cannot be reached or refuses; the detail never holds the password.
  static base::Result<std::unique_ptr<PostgresHandle>> connect(const base::Secret& url);
  PostgresHandle(const PostgresHandle&) = delete;
  PostgresHandle& operator=(const PostgresHandle&) = delete;
  ~PostgresHandle();

  base::Result<Rows> query(std::string_view sql, std::span<const Value> parameters);
  // Several statements at once are fine when there are no parameters.
  base::Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters);
  // A statement of our own without parameters or answer.
  base::Status run(const char* sql);
  // Unlike run("COMMIT") it also fails when the server rolled back because a statement had failed.
  base::Status commit();

  // Fit for another transaction: still connected, none open, nothing stale.
  bool is_usable() const;
  bool is_connected() const;
  // SQLSTATE of the last failure.
  const std::string& last_state() const { return last_state_; }

 private:
  struct CloseHandle {
    void operator()(pg_conn* handle) const;
  };
  struct ClearResult {
    void operator()(pg_result* result) const;
  };
  using Answer = std::unique_ptr<pg_result, ClearResult>;

  PostgresHandle() = default;
  base::Error failure(const pg_result* result);
  base::Result<Answer> check(Answer answer);
  // The name of the prepared statement for this text and these kinds of parameters.
  base::Result<std::string> prepare(std::string_view sql, std::span<const Value> parameters);
  base::Result<Answer> run_prepared(std::string_view sql, std::span<const Value> parameters);

  std::unique_ptr<pg_conn, CloseHandle> handle_;
  std::unordered_map<std::string, std::string> statements_;  // text and kinds → name
  std::uint64_t next_statement_ = 1;
  std::string last_state_;
  bool stale_ = false;
};

// kInvalid if it is not a libpq URI. The message never repeats any of it: it may hold the password.
base::Status check_postgres_url(const base::Secret& url);

}  // namespace storage
