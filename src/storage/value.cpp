#include "storage/value.h"

#include <stdexcept>

#include "base/strings.h"

namespace storage {
namespace {

[[noreturn]] void wrong_kind(std::size_t column, const char* wanted) {
  throw std::logic_error("column " + std::to_string(column) + " of a row is not " + wanted);
}

}  // namespace

bool Row::is_null(std::size_t column) const { return std::holds_alternative<std::nullptr_t>(columns_.at(column)); }

std::string Row::text(std::size_t column) const {
  const auto& value = columns_.at(column);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (std::holds_alternative<std::nullptr_t>(value)) return {};
  wrong_kind(column, "text");
}

std::int64_t Row::integer(std::size_t column) const {
  const auto& value = columns_.at(column);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (std::holds_alternative<std::nullptr_t>(value)) return 0;
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (const auto number = base::to_integer(*text)) return *number;
  }
  wrong_kind(column, "a whole number");
}

std::string Row::blob(std::size_t column) const {
  const auto& value = columns_.at(column);
  if (const auto* blob = std::get_if<Blob>(&value)) return blob->bytes;
  if (std::holds_alternative<std::nullptr_t>(value)) return {};
  wrong_kind(column, "bytes");
}

std::optional<std::string> Row::optional_text(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

std::optional<std::int64_t> Row::optional_integer(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<base::Time> Row::optional_time(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

}  // namespace storage
