#pragma once

#include <cassert>
#include <utility>
#include <variant>

#include "base/error.h"

namespace base {

// A value or an Error. gcc 12 has no std::expected in C++20; the interface is the part of it we use.
// Dereferencing a failed Result is a bug (checked in debug builds).
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  T& value() {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  T value_or(T fallback) && { return has_value() ? std::move(value()) : std::move(fallback); }

  Error& error() & {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const& {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return !failed_; }
  explicit operator bool() const { return has_value(); }
  Error& error() & {
    assert(failed_);
    return error_;
  }
  const Error& error() const& {
    assert(failed_);
    return error_;
  }
  Error&& error() && {
    assert(failed_);
    return std::move(error_);
  }

 private:
  Error error_;
  bool failed_ = false;
};

using Status = Result<void>;

}  // namespace base

// RETURN_IF_ERROR(expression): leaves the function with the error of a failed Result.
#define RETURN_IF_ERROR(...)                                                  \
  do {                                                                        \
    if (auto return_if_error_result = (__VA_ARGS__); !return_if_error_result) \
      return std::move(return_if_error_result).error();                       \
  } while (false)

#define BRIDGE_CONCAT_INNER(a, b) a##b
#define BRIDGE_CONCAT(a, b) BRIDGE_CONCAT_INNER(a, b)
#define BRIDGE_ASSIGN_OR_RETURN(temporary, declaration, ...) \
  auto temporary = (__VA_ARGS__);                            \
  if (!temporary) return std::move(temporary).error();       \
  declaration = *std::move(temporary)

// ASSIGN_OR_RETURN(auto value, expression): the value of a Result, or leaves the function with its error.
#define ASSIGN_OR_RETURN(declaration, ...) \
  BRIDGE_ASSIGN_OR_RETURN(BRIDGE_CONCAT(assign_or_return_, __LINE__), declaration, __VA_ARGS__)
