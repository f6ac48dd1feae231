#include "tests/support/database_test.h"

#include <libpq-fe.h>

#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "base/random.h"
#include "base/strings.h"

namespace support {
namespace {

std::string server_url() {
  const char* url = std::getenv("RUNBRIDGE_TEST_POSTGRES");
  return url == nullptr ? std::string() : std::string(url);
}

// One statement outside any transaction (CREATE and DROP DATABASE allow no other way).
void run_on_server(const std::string& statement) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(server_url().c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), statement.c_str()), PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
}

// The server's address with another database: "postgres:///postgres?…" → "postgres:///NAME?…".
std::string url_of(const std::string& name) { return base::replace_all(server_url(), "/postgres?", "/" + name + "?"); }

}  // namespace

bool has_postgres() { return !server_url().empty(); }

TestDatabase::TestDatabase(Backend backend) : backend_(backend) {
  if (backend_ == Backend::kPostgres) {
    name_ = "test_" + base::random_text(12, "abcdefghijklmnopqrstuvwxyz");
    run_on_server("CREATE DATABASE " + name_);
    url_ = url_of(name_);
  } else {
    auto directory = base::TemporaryDirectory::create(testing::TempDir(), "database-");
    if (!directory) throw std::runtime_error(directory.error().message);
    directory_ = std::make_unique<base::TemporaryDirectory>(std::move(*directory));
    url_ = "sqlite://" + (directory_->path() / "runbridge.db").string();
  }
  reopen();
}

TestDatabase::~TestDatabase() {
  database_.reset();
  if (backend_ != Backend::kPostgres) return;
  try {
    run_on_server("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const std::exception& problem) {
    ADD_FAILURE() << "the test's database stays behind: " << problem.what();
  }
}

void TestDatabase::reopen() {
  database_.reset();
  auto opened = storage::open(base::Secret(url_), "/");
  if (!opened) throw std::runtime_error(opened.error().message + " " + opened.error().detail);
  database_ = std::move(*opened);
}

std::string backend_name(const testing::TestParamInfo<Backend>& backend) {
  return backend.param == Backend::kSqlite ? "Sqlite" : "Postgres";
}

bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace support
