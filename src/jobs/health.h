#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"

namespace jobs {

// How the work of one kind stands.
struct KindHealth {
  std::string kind;
  std::int64_t due = 0;    // may start now
  std::int64_t later = 0;  // planned, or waiting for another attempt
  std::int64_t running = 0;
  std::int64_t parked = 0;
  std::optional<base::Time> oldest_due;  // since when the one that waits longest could have started
};

// By kind, in the order of their names. Kinds without a job are not there.
base::Result<std::vector<KindHealth>> health(storage::Connection& connection, base::Time now);

}  // namespace jobs
