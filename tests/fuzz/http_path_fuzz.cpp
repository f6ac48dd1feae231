// Paths and queries: no handler ever sees a slash, a NUL, a dot segment or ill-formed text inside a path parameter.
#include <cstdint>
#include <cstdlib>

#include "base/strings.h"
#include "http/router.h"
#include "http/target.h"

namespace {

void check(bool good) {
  if (!good) std::abort();
}

http::Response look(const http::Request& request) {
  for (const auto& [name, value] : request.params) {
    check(!value.empty() && value != "." && value != "..");
    check(value.find_first_of(std::string_view("/\\\0\r\n", 5)) == std::string::npos);
    check(base::is_utf8(value));
  }
  return {};
}

const http::Router& router() {
  static const http::Router kRouter = [] {
    http::Router made;
    made.add({http::Method::kGet, "/:a", look});
    made.add({http::Method::kGet, "/w/:a/x/:b", look});
    made.add({http::Method::kGet, "/api/v2/:a/:b", look});
    return made;
  }();
  return kRouter;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  http::Request request;
  request.target.assign(data, data + size);
  if (http::split_target(request)) {
    for (const auto& [name, value] : request.query) check(base::is_utf8(name) && base::is_utf8(value));
  }
  const int status = router().handle(request).status;
  check(status == 200 || status == 400 || status == 404);
  return 0;
}
