#include "http/wire.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/strings.h"
#include "http/grammar.h"
#include "http/problem.h"

namespace http {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 6> kFixedHeaders = {{
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
}};

// Fields that belong to the connection, not to a handler.
constexpr std::array kOwnFields = {
    "Connection", "Content-Length", "Transfer-Encoding", "Keep-Alive", "Server", "X-Request-Id", "Date"};

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

std::string without_controls(std::string value) {
  std::ranges::replace_if(
      value, [](char character) { return static_cast<unsigned char>(character) < 0x20 || character == 0x7f; }, ' ');
  return std::string(base::trim(value));
}

base::Headers safe_fields(const base::Headers& headers) {
  base::Headers safe;
  for (const auto& [name, value] : headers.fields()) {
    const bool own = std::ranges::any_of(
        kOwnFields, [&name = name](const char* field) { return base::equals_ignoring_case(field, name); });
    if (!own && grammar::is_token(name)) safe.add(name, without_controls(value));
  }
  return safe;
}

bool has_no_content(int status) { return status == 204 || status == 304; }

// Opens the file of a response; false if there is none to send.
bool open_file(const std::string& path, Prepared& prepared) {
  prepared.file = base::FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts {};
  if (!prepared.file || ::fstat(prepared.file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  prepared.file_size = static_cast<std::uint64_t>(facts.st_size);
  return true;
}

}  // namespace

DoomedFile::~DoomedFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void add_fixed_headers(base::Headers& headers, std::string_view request_id) {
  for (const auto& [name, value] : kFixedHeaders) {
    if (!headers.has(name)) headers.add(name, value);
  }
  headers.set("X-Request-Id", std::string(request_id));
  headers.set("Date", http_date());
}

Prepared prepare(Response response, Method method, std::string_view request_id, bool close) {
  Prepared prepared;
  if (!response.file.empty() && !open_file(response.file, prepared)) {
    prepared.file.reset();
    response = problem(500, "A file this answer needs cannot be read.", request_id);
  }
  prepared.status = response.status;
  prepared.headers = safe_fields(response.headers);
  add_fixed_headers(prepared.headers, request_id);
  if (response.remove_file) prepared.doomed = DoomedFile(response.file);
  if (!has_no_content(response.status)) {
    const auto size = prepared.file ? prepared.file_size : response.body.size();
    prepared.headers.add("Content-Length", std::to_string(size));
    if (size > 0 && !prepared.headers.has("Content-Type")) {
      prepared.headers.add("Content-Type", "application/octet-stream");
    }
  }
  prepared.headers.add("Connection", close ? "close" : "keep-alive");
  prepared.close = close;
  if (method == Method::kHead || has_no_content(response.status)) {
    prepared.file.reset();
    prepared.file_size = 0;
  } else if (!prepared.file) {
    prepared.body = std::move(response.body);
  }
  return prepared;
}

std::string serialize(const Prepared& prepared) {
  std::string out = "HTTP/1.1 " + std::to_string(prepared.status) + " " + reason_phrase(prepared.status) + "\r\n";
  for (const auto& [name, value] : prepared.headers.fields()) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  out += "\r\n";
  return out + prepared.body;
}

}  // namespace http
