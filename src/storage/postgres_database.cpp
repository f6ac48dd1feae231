#include <algorithm>
#include <chrono>
#include <thread>

#include "base/random.h"
#include "storage/handle_transaction.h"
#include "storage/open.h"
#include "storage/parameters.h"
#include "storage/postgres_error.h"
#include "storage/postgres_pool.h"

namespace storage {
namespace {

constexpr int kAttempts = 10;

using PostgresTransaction = HandleTransaction<PostgresHandle, Dialect::kPostgres>;

// Serializable, because that is what SQLite gives: a function that reads and then writes is right on both, or is
// run again. Reads see one snapshot and never fail for another's sake.
constexpr const char* kBeginWrite = "BEGIN ISOLATION LEVEL SERIALIZABLE";
constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

// How one attempt ended.
struct Attempt {
  base::Status status;
  bool repeat = false;  // nothing was committed, and the next attempt may succeed
};

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(const base::Secret& url, int connections) : pool_(url, connections) {}

  Dialect dialect() const override { return Dialect::kPostgres; }

  base::Status ping() override {
    return read_erased([](Connection& connection) -> base::Status {
      if (auto answer = connection.query("SELECT 1"); !answer) return std::move(answer).error();
      return {};
    });
  }

 protected:
  base::Status read_erased(const std::function<base::Status(Connection&)>& body) override {
    return run(kBeginRead, [&](Transaction& transaction) { return body(transaction); });
  }
  base::Status write_erased(const std::function<base::Status(Transaction&)>& body) override {
    return run(kBeginWrite, body);
  }

 private:
  using Body = std::function<base::Status(Transaction&)>;

  base::Status run(const char* begin, const Body& body) {
    RETURN_IF_ERROR(InsideFunction::check(this));
    const InsideFunction inside(this);
    for (int number = 1;; ++number) {
      auto attempt = run_once(begin, body);
      if (!attempt.repeat || number == kAttempts) return attempt.status;
      pause_before(number + 1);
    }
  }

  // Two that are in each other's way should not meet again: a random time that grows, 1 ms to 64 ms.
  static void pause_before(int number) {
    if (number <= 2) return;
    unsigned char byte = 0;
    base::fill_random({&byte, 1});
    const int longest = 1 << std::min(number - 2, 6);
    std::this_thread::sleep_for(std::chrono::microseconds(longest * 1000 * (byte + 1) / 256));
  }

  Attempt run_once(const char* begin, const Body& body) {
    auto lease = pool_.acquire();
    if (!lease) return {std::move(lease).error()};
    PostgresHandle& handle = **lease;
    if (auto begun = handle.run(begin); !begun) return {begun, !handle.is_connected()};
    PostgresTransaction transaction(handle);
    // Gives the connection back without a transaction, also when `body` throws.
    struct Rollback {
      PostgresHandle& handle;
      ~Rollback() {
        if (handle.is_connected() && !handle.is_usable()) static_cast<void>(handle.run("ROLLBACK").has_value());
      }
    } const rollback{handle};
    auto status = body(transaction);
    if (transaction.failure()) {
      if (status) status = *transaction.failure();
      return {std::move(status), !handle.is_connected() || worth_repeating(handle.last_state())};
    }
    if (!status) return {std::move(status)};
    if (auto committed = handle.commit(); !committed) {
      // When the connection breaks here, nobody knows whether it was committed: that is for the caller to find out.
      return {committed, handle.is_connected() && worth_repeating(handle.last_state())};
    }
    for (const auto& action : transaction.take_actions()) action();
    return {};
  }

  PostgresPool pool_;
};

}  // namespace

base::Result<std::unique_ptr<Database>> open_postgres(const base::Secret& url, int connections) {
  RETURN_IF_ERROR(check_postgres_url(url));
  auto database = std::make_unique<PostgresDatabase>(url, connections);
  if (auto status = database->ping(); !status) {
    auto& error = status.error();
    if (error.code == base::Code::kUnavailable) error.message = "cannot use the PostgreSQL server: " + error.detail;
    return std::move(status).error();
  }
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace storage
