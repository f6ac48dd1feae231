#pragma once

#include <memory>
#include <optional>

#include "http/listener.h"
#include "http/server.h"

namespace http {

// What tests of the server replace.
struct ServerSeams {
  Accept accept;                     // empty: accept4(2)
  std::optional<BoundSocket> bound;  // empty: the server binds
};

base::Result<std::unique_ptr<Server>> start_server(const Router& router, ServerOptions options, ServerSeams seams);

}  // namespace http
