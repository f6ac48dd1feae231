#include "api/exact_count.h"

namespace api {

base::Result<bool> exact_count(const http::Request& request) {
  const auto count = request.query_value("count").value_or("");
  if (!count.empty() && count != "exact") return base::malformed("count is exact, or left out");
  return !count.empty();
}

}  // namespace api
