#include "logging/log.h"

#include <atomic>
#include <cmath>
#include <memory>
#include <mutex>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/strings.h"

namespace logging {
namespace {

constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kLongestLine = std::size_t{32} << 10U;

std::atomic<Level> threshold{Level::kInfo};
thread_local std::string request_id;

using Sink = std::function<void(std::string_view)>;
std::mutex capture_mutex;
Sink captured;                          // guarded by capture_mutex
std::atomic<bool> is_capturing{false};  // so that the usual case takes no lock of ours

constexpr std::pair<Level, const char*> kNames[] = {{Level::kDebug, "debug"},
                                                    {Level::kInfo, "info"},
                                                    {Level::kWarning, "warning"},
                                                    {Level::kError, "error"},
                                                    {Level::kOff, "off"}};

const char* name_of(Level level) {
  for (const auto& [candidate, name] : kNames) {
    if (candidate == level) return name;
  }
  return "info";
}

spdlog::logger& logger() {
  // Never destroyed: threads may log while the process ends.
  static auto* const kLogger = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto* made = new spdlog::logger("runbridge", std::move(sink));
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *kLogger;
}

void append_escape(std::string& out, unsigned code) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[(code >> 4U) & 0xFU];
  out += kDigits[code & 0xFU];
}

// Appends a JSON text; control characters (C0, DEL and C1) are escaped, so a terminal shows what was sent.
void append_text(std::string& out, std::string_view raw) {
  const std::string text = base::shorten(base::to_valid_utf8(masked(raw.substr(0, 2 * kLongestText))), kLongestText);
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      append_escape(out, byte);
    } else if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      append_escape(out, static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
  out += '"';
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ',';
  append_text(out, name);
  out += ':';
  append_text(out, text);
}

void append_field(std::string& out, const Field& field) {
  if (const auto* text = std::get_if<std::string>(&field.value())) return append_member(out, field.name(), *text);
  out += ',';
  append_text(out, field.name());
  out += ':';
  if (const auto* number = std::get_if<std::int64_t>(&field.value())) out += std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&field.value())) out += *flag ? "true" : "false";
  if (const auto* real = std::get_if<double>(&field.value())) {
    out += std::isfinite(*real) ? std::to_string(*real) : "null";
  }
}

void write(const std::string& line) {
  if (is_capturing) {
    const std::lock_guard lock(capture_mutex);
    if (captured) return captured(line);
  }
  logger().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

Field::Field(std::string_view name, const base::Error& error)
    : name_(name),
      value_(std::string(base::code_name(error.code)) + ": " + error.message +
             (error.detail.empty() ? "" : " [" + error.detail + "]")) {}

std::optional<Level> level_from(std::string_view name) {
  for (const auto& [level, candidate] : kNames) {
    if (name == candidate) return level;
  }
  return std::nullopt;
}

std::string format(base::Time time, Level level, std::string_view message, Fields fields) {
  std::string line = "{\"time\":\"" + base::format_time(time) + "\",\"level\":\"" + name_of(level) + "\",\"message\":";
  append_text(line, message);
  if (!request_id.empty()) append_member(line, "request", request_id);
  for (const Field& field : fields) {
    if (line.size() > kLongestLine) {
      line += ",\"cut\":true";
      break;
    }
    append_field(line, field);
  }
  line += '}';
  return line;
}

void log(Level level, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  try {
    write(format(base::system_clock().now(), level, message, fields));
  } catch (...) {  // NOLINT(bugprone-empty-catch): a full disk or memory must not end what was being logged
  }
}

void set_level(Level level) { threshold = level; }
bool enabled(Level level) { return level >= threshold && level != Level::kOff; }

RequestScope::RequestScope(std::string id) : previous_(std::exchange(request_id, std::move(id))) {}
RequestScope::~RequestScope() { request_id = std::move(previous_); }

Capture::Capture(Sink sink) {
  const std::lock_guard lock(capture_mutex);
  captured = std::move(sink);
  is_capturing = true;
}

Capture::~Capture() {
  const std::lock_guard lock(capture_mutex);
  captured = nullptr;
  is_capturing = false;
}

}  // namespace logging
