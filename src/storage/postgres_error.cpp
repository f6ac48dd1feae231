#include "storage/postgres_error.h"

#include <algorithm>
#include <array>
#include <span>

#include "storage/parameters.h"

namespace storage {
namespace {

constexpr auto kUnavailable = std::to_array<std::string_view>({
    "40001", "40P01",           // serialization failure, deadlock
    "25006",                    // the server only reads
    "55P03",                    // lock not available
    "57014",                    // statement timeout
    "57P01", "57P02", "57P03",  // shutting down, crashed, starting up
    "57P05",                    // idle session timeout
    "25P03",                    // idle in transaction timeout
    "28000", "28P01", "3D000",  // refused, wrong password, no such database
});

bool is_one_of(std::string_view state, std::span<const std::string_view> states) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

}  // namespace

base::Error postgres_error(std::string_view state, std::string_view text) {
  const std::string detail = "postgresql " + std::string(state) + ": " + std::string(text);
  if (state == "23505") return unique_violation(detail);
  if (state == "23503") return foreign_key_violation(detail);
  if (state.starts_with("23")) return constraint_violation(detail);
  // 08: connection; 53: disk full, out of memory, too many connections; 58: the server's own input and output
  const bool away = state.empty() || state.starts_with("08") || state.starts_with("53") || state.starts_with("58");
  if (away || is_one_of(state, kUnavailable)) return database_unavailable(detail);
  return base::internal(detail);
}

bool worth_repeating(std::string_view state) { return state == "40001" || state == "40P01" || is_stale(state); }

bool is_stale(std::string_view state) { return state == "26000" || state == "0A000"; }

}  // namespace storage
