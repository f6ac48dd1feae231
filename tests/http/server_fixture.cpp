#include "tests/http/server_fixture.h"

#include <stdexcept>

namespace http::test {

void ServerTest::add_routes() {
  const auto note = [this](const Request& request) {
    seen_.with([&](auto& seen) {
      seen.push_back(std::string(method_name(request.method)) + " " + request.target + " " +
                     request.body.substr(0, 100));
    });
    peer_.with([&](auto& peer) { peer = request.peer; });
    headers_.with([&](auto& headers) { headers = request.headers; });
  };
  const auto count_bytes = [note](const Request& request) {
    note(request);
    return Response{.status = 202, .body = std::to_string(request.body.size())};
  };
  router_.add({Method::kGet, "/healthz", [](const Request&) { return Response{.body = "ok"}; }, Lane::kHealth});
  router_.add({Method::kGet, "/echo", [note](const Request& request) {
                 note(request);
                 const std::string value(request.headers.get_or("X-Echo"));
                 return Response{
                     .headers = {{"X-Echoed", value}, {"Location", request.query_value("to").value_or("/")}},
                     .body = value};
               }});
  router_.add({Method::kPost, "/hook", count_bytes, Lane::kWebhook, std::size_t{25} << 20U});
  router_.add({Method::kPost, "/api", count_bytes, Lane::kApi, std::size_t{1} << 20U});
  router_.add({Method::kGet, "/things/:id", [note](const Request& request) {
                 note(request);
                 return Response{.body = request.param("id")};
               }});
  router_.add({Method::kGet, "/throw", [](const Request&) -> Response { throw std::runtime_error("secret text"); }});
  router_.add({Method::kGet, "/throw/int", [](const Request&) -> Response { throw 42; }});
  router_.add({Method::kGet, "/throw/memory", [](const Request&) -> Response { throw std::bad_alloc(); }});
  router_.add({Method::kGet, "/large", [](const Request&) { return Response{.body = std::string(10U << 20U, 'x')}; }});
  router_.add({Method::kGet, "/file", [this](const Request&) { return Response{.file = file_path_}; }});
  router_.add({Method::kGet, "/file/once",
               [this](const Request&) { return Response{.file = file_path_, .remove_file = true}; }});
  router_.add({Method::kDelete, "/things/:id", [](const Request&) { return Response{.status = 204, .body = "none"}; }});
  const auto block = [this, note](const Request& request) {
    note(request);
    ++blocked_;
    opened_.wait();
    return Response{.body = "released"};
  };
  router_.add({Method::kGet, "/block", block});
  router_.add({Method::kPost, "/block", block, Lane::kWebhook});
}

std::chrono::milliseconds ServerTest::health_time(const std::string& from) const {
  const auto began = Clock::now();
  RawClient client(port_, from);
  client.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  if (status_of(client.read_all()) != 200) return kPatience;
  return std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - began);
}

}  // namespace http::test
