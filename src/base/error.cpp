#include "base/error.h"

#include <utility>

namespace base {

const char* code_name(Code code) {
  switch (code) {
    case Code::kMalformed: return "malformed";
    case Code::kUnauthorized: return "unauthorized";
    case Code::kForbidden: return "forbidden";
    case Code::kNotFound: return "not_found";
    case Code::kConflict: return "conflict";
    case Code::kTooLarge: return "too_large";
    case Code::kUnsupported: return "unsupported";
    case Code::kInvalid: return "invalid";
    case Code::kRateLimited: return "rate_limited";
    case Code::kUpstream: return "upstream";
    case Code::kUnavailable: return "unavailable";
    case Code::kInternal: return "internal";
  }
  return "internal";
}

Error malformed(std::string message) { return {Code::kMalformed, std::move(message)}; }
Error unauthorized(std::string message) { return {Code::kUnauthorized, std::move(message)}; }
Error forbidden(std::string message) { return {Code::kForbidden, std::move(message)}; }
Error not_found(std::string message) { return {Code::kNotFound, std::move(message)}; }
Error conflict(std::string message) { return {Code::kConflict, std::move(message)}; }

Error invalid(std::string message, std::string pointer) {
  return {Code::kInvalid, std::move(message), {}, std::move(pointer)};
}

Error upstream(std::string message, std::string detail) {
  return {Code::kUpstream, std::move(message), std::move(detail)};
}

Error unavailable(std::string message, std::string detail) {
  return {Code::kUnavailable, std::move(message), std::move(detail)};
}

Error internal(std::string detail) {
  return {Code::kInternal, "Something went wrong on the server; the log has this request's id.", std::move(detail)};
}

}  // namespace base
