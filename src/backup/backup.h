#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "backup/manifest.h"
#include "base/result.h"
#include "base/secret.h"
#include "storage/migrations.h"

// Copies of a server's database and of its runs' logs. A backup is a directory: manifest.json, the copy, logs/. The
// master key is not in it: whoever finds the one must not have the other.
namespace backup {

// Of the server: its settings.
struct Place {
  base::Secret database;  // empty: SQLite in data_dir
  std::filesystem::path data_dir;
  std::filesystem::path master_key_file;
};

struct What {
  std::string program;  // the version of this one
  bool logs = true;
};

// Makes `directory`, whole or not at all (0700, on the disk when this returns). The server may be at work: the copy is
// as of one moment. kConflict: `directory` is there; kInvalid: there is no database, or it or the directory cannot be
// used.
base::Result<Manifest> create(const Place& place, const std::filesystem::path& directory, const What& what);

// Whether `directory` can be restored by this program, whose schema is `components`, with the place's kind of database
// and its master key. kInvalid says what is wrong and what to do. Writes nothing.
base::Result<Manifest> check(const Place& place, const std::filesystem::path& directory,
                             const std::vector<storage::Component>& components);

struct Restored {
  Manifest manifest;
  std::filesystem::path before;  // the SQLite database that was there; empty if there was none
};

// Checks it and puts it in place. SQLite: see put_in_place(). PostgreSQL: into a database without tables, or kConflict.
// Logs that are there already stay as they are.
base::Result<Restored> restore(const Place& place, const std::filesystem::path& directory,
                               const std::vector<storage::Component>& components, bool replace);

}  // namespace backup
