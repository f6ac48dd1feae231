#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/request.h"

namespace api {

// A query parameter such as filter[from]; nothing if it is absent or empty, kMalformed if it is no time.
base::Result<std::optional<base::Time>> time_filter(const http::Request& request, const std::string& name);

}  // namespace api
