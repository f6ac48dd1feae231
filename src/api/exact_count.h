#pragma once

#include "base/result.h"
#include "http/request.h"

namespace api {

// Whether a list is to be counted to its end: the query parameter count=exact (base/counting.h). kMalformed if it is
// anything else.
base::Result<bool> exact_count(const http::Request& request);

}  // namespace api
