#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/database.h"

namespace storage {

// One step of one feature's schema. Numbers count from 1 without gaps inside a component; a step that has shipped
// never changes. `sql` is one or more statements; the word BLOB_TYPE becomes BLOB or BYTEA. Conventions: ids TEXT,
// times and counts BIGINT, yes/no SMALLINT, JSON as TEXT.
struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;
};

// A feature's steps. Components are applied in the order given, so a later one may refer to an earlier one's tables.
struct Component {
  std::string_view name;
  std::span<const Migration> steps;
};

// Applies what is missing, each step in a transaction, one process at a time. Refuses (kConflict) a database that
// has steps this program does not know (it was made by a newer version) or whose shipped step has another text.
base::Status migrate(Database& database, const std::vector<Component>& components);

}  // namespace storage
