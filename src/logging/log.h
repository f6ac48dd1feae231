#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"

// One JSON object a line on standard error:
//   {"time":"2026-01-02T03:04:05.678Z","level":"info","message":"delivery stored","request":"…","delivery":"vd-…"}
// Callers pass what happened as a constant sentence and everything that varies as fields:
//   logging::info("delivery stored", {{"delivery", id}, {"bytes", body.size()}});
// Texts are escaped and cut, so nobody can forge a line or fill the disk with one (control characters, ANSI codes
// and ill-formed bytes included). base::Secret is not accepted; tokens with a known prefix and passwords in URLs are
// masked all the same, should one slip into a text. Every function is thread-safe and never throws.
namespace logging {

enum class Level { kDebug, kInfo, kWarning, kError, kOff };

std::optional<Level> level_from(std::string_view name);  // "debug", "info", "warning", "error", "off"

class Field {
 public:
  Field(std::string_view name, std::string_view text) : name_(name), value_(std::string(text)) {}
  Field(std::string_view name, const std::string& text) : name_(name), value_(text) {}
  Field(std::string_view name, const char* text) : name_(name), value_(std::string(text)) {}
  Field(std::string_view name, bool value) : name_(name), value_(value) {}
  Field(std::string_view name, double value) : name_(name), value_(value) {}
  Field(std::string_view name, base::Time time) : name_(name), value_(base::format_time(time)) {}
  template <std::integral Number>
  Field(std::string_view name, Number value) : name_(name), value_(static_cast<std::int64_t>(value)) {}
  template <class Tag>
  Field(std::string_view name, const base::Id<Tag>& id) : name_(name), value_(id.str()) {}
  // Code, message and detail of an error.
  Field(std::string_view name, const base::Error& error);
  Field(std::string_view name, const base::Secret& secret) = delete;

  const std::string& name() const { return name_; }
  const std::variant<std::string, std::int64_t, double, bool>& value() const { return value_; }

 private:
  std::string name_;
  std::variant<std::string, std::int64_t, double, bool> value_;
};

using Fields = std::initializer_list<Field>;

void log(Level level, std::string_view message, Fields fields = {});
inline void debug(std::string_view message, Fields fields = {}) { log(Level::kDebug, message, fields); }
inline void info(std::string_view message, Fields fields = {}) { log(Level::kInfo, message, fields); }
inline void warning(std::string_view message, Fields fields = {}) { log(Level::kWarning, message, fields); }
inline void error(std::string_view message, Fields fields = {}) { log(Level::kError, message, fields); }

// Lines below this level are dropped. kInfo at start.
void set_level(Level level);
bool enabled(Level level);

// While it lives, every line of this thread carries the id as "request". Scopes nest.
class RequestScope {
 public:
  explicit RequestScope(std::string id);
  ~RequestScope();
  RequestScope(const RequestScope&) = delete;
  RequestScope& operator=(const RequestScope&) = delete;

 private:
  std::string previous_;
};

// Sends lines (without the newline) elsewhere while it lives: for tests. One at a time.
class Capture {
 public:
  explicit Capture(std::function<void(std::string_view line)> sink);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
};

// One line as log() would write it; for tests.
std::string format(base::Time time, Level level, std::string_view message, Fields fields);

// A copy with tokens of known prefixes ("rbu_…", "ghp_…") as "rbu_***" and URL passwords as "***".
std::string masked(std::string_view text);

}  // namespace logging
