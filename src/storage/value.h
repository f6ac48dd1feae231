#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/id.h"

namespace storage {

// Bytes that are not text; stored as BLOB (SQLite) or BYTEA (PostgreSQL).
struct Blob {
  std::string bytes;
};

// One parameter of a statement. Converts from what features hold: text, numbers, bool (0/1), times
// (milliseconds since 1970), typed ids, optionals (empty = NULL).
class Value {
 public:
  using Variant = std::variant<std::nullptr_t, std::int64_t, std::string, Blob>;

  Value(std::nullptr_t) : value_(nullptr) {}
  Value(bool value) : value_(std::int64_t{value ? 1 : 0}) {}
  Value(int value) : value_(std::int64_t{value}) {}
  Value(std::int64_t value) : value_(value) {}
  Value(std::string value) : value_(std::move(value)) {}
  Value(std::string_view value) : value_(std::string(value)) {}
  Value(const char* value) : value_(std::string(value)) {}
  Value(Blob value) : value_(std::move(value)) {}
  Value(base::Time value) : value_(base::to_millis(value)) {}
  template <class Tag>
  Value(const base::Id<Tag>& id) : value_(id.str()) {}
  template <class T>
  Value(const std::optional<T>& value) : value_(value ? Value(*value).value_ : Variant(nullptr)) {}

  const Variant& get() const { return value_; }

 private:
  Variant value_;
};

// One row of an answer; columns count from 0. A getter on NULL gives the empty value of its kind.
// Asking for a kind the column does not have is a bug and throws std::logic_error.
class Row {
 public:
  explicit Row(std::vector<Value::Variant> columns) : columns_(std::move(columns)) {}

  std::size_t size() const { return columns_.size(); }
  bool is_null(std::size_t column) const;
  std::string text(std::size_t column) const;
  std::int64_t integer(std::size_t column) const;  // also reads numbers that PostgreSQL sends as text
  bool boolean(std::size_t column) const { return integer(column) != 0; }
  std::string blob(std::size_t column) const;
  base::Time time(std::size_t column) const { return base::from_millis(integer(column)); }

  std::optional<std::string> optional_text(std::size_t column) const;
  std::optional<std::int64_t> optional_integer(std::size_t column) const;
  std::optional<base::Time> optional_time(std::size_t column) const;
  template <class IdType>
  IdType id(std::size_t column) const {
    return IdType(text(column));
  }

 private:
  std::vector<Value::Variant> columns_;
};

using Rows = std::vector<Row>;

}  // namespace storage
