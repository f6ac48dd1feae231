#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

std::string_view trim(std::string_view text);  // spaces, tabs, CR, LF
std::string to_lower(std::string_view text);   // ASCII only
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::vector<std::string> split(std::string_view text, char separator);  // "a,,b" -> a, "", b; "" -> ""
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

// Whole text as a decimal number, no sign but '-', no spaces; nothing on any other input or overflow.
std::optional<std::int64_t> to_integer(std::string_view text);

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);                     // RFC 4648 section 4, padded
std::optional<std::string> from_base64(std::string_view text);     // strict: padding required, no white space
std::string to_base64url(std::string_view bytes);                  // RFC 4648 section 5, no padding
std::optional<std::string> from_base64url(std::string_view text);  // strict: neither padding nor section 4's + and /

// Percent-encodes all but RFC 3986 unreserved characters; nothing else is safe in every position.
std::string url_encode(std::string_view text);
// Decodes %XX; nothing on a bad escape. '+' stays '+'.
std::optional<std::string> url_decode(std::string_view text);

// True for well-formed UTF-8 (no surrogates, no over-long forms).
bool is_utf8(std::string_view text);
// A copy in which each ill-formed byte is replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);
// At most `bytes` bytes, cut at a character border, with "…" at the end if anything was cut.
std::string shorten(std::string_view text, std::size_t bytes);
// Printable form for messages and logs: control characters become \xNN, cut to `bytes`.
std::string printable(std::string_view text, std::size_t bytes = 100);

// The candidate nearest to `text` by edit distance, if near enough to be a typing mistake.
std::optional<std::string> nearest(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace base
