#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace base {

// Fills the span from the operating system's generator (getrandom(2)). Ends the process if the
// system cannot give randomness: there is no safe way on. Thread-safe.
void fill_random(std::span<unsigned char> out);

// `length` characters drawn evenly from `alphabet` (2 to 256 characters).
std::string random_text(std::size_t length, std::string_view alphabet);

// A token body of `length` base58 characters (5.86 bits each).
std::string random_base58(std::size_t length);

}  // namespace base
