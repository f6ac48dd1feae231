#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"

namespace jsonapi {

using Json = nlohmann::json;

struct Limits {
  std::size_t bytes = std::size_t{1} << 20U;
  std::size_t depth = 64;
  bool refuse_duplicates = true;
};

// Parses untrusted text: size and depth are checked before a tree is built (a deep tree crashes the library when it
// is copied), duplicate members (also by escapes), bad UTF-8 and trailing text are refused. kMalformed or kTooLarge.
base::Result<Json> parse(std::string_view text, const Limits& limits = {});

// One line; ill-formed UTF-8 becomes U+FFFD. Never throws on content.
std::string dump(const Json& json);
std::string dump_pretty(const Json& json);

// Typed look-ups that never throw and never convert: the empty value (or `fallback`) when the member is absent, null
// or of another kind. For payloads of providers, where a missing member is normal. `path` is dot-separated,
// with numbers for the items of arrays: get_text(body, "resource.reviewers.0.id").
const Json* find(const Json& json, std::string_view path);  // null pointer if not there
std::string get_text(const Json& json, std::string_view path, std::string_view fallback = {});
std::int64_t get_integer(const Json& json, std::string_view path, std::int64_t fallback = 0);
bool get_boolean(const Json& json, std::string_view path, bool fallback = false);
const Json& get_array(const Json& json, std::string_view path);  // an empty array if not there

}  // namespace jsonapi
