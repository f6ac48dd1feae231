#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace base {

// What kind of failure this is. One table (http/status.h) maps each to an HTTP status.
enum class Code {
  kMalformed,     // 400: cannot be read at all
  kUnauthorized,  // 401: who is asking is not proven
  kForbidden,     // 403: proven, but not allowed (rare: see kNotFound)
  kNotFound,      // 404: not there, or not yours
  kConflict,      // 409: the state of the thing does not allow it
  kTooLarge,      // 413
  kUnsupported,   // 415
  kInvalid,       // 422: well-formed, but the value is not acceptable
  kRateLimited,   // 429
  kUpstream,      // 502: an outside service refused or misbehaved
  kUnavailable,   // 503: try again later
  kInternal,      // 500: always a bug or a broken machine
};

// Short machine-readable name of a code ("not_found"), used as JSON:API `code` and in logs.
const char* code_name(Code code);

// An expected failure, passed as a value (see Result). `message` is for the person who asked and says
// what was wrong, where, and what to do; `detail` is for the log only and never leaves the server.
// Neither may hold a secret.
struct Error {
  Code code = Code::kInternal;
  std::string message;
  std::string detail = {};
  // RFC 6901 pointer into the request document ("/data/attributes/name"), empty if it does not apply.
  std::string pointer = {};
  // When to try again, if the failing side said so.
  std::optional<std::chrono::milliseconds> retry_after = {};
};

Error malformed(std::string message);
Error unauthorized(std::string message);
Error forbidden(std::string message);
Error not_found(std::string message);
Error conflict(std::string message);
// `pointer` names the member of the request at fault; may be empty.
Error invalid(std::string message, std::string pointer = {});
Error upstream(std::string message, std::string detail = {});
Error unavailable(std::string message, std::string detail = {});
Error internal(std::string detail);  // message is a fixed sentence

}  // namespace base
