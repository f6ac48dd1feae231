#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/value.h"

namespace storage {

// PostgreSQL holds neither NUL nor ill-formed UTF-8 in text, so SQLite does not get them either: kInvalid.
base::Status check_parameters(std::span<const Value> parameters);

// The messages that both backends give for one kind of failure. `detail` is the library's text, for the log.
base::Error unique_violation(std::string_view detail);
base::Error foreign_key_violation(std::string_view detail);
base::Error constraint_violation(std::string_view detail);
base::Error database_unavailable(std::string_view detail);

// Marks the calling thread as being inside a function of `database` for as long as it lives: write() or read() of
// the same database from there would wait for itself.
class InsideFunction {
 public:
  explicit InsideFunction(const void* database);
  InsideFunction(const InsideFunction&) = delete;
  InsideFunction& operator=(const InsideFunction&) = delete;
  ~InsideFunction();

  // kInternal if the calling thread is inside a function of `database`.
  static base::Status check(const void* database);

 private:
  const void* outer_;
};

}  // namespace storage
