#pragma once

#include <string_view>

#include "base/error.h"

namespace storage {

// What a failure of PostgreSQL means for the caller. `state` is the SQLSTATE (five characters, empty if the server
// said nothing); `text` is its primary message without the DETAIL, which would hold values of rows.
base::Error postgres_error(std::string_view state, std::string_view text);

// True when the same transaction may succeed if it is run again: another one was in its way, or (26000, 0A000) the
// server no longer has the statement as it was prepared.
bool worth_repeating(std::string_view state);

// True when the connection must not be used again, though it still stands.
bool is_stale(std::string_view state);

}  // namespace storage
