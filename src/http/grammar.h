#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"

// The pieces of RFC 9112 and RFC 9110 that we accept: one spelling of each, everything else is refused by the caller.
namespace http::grammar {

bool is_token(std::string_view text);  // RFC 9110 section 5.6.2, not empty

// "GET /path?query HTTP/1.1" taken apart at its two spaces; nothing if it has no such shape.
struct RequestLine {
  std::string_view method;
  std::string_view target;
  std::string_view version;
};
std::optional<RequestLine> split_request_line(std::string_view line);

std::optional<Method> known_method(std::string_view token);

// Origin-form only: '/', then RFC 3986 path characters, then a query that may hold what browsers leave unencoded.
bool is_origin_form(std::string_view target);

// "name: value" without optional white space at both ends of the value; nothing for an empty name, a space before the
// colon, an obs-fold, or a value with control characters or ill-formed UTF-8. `raw_value` is what follows the colon.
struct FieldLine {
  std::string_view name;
  std::string_view value;
  std::string_view raw_value;
};
std::optional<FieldLine> split_field_line(std::string_view line);

// The value of Content-Length as it follows the colon: at most one space, digits, no leading zero, below 2^63.
std::optional<std::uint64_t> content_length(std::string_view raw_value);

// A chunk size: 1 to 8 hexadecimal digits and nothing else.
std::optional<std::uint64_t> chunk_size(std::string_view line);

// host [ ":" port ] with a name, an IPv4 address or an IPv6 address in brackets; not empty.
bool is_host(std::string_view text);

// Whether a comma-separated list such as Connection has this member, compared without case.
bool list_has(std::string_view list, std::string_view member);

}  // namespace http::grammar
