#include "api/time_filter.h"

namespace api {

base::Result<std::optional<base::Time>> time_filter(const http::Request& request, const std::string& name) {
  const auto text = request.query_value(name);
  if (!text || text->empty()) return std::optional<base::Time>();
  const auto time = base::parse_time(*text);
  if (!time) return base::malformed(name + " is not a time such as 2026-01-02T03:04:05Z");
  return time;
}

}  // namespace api
