#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vcs {

// Text for a provider's field with a limit in characters (Unicode code points, not bytes): ill-formed UTF-8 repaired,
// control characters turned into spaces, cut with "…" as the last character if it is too long.
std::string fit_characters(std::string_view text, std::size_t characters);

// ASCII only, without case; true for an empty `needle`.
bool contains_ignoring_case(std::string_view text, std::string_view needle);

// What is between the slashes, each part percent-encoded: "My Project/a" -> "My%20Project/a".
std::string encode_path(std::string_view path);

}  // namespace vcs
