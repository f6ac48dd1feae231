#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// Wall-clock time in UTC, in milliseconds: the precision of the API and of the database.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Millis = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

// The seam for time. `now` may jump; deadlines and leases are measured with `steady`. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual SteadyTime steady() const = 0;
};

// The machine's clocks. Lives as long as the process.
const Clock& system_clock();

// RFC 3339 with milliseconds and a literal Z: "2026-01-02T03:04:05.678Z".
std::string format_time(Time time);
// Accepts RFC 3339 with any fraction and offset, years 1970 to 9999; nothing on other text.
std::optional<Time> parse_time(std::string_view text);

inline std::int64_t to_millis(Time time) { return time.time_since_epoch().count(); }
inline Time from_millis(std::int64_t millis) { return Time(Millis(millis)); }

}  // namespace base
