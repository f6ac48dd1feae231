#include "http/grammar.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace http::grammar {
namespace {

bool is_digit(char character) { return character >= '0' && character <= '9'; }

bool is_alphanumeric(char character) {
  return is_digit(character) || (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

bool is_token_character(char character) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return is_alphanumeric(character) || kOthers.find(character) != std::string_view::npos;
}

bool is_path_character(char character) {
  static constexpr std::string_view kOthers = "-._~!$&'()*+,;=:@%/";
  return is_alphanumeric(character) || kOthers.find(character) != std::string_view::npos;
}

bool is_query_character(char character) {
  static constexpr std::string_view kOthers = "?[]{}|^`";
  return is_path_character(character) || kOthers.find(character) != std::string_view::npos;
}

bool is_name_character(char character) {
  return is_alphanumeric(character) || character == '-' || character == '.' || character == '_';
}

bool is_address_character(char character) {
  return is_digit(character) || (character >= 'a' && character <= 'f') || (character >= 'A' && character <= 'F') ||
         character == ':' || character == '.';
}

bool is_port(std::string_view text) { return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit); }

std::string_view without_white_space(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_character); }

std::optional<RequestLine> split_request_line(std::string_view line) {
  const auto first = line.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = line.find(' ', first + 1);
  if (second == std::string_view::npos || line.find(' ', second + 1) != std::string_view::npos) return std::nullopt;
  const RequestLine parts{line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)};
  if (!is_token(parts.method) || parts.target.empty()) return std::nullopt;
  return parts;
}

std::optional<Method> known_method(std::string_view token) {
  static constexpr std::array kMethods = {Method::kGet, Method::kHead,  Method::kPost,
                                          Method::kPut, Method::kPatch, Method::kDelete};
  const auto* const found = std::ranges::find_if(kMethods, [&](Method method) { return token == method_name(method); });
  return found == kMethods.end() ? std::nullopt : std::optional(*found);
}

bool is_origin_form(std::string_view target) {
  if (target.empty() || target.front() != '/') return false;
  const auto mark = target.find('?');
  const auto query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  return std::ranges::all_of(target.substr(0, mark), is_path_character) &&
         std::ranges::all_of(query, is_query_character);
}

std::optional<FieldLine> split_field_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
  const auto raw = line.substr(colon + 1);
  const bool printable = std::ranges::all_of(raw, [](char character) {
    const auto byte = static_cast<unsigned char>(character);
    return (byte >= 0x20 || character == '\t') && byte != 0x7f;
  });
  if (!printable || !base::is_utf8(raw)) return std::nullopt;
  return FieldLine{line.substr(0, colon), without_white_space(raw), raw};
}

std::optional<std::uint64_t> content_length(std::string_view raw_value) {
  if (raw_value.starts_with(' ')) raw_value.remove_prefix(1);
  if (raw_value.empty() || !std::ranges::all_of(raw_value, is_digit)) return std::nullopt;
  if (raw_value.size() > 1 && raw_value.front() == '0') return std::nullopt;
  const auto number = base::to_integer(raw_value);
  if (!number) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<std::uint64_t> chunk_size(std::string_view line) {
  if (line.empty() || line.size() > 8) return std::nullopt;
  std::uint64_t size = 0;
  for (const char character : line) {
    const auto digit = std::string_view("0123456789abcdef").find(base::to_lower({&character, 1}));
    if (digit == std::string_view::npos) return std::nullopt;
    size = size * 16 + digit;
  }
  return size;
}

bool is_host(std::string_view text) {
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos || bracket < 3) return false;
    const auto rest = text.substr(bracket + 1);
    return std::ranges::all_of(text.substr(1, bracket - 1), is_address_character) &&
           (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
  }
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  if (colon != std::string_view::npos && !is_port(text.substr(colon + 1))) return false;
  return !name.empty() && std::ranges::all_of(name, is_name_character);
}

bool list_has(std::string_view list, std::string_view member) {
  return std::ranges::any_of(base::split(list, ','), [&](const std::string& part) {
    return base::equals_ignoring_case(base::trim(part), member);
  });
}

}  // namespace http::grammar
