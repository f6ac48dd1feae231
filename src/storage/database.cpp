#include "storage/database.h"

namespace storage {

base::Result<std::optional<Row>> Connection::find(std::string_view sql, std::initializer_list<Value> parameters) {
  ASSIGN_OR_RETURN(auto rows, query(sql, parameters));
  if (rows.empty()) return std::optional<Row>();
  return std::optional<Row>(std::move(rows.front()));
}

bool is_unique_violation(const base::Error& error) {
  return error.code == base::Code::kConflict && error.detail.starts_with("unique:");
}

bool is_foreign_key_violation(const base::Error& error) {
  return error.code == base::Code::kConflict && error.detail.starts_with("foreign_key:");
}

}  // namespace storage
