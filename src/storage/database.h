#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "storage/value.h"

namespace storage {

enum class Dialect { kSqlite, kPostgres };

// Runs statements. SQL is the subset that SQLite 3.40 and PostgreSQL 15 share: `$1` parameters, ON CONFLICT,
// RETURNING, window functions. Text is always a constant of ours; whatever a user sent is a parameter.
//
// Errors: kConflict for a broken constraint (see is_unique_violation), kUnavailable when the database is busy,
// full or away, kInternal for anything else. `detail` holds the library's text, `message` never does.
// Belongs to the thread that got it, for the length of the call that handed it out.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual Dialect dialect() const = 0;
  // Every row of the answer (also of INSERT … RETURNING).
  virtual base::Result<Rows> query(std::string_view sql, std::span<const Value> parameters) = 0;
  // The number of rows changed.
  virtual base::Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) = 0;

  base::Result<Rows> query(std::string_view sql, std::initializer_list<Value> parameters = {}) {
    return query(sql, std::span<const Value>(parameters.begin(), parameters.size()));
  }
  base::Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> parameters = {}) {
    return execute(sql, std::span<const Value>(parameters.begin(), parameters.size()));
  }
  // The first row, or nothing.
  base::Result<std::optional<Row>> find(std::string_view sql, std::initializer_list<Value> parameters = {});
};

// A connection inside a transaction that commits when the function it was handed to succeeds.
class Transaction : public Connection {
 public:
  // Runs after the commit is durable, on the thread that committed, in order; for wake-ups only. Never runs if the
  // transaction fails. Must not touch the database and must not throw.
  virtual void on_commit(std::function<void()> action) = 0;
};

// A database. Safe to call from many threads.
//
// write(): SQLite has one writer thread that commits many callers' functions together (group commit); each runs in
// its own savepoint, so one that fails leaves the others alone. PostgreSQL gives each call its own serializable
// transaction and runs it again (up to 10 times) on a deadlock, a serialization failure or a connection that broke
// before the commit, so the function must be safe to repeat. When the connection breaks during the commit, the answer
// is kUnavailable and nobody knows: find out by a key. On both, a statement that failed spoils the transaction: the
// rest is refused and nothing is kept, whatever the function returns (use ON CONFLICT where a clash is expected).
// A function must not call write() or read() of the same database, and should not do slow work: nothing else
// commits meanwhile. When write() returns success, the change is on disk.
//
// read(): a snapshot on a pooled connection; does not wait for the writer.
class Database {
 public:
  virtual ~Database() = default;
  virtual Dialect dialect() const = 0;

  // Function: Result<T>(Connection&)
  template <class Function>
  std::invoke_result_t<Function, Connection&> read(Function&& function) {
    return run<Connection>([this](const auto& body) { return read_erased(body); }, function);
  }
  // Function: Result<T>(Transaction&)
  template <class Function>
  std::invoke_result_t<Function, Transaction&> write(Function&& function) {
    return run<Transaction>([this](const auto& body) { return write_erased(body); }, function);
  }

  // A trivial round trip: for readiness.
  virtual base::Status ping() = 0;

 protected:
  virtual base::Status read_erased(const std::function<base::Status(Connection&)>& body) = 0;
  virtual base::Status write_erased(const std::function<base::Status(Transaction&)>& body) = 0;

 private:
  template <class Handle, class Runner, class Function>
  static std::invoke_result_t<Function, Handle&> run(const Runner& runner, Function& function) {
    using Outcome = std::invoke_result_t<Function, Handle&>;
    if constexpr (std::is_same_v<Outcome, base::Status>) {
      return runner([&](Handle& handle) -> base::Status { return function(handle); });
    } else {
      std::optional<Outcome> outcome;
      base::Status status = runner([&](Handle& handle) -> base::Status {
        outcome.emplace(function(handle));
        if (!*outcome) return outcome->error();
        return {};
      });
      if (!status) return std::move(status).error();
      return std::move(*outcome);
    }
  }
};

bool is_unique_violation(const base::Error& error);
bool is_foreign_key_violation(const base::Error& error);

}  // namespace storage
