// The server without anything behind it: POST /hook is answered 202 at once. What hook_load measures against it is the
// most the receiver could ever reach. Prints its port; ends when its standard input does.
#include <cstdlib>
#include <iostream>

#include "base/strings.h"
#include "http/server.h"

int main(int argc, char** argv) {
  http::Router router;
  router.add({http::Method::kPost, "/hook", [](const http::Request&) { return http::Response{.status = 202}; },
              http::Lane::kWebhook, std::size_t{25} << 20U});
  http::ServerOptions options;
  if (argc > 1) options.port = static_cast<int>(base::to_integer(argv[1]).value_or(0));
  const auto server = http::Server::start(router, options);
  if (!server) {
    std::cerr << "http_noop: " << server.error().message << "\n";
    return EXIT_FAILURE;
  }
  std::cout << (*server)->port() << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  (*server)->stop(std::chrono::seconds(1));
  return EXIT_SUCCESS;
}
