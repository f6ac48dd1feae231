#include "backup/backup.h"

#include <algorithm>
#include <system_error>

#include "backup/postgres_tools.h"
#include "backup/put_in_place.h"
#include "base/file.h"
#include "storage/address.h"
#include "storage/open.h"
#include "storage/sqlite_copy.h"
#include "vault/key_check.h"

namespace backup {
namespace {

namespace fs = std::filesystem;
using storage::Dialect;

constexpr const char* kManifest = "manifest.json";
constexpr const char* kLogs = "logs";
constexpr std::size_t kLongestManifest = std::size_t{64} << 10U;

base::Status add_facts(storage::Database& database, Manifest& manifest) {
  return database.read([&](storage::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const auto rows,
                     connection.query("SELECT component, MAX(number) FROM schema_migrations GROUP BY component"));
    for (const auto& row : rows) manifest.schema[row.text(0)] = row.integer(1);
    ASSIGN_OR_RETURN(manifest.key_check, vault::key_check(connection));
    return {};
  });
}

base::Error no_database(const std::string& where) {
  return base::invalid("there is no database of runbridge in " + where +
                       ": give the settings of the server, --data-dir or --database");
}

// The copy tells of itself: what it says was true at its moment.
base::Status copy_file_and_facts(const fs::path& from, const fs::path& to, Manifest& manifest) {
  std::error_code ignored;
  if (!fs::exists(from, ignored)) return no_database(from.string());
  RETURN_IF_ERROR(storage::copy_sqlite(from, to));
  {
    ASSIGN_OR_RETURN(const auto copy, storage::open_sqlite(to, 1));
    if (!add_facts(*copy, manifest)) return no_database(from.string());
  }
  fs::remove(to.string() + ".lock", ignored);
  return flush(to);
}

base::Status dump_and_facts(const base::Secret& url, const fs::path& to, Manifest& manifest) {
  ASSIGN_OR_RETURN(const auto database, storage::open_postgres(url, 1));
  if (!add_facts(*database, manifest)) return no_database("that PostgreSQL database");
  RETURN_IF_ERROR(dump(url, to));
  return flush(to);
}

// Files that are there stay; one that goes meanwhile is not missed.
base::Status copy_logs(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  if (!fs::is_directory(from, failure)) return {};
  fs::create_directories(to, failure);
  if (!failure) fs::permissions(to, fs::perms::owner_all, failure);
  if (failure) return base::invalid("cannot make " + to.string() + ": " + failure.message());
  for (const auto& entry : fs::directory_iterator(from, failure)) {
    std::error_code gone;
    if (!entry.is_regular_file(gone) || entry.is_symlink(gone)) continue;
    const fs::path copy = to / entry.path().filename();
    std::error_code problem;
    const bool copied = fs::copy_file(entry.path(), copy, fs::copy_options::skip_existing, problem);
    if (problem && fs::exists(entry.path(), gone)) {
      return base::invalid("cannot write " + copy.string() + ": " + problem.message());
    }
    if (copied) RETURN_IF_ERROR(flush(copy));
  }
  if (failure) return base::invalid("cannot read " + from.string() + ": " + failure.message());
  return flush(to);
}

base::Status fill(const Place& place, const fs::path& directory, const What& what, Manifest& manifest) {
  manifest.program = what.program;
  manifest.made_at = base::system_clock().now();
  const auto file = storage::sqlite_path(place.database, place.data_dir);
  manifest.database = file ? Dialect::kSqlite : Dialect::kPostgres;
  const fs::path copy = directory / copy_name(manifest.database);
  RETURN_IF_ERROR(file ? copy_file_and_facts(*file, copy, manifest) : dump_and_facts(place.database, copy, manifest));
  std::error_code failure;
  manifest.bytes = fs::file_size(copy, failure);
  if (failure) return base::invalid("cannot look at " + copy.string() + ": " + failure.message());
  if (what.logs) RETURN_IF_ERROR(copy_logs(place.data_dir / kLogs, directory / kLogs));
  RETURN_IF_ERROR(base::write_file(directory / kManifest, to_text(manifest)));
  return flush(directory);
}

base::Status check_schema(const Manifest& manifest, const std::vector<storage::Component>& components) {
  for (const auto& [name, step] : manifest.schema) {
    const auto known = std::find_if(components.begin(), components.end(),
                                    [&name = name](const storage::Component& one) { return one.name == name; });
    if (known != components.end() && step <= static_cast<std::int64_t>(known->steps.size())) continue;
    return base::invalid("the backup is of a newer program (" + manifest.program +
                         "): install that one or a later one");
  }
  return {};
}

base::Status check_kind(const Manifest& manifest, const Place& place) {
  const bool wants_sqlite = storage::sqlite_path(place.database, place.data_dir).has_value();
  if (wants_sqlite == (manifest.database == Dialect::kSqlite)) return {};
  return base::invalid("the backup is of " + database_name(manifest.database) + ", and --database names " +
                       database_name(wants_sqlite ? Dialect::kSqlite : Dialect::kPostgres));
}

base::Status check_copy(const Manifest& manifest, const fs::path& copy) {
  std::error_code failure;
  const auto bytes = fs::file_size(copy, failure);
  if (failure) return base::invalid(copy.string() + " is missing in the backup");
  if (bytes != manifest.bytes) {
    return base::invalid(copy.string() + " has " + std::to_string(bytes) + " bytes and not " +
                         std::to_string(manifest.bytes) + ": it was cut or altered");
  }
  return manifest.database == Dialect::kSqlite ? storage::check_sqlite(copy) : check_dump(copy);
}

base::Status check_key(const Manifest& manifest, const Place& place) {
  if (manifest.key_check.empty()) return {};
  auto checked = vault::check_master_key(place.master_key_file, manifest.key_check);
  if (checked || checked.error().code != base::Code::kNotFound) return checked;
  return base::invalid(checked.error().message +
                       ", and the backup's secrets open with nothing else. Put it back from " +
                       "where you keep it, or name its place with --master-key-file");
}

base::Status check_empty(storage::Database& database) {
  return database.read([](storage::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const auto table,
                     connection.find("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1"));
    if (!table) return {};
    return base::conflict(
        "that PostgreSQL database has tables. Restore into an empty one: CREATE DATABASE name, and "
        "name it with --database");
  });
}

base::Status load_dump(const Place& place, const fs::path& copy) {
  ASSIGN_OR_RETURN(const auto database, storage::open_postgres(place.database, 1));
  RETURN_IF_ERROR(check_empty(*database));
  return load(place.database, copy);
}

}  // namespace

base::Result<Manifest> create(const Place& place, const fs::path& directory, const What& what) {
  const fs::path target = fs::absolute(directory.has_filename() ? directory : directory.parent_path());
  std::error_code ignored;
  if (fs::exists(target, ignored)) return base::conflict(target.string() + " is there already: name a new directory");
  ASSIGN_OR_RETURN(const auto next, base::TemporaryDirectory::create(target.parent_path(), ".runbridge-backup-"));
  Manifest manifest;
  RETURN_IF_ERROR(fill(place, next.path(), what, manifest));
  std::error_code failure;
  fs::rename(next.path(), target, failure);
  if (failure) return base::invalid("cannot make " + target.string() + ": " + failure.message());
  RETURN_IF_ERROR(flush(target.parent_path()));
  return manifest;
}

base::Result<Manifest> check(const Place& place, const fs::path& directory,
                             const std::vector<storage::Component>& components) {
  const auto text = base::read_file(directory / kManifest, kLongestManifest);
  if (!text) return base::invalid(directory.string() + " is no backup of runbridge: " + text.error().message);
  ASSIGN_OR_RETURN(auto manifest, from_text(*text));
  RETURN_IF_ERROR(check_schema(manifest, components));
  RETURN_IF_ERROR(check_kind(manifest, place));
  RETURN_IF_ERROR(check_copy(manifest, directory / copy_name(manifest.database)));
  RETURN_IF_ERROR(check_key(manifest, place));
  return manifest;
}

base::Result<Restored> restore(const Place& place, const fs::path& directory,
                               const std::vector<storage::Component>& components, bool replace) {
  Restored restored;
  ASSIGN_OR_RETURN(restored.manifest, check(place, directory, components));
  const fs::path copy = directory / copy_name(restored.manifest.database);
  if (const auto file = storage::sqlite_path(place.database, place.data_dir)) {
    ASSIGN_OR_RETURN(restored.before, put_in_place(copy, *file, replace));
  } else {
    RETURN_IF_ERROR(load_dump(place, copy));
  }
  RETURN_IF_ERROR(copy_logs(directory / kLogs, place.data_dir / kLogs));
  return restored;
}

}  // namespace backup
