#include <algorithm>
#include <array>

#include "logging/log.h"

namespace logging {
namespace {

// Ours first, then those of the services people paste into the wrong field.
constexpr std::array<std::string_view, 12> kPrefixes = {"rbu_", "rbt_", "rbo_", "rbs_",        "ghp_",   "gho_",
                                                        "ghs_", "ghu_", "ghr_", "github_pat_", "glpat-", "ATATT"};
constexpr std::size_t kShortest = 12;  // a token's body; shorter words are words

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '=';
}

// Length of the token body after `start`, 0 if it is too short to be one.
std::size_t token_length(std::string_view text, std::size_t start) {
  std::size_t end = start;
  while (end < text.size() && is_token_character(text[end])) ++end;
  return end - start >= kShortest ? end - start : 0;
}

std::string mask_tokens(std::string_view text) {
  std::string out;
  std::size_t i = 0;
  while (i < text.size()) {
    const auto rest = text.substr(i);
    const auto* prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(),
                                      [&](std::string_view candidate) { return rest.starts_with(candidate); });
    const std::size_t length = prefix == kPrefixes.end() ? 0 : token_length(text, i + prefix->size());
    if (length == 0) {
      out += text[i++];
      continue;
    }
    out += *prefix;
    out += "***";
    i += prefix->size() + length;
  }
  return out;
}

// "scheme://user:password@host" → "scheme://***@host".
std::string mask_userinfo(std::string text) {
  std::size_t from = 0;
  while ((from = text.find("://", from)) != std::string::npos) {
    from += 3;
    const std::size_t end = text.find_first_of("/?# \t\n\"'", from);
    const std::size_t at = text.rfind('@', end == std::string::npos ? end : end - (end > 0 ? 1 : 0));
    if (at == std::string::npos || at < from) continue;
    text.replace(from, at - from, "***");
  }
  return text;
}

}  // namespace

std::string masked(std::string_view text) {
  const bool may_have_token = std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view prefix) {
    return text.find(prefix) != std::string_view::npos;
  });
  return mask_userinfo(may_have_token ? mask_tokens(text) : std::string(text));
}

}  // namespace logging
