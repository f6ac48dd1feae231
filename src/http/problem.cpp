#include "http/problem.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace http {
namespace {

struct StatusText {
  int status;
  const char* code;  // of the JSON:API error; null where the status is no error
  const char* reason;
};

constexpr std::array kStatuses = {
    StatusText{200, nullptr, "OK"},
    StatusText{201, nullptr, "Created"},
    StatusText{202, nullptr, "Accepted"},
    StatusText{204, nullptr, "No Content"},
    StatusText{301, nullptr, "Moved Permanently"},
    StatusText{302, nullptr, "Found"},
    StatusText{303, nullptr, "See Other"},
    StatusText{304, nullptr, "Not Modified"},
    StatusText{307, nullptr, "Temporary Redirect"},
    StatusText{308, nullptr, "Permanent Redirect"},
    StatusText{400, "malformed", "Bad Request"},
    StatusText{401, "unauthorized", "Unauthorized"},
    StatusText{403, "forbidden", "Forbidden"},
    StatusText{404, "not_found", "Not Found"},
    StatusText{405, "method_not_allowed", "Method Not Allowed"},
    StatusText{406, "not_acceptable", "Not Acceptable"},
    StatusText{408, "timeout", "Request Timeout"},
    StatusText{409, "conflict", "Conflict"},
    StatusText{410, "gone", "Gone"},
    StatusText{411, "length_required", "Length Required"},
    StatusText{412, "precondition_failed", "Precondition Failed"},
    StatusText{413, "too_large", "Content Too Large"},
    StatusText{414, "target_too_long", "URI Too Long"},
    StatusText{415, "unsupported", "Unsupported Media Type"},
    StatusText{417, "expectation_failed", "Expectation Failed"},
    StatusText{421, "misdirected", "Misdirected Request"},
    StatusText{422, "invalid", "Unprocessable Content"},
    StatusText{423, "locked", "Locked"},
    StatusText{428, "precondition_required", "Precondition Required"},
    StatusText{429, "rate_limited", "Too Many Requests"},
    StatusText{431, "head_too_large", "Request Header Fields Too Large"},
    StatusText{500, "internal", "Internal Server Error"},
    StatusText{501, "not_implemented", "Not Implemented"},
    StatusText{502, "upstream", "Bad Gateway"},
    StatusText{503, "unavailable", "Service Unavailable"},
    StatusText{504, "upstream_timeout", "Gateway Timeout"},
};

const StatusText& text_of(int status) {
  static constexpr StatusText kUnknown{0, "error", "Unknown"};
  const auto* const found =
      std::ranges::find_if(kStatuses, [&](const StatusText& entry) { return entry.status == status; });
  return found == kStatuses.end() ? kUnknown : *found;
}

void append_escaped(std::string& out, char character) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(character);
  if (character == '"' || character == '\\') {
    out += '\\';
    out += character;
  } else if (byte < 0x20 || byte == 0x7f) {
    out += "\\u00";
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 0xfU];
  } else {
    out += character;
  }
}

}  // namespace

const char* reason_phrase(int status) { return text_of(status).reason; }

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char character : base::to_valid_utf8(text)) append_escaped(out, character);
  return out + '"';
}

Response problem(int status, std::string_view detail, std::string_view request_id) {
  const StatusText& text = text_of(status);
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/vnd.api+json");
  response.body = R"({"errors":[{"id":)" + json_quoted(request_id) + R"(,"status":")" + std::to_string(status) +
                  R"(","code":)" + json_quoted(text.code == nullptr ? "error" : text.code) + R"(,"title":)" +
                  json_quoted(text.reason) + R"(,"detail":)" + json_quoted(detail) + "}]}";
  return response;
}

}  // namespace http
