#pragma once

#include <string_view>

namespace base {

// Of ASCII only, whatever the locale.
constexpr bool is_letter_or_digit(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
}

// Whether a text has nothing but letters, digits and what `others` lists.
constexpr bool is_made_of(std::string_view text, std::string_view others) {
  for (const char letter : text) {
    if (!is_letter_or_digit(letter) && others.find(letter) == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace base
