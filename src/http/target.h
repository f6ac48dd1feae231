#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/request.h"

namespace http {

// Fills `path` and `query` from `target`. Query names and values are decoded once, '+' is a space. kMalformed for bad
// escapes, NUL and ill-formed UTF-8 in the query; the path is left raw for the router.
base::Status split_target(Request& request);

// The decoded segments of a raw path: "/a/b%20c" -> "a", "b c". kMalformed for what could mean another path to someone
// else: NUL and control characters, encoded slash and backslash, dot segments (also before ';'), doubly encoded
// octets, bad escapes, ill-formed UTF-8.
base::Result<std::vector<std::string>> decode_path(std::string_view raw_path);

}  // namespace http
