#include "app/system_status.h"

#include <algorithm>
#include <system_error>

#include "jobs/health.h"

namespace app {
namespace {

using jsonapi::Json;

base::Result<std::int64_t> database_size(storage::Connection& connection) {
  const bool postgres = connection.dialect() == storage::Dialect::kPostgres;
  ASSIGN_OR_RETURN(
      const auto row,
      connection.find(postgres ? "SELECT pg_database_size(current_database())"
                               : "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"));
  return row ? row->integer(0) : 0;
}

Json database_facts(storage::Database& database) {
  const auto size = database.read([](storage::Connection& connection) { return database_size(connection); });
  return {{"kind", database.dialect() == storage::Dialect::kPostgres ? "postgresql" : "sqlite"},
          {"size-bytes", size ? Json(*size) : Json()}};
}

Json disk_facts(const std::filesystem::path& directory) {
  std::error_code error;
  const auto space = std::filesystem::space(directory, error);
  if (error) return {{"size-bytes", nullptr}, {"free-bytes", nullptr}};
  return {{"size-bytes", space.capacity}, {"free-bytes", space.available}};
}

std::int64_t seconds_since(base::Time then, base::Time now) {
  return std::max<std::int64_t>(0, (base::to_millis(now) - base::to_millis(then)) / 1000);
}

base::Result<Json> queues(storage::Database& database, base::Time now) {
  ASSIGN_OR_RETURN(const auto kinds,
                   database.read([&](storage::Connection& connection) { return jobs::health(connection, now); }));
  Json out = Json::array();
  for (const auto& kind : kinds) {
    out.push_back({{"kind", kind.kind},
                   {"due", kind.due},
                   {"later", kind.later},
                   {"running", kind.running},
                   {"parked", kind.parked},
                   {"oldest-due-seconds", kind.oldest_due ? Json(seconds_since(*kind.oldest_due, now)) : Json()}});
  }
  return out;
}

}  // namespace

base::Result<jsonapi::Resource> system_status(storage::Database& database, const SystemFacts& facts,
                                              const http::ServerStats& http) {
  const auto now = facts.clock.now();
  jsonapi::Resource out{"system-status", "system"};
  ASSIGN_OR_RETURN(auto waiting, queues(database, now));
  Json workers = Json::array();
  for (const auto& [name, count] : facts.workers) workers.push_back({{"name", name}, {"threads", count}});
  out.attributes = {{"version", RUNBRIDGE_VERSION},
                    {"started-at", base::format_time(facts.started_at)},
                    {"uptime-seconds", seconds_since(facts.started_at, now)},
                    {"database", database_facts(database)},
                    {"disk", disk_facts(facts.data_directory)},
                    {"queues", std::move(waiting)},
                    {"workers", std::move(workers)},
                    {"http",
                     {{"open-connections", http.open_connections},
                      {"requests", http.requests},
                      {"rejected", http.rejected},
                      {"timed-out", http.timed_out}}}};
  return out;
}

}  // namespace app
