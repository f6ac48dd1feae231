#include "auth/sql.h"

#include "base/strings.h"
#include "storage/database.h"

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

}  // namespace auth
