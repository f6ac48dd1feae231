#include "api/precondition.h"

#include "base/strings.h"
#include "crypto/hash.h"
#include "jsonapi/json.h"

namespace api {

std::string entity_tag(const jsonapi::Json& settings) {
  return "\"" + base::to_hex(crypto::sha256(jsonapi::dump(settings)).substr(0, 16)) + "\"";
}

base::Status check_if_match(const http::Request& request, const std::string& tag) {
  const std::string expected(request.headers.get_or("If-Match"));
  if (expected.empty()) return {};
  for (const auto& one : base::split(expected, ',')) {
    const auto wanted = base::trim(one);
    if (wanted == "*" || wanted == tag) return {};
  }
  return base::conflict("It was changed by someone else since you read it: read it again. (If-Match is " +
                        base::printable(expected, 100) + ", it is " + tag + " now.)");
}

http::Response with_entity_tag(http::Response response, const std::string& tag) {
  response.headers.set("ETag", tag);
  return response;
}

}  // namespace api
