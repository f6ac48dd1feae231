#include "backup/manifest.h"

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"

namespace backup {
namespace {

constexpr std::int64_t kFormat = 1;

base::Error unreadable(const std::string& why) { return base::invalid("the backup's manifest.json " + why); }

}  // namespace

std::string copy_name(storage::Dialect database) {
  return database == storage::Dialect::kSqlite ? "runbridge.db" : "runbridge.dump";
}

std::string database_name(storage::Dialect database) {
  return database == storage::Dialect::kSqlite ? "SQLite" : "PostgreSQL";
}

std::string to_text(const Manifest& manifest) {
  return jsonapi::dump_pretty({{"format", kFormat},
                               {"program", manifest.program},
                               {"made-at", base::format_time(manifest.made_at)},
                               {"database", database_name(manifest.database)},
                               {"bytes", manifest.bytes},
                               {"key-check", base::to_base64(manifest.key_check)},
                               {"schema", manifest.schema}}) +
         "\n";
}

base::Result<Manifest> from_text(std::string_view text) {
  const auto json = jsonapi::parse(text);
  if (!json || !json->is_object()) return unreadable("is not JSON: it was cut or altered");
  if (jsonapi::get_integer(*json, "format") != kFormat) {
    return unreadable("has another format: use the version of runbridge that made it");
  }
  Manifest manifest;
  manifest.program = jsonapi::get_text(*json, "program");
  const auto made_at = base::parse_time(jsonapi::get_text(*json, "made-at"));
  const auto key_check = base::from_base64(jsonapi::get_text(*json, "key-check"));
  const std::string database = jsonapi::get_text(*json, "database");
  const std::int64_t bytes = jsonapi::get_integer(*json, "bytes", -1);
  const auto* schema = jsonapi::find(*json, "schema");
  const bool is_sqlite = database == database_name(storage::Dialect::kSqlite);
  if (!made_at || !key_check || bytes < 0 || schema == nullptr || !schema->is_object() ||
      (!is_sqlite && database != database_name(storage::Dialect::kPostgres))) {
    return unreadable("lacks what it must say: it was altered");
  }
  manifest.made_at = *made_at;
  manifest.key_check = *key_check;
  manifest.database = is_sqlite ? storage::Dialect::kSqlite : storage::Dialect::kPostgres;
  manifest.bytes = static_cast<std::uintmax_t>(bytes);
  for (const auto& [component, step] : schema->items()) {
    if (!step.is_number_integer()) return unreadable("lacks what it must say: it was altered");
    manifest.schema[component] = step.get<std::int64_t>();
  }
  return manifest;
}

}  // namespace backup
