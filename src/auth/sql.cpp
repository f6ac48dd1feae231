#include "auth/sql.h"

#include <span>

#include "base/strings.h"

namespace auth {

std::string key_of(std::string_view name) { return base::to_lower(name); }

std::string contains_pattern(std::string_view text) {
  std::string pattern = "%";
  for (const char c : key_of(text)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    if (c != '\0') pattern += c;
  }
  return pattern + "%";
}

base::Error taken(base::Error error, std::string_view attribute) {
  if (!storage::is_unique_violation(error)) return error;
  return base::invalid("The " + std::string(attribute) + " has already been taken.",
                       "/data/attributes/" + std::string(attribute));
}

base::Result<ListRows> rows_of_page(storage::Connection& connection, ListStatement statement,
                                    const base::PageRequest& page) {
  auto& parameters = statement.parameters;
  const std::string from(statement.from);
  ListRows found;
  const std::string counting = "SELECT COUNT(*)" + from;  // sql-ok: constants and parameter numbers only
  ASSIGN_OR_RETURN(const auto count, connection.query(counting, std::span<const storage::Value>(parameters)));
  found.total = count.at(0).integer(0);
  const std::string listing = std::string(statement.select) + from + std::string(statement.order) + " LIMIT $" +
                              std::to_string(parameters.size() + 1) + " OFFSET $" +
                              std::to_string(parameters.size() + 2);
  parameters.emplace_back(page.size);
  parameters.emplace_back(page.offset());
  ASSIGN_OR_RETURN(found.rows, connection.query(listing, std::span<const storage::Value>(parameters)));
  return found;
}

}  // namespace auth
