#include "storage/parameters.h"

#include <utility>

#include "base/strings.h"

namespace storage {
namespace {

thread_local const void* inside_of = nullptr;

}  // namespace

base::Status check_parameters(std::span<const Value> parameters) {
  for (const auto& parameter : parameters) {
    const auto* text = std::get_if<std::string>(&parameter.get());
    if (text == nullptr) continue;
    if (text->find('\0') != std::string::npos) return base::invalid("text must not contain the NUL character");
    if (!base::is_utf8(*text)) return base::invalid("text must be well-formed UTF-8");
  }
  return {};
}

base::Error unique_violation(std::string_view detail) {
  return {base::Code::kConflict, "something with the same name or key already exists",
          "unique: " + std::string(detail)};
}

base::Error foreign_key_violation(std::string_view detail) {
  return {base::Code::kConflict, "this refers to something that does not exist, or something still refers to it",
          "foreign_key: " + std::string(detail)};
}

base::Error constraint_violation(std::string_view detail) {
  return {base::Code::kConflict, "the change breaks a rule of the database", "constraint: " + std::string(detail)};
}

base::Error database_unavailable(std::string_view detail) {
  auto error = base::unavailable("the database is not available right now; try again", std::string(detail));
  error.retry_after = std::chrono::seconds(2);
  return error;
}

InsideFunction::InsideFunction(const void* database) : outer_(std::exchange(inside_of, database)) {}
InsideFunction::~InsideFunction() { inside_of = outer_; }

base::Status InsideFunction::check(const void* database) {
  if (inside_of != database) return {};
  return base::internal("read() or write() called from inside a function of the same database");
}

}  // namespace storage
