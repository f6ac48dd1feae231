#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "http/wire.h"

namespace http {

// The only place that knows cpp-httplib, whose interface differs between distributions (0.11.4 in Debian 12, 0.18.7 in
// Debian 13). It binds the listening socket and turns a handler's answer into an HTTP response. It never reads from a
// socket: the request it parses is a short head made here from what RequestReader let through, so that nothing a
// client sends reaches its parser.
class HttplibShim {
 public:
  HttplibShim();
  ~HttplibShim();
  HttplibShim(const HttplibShim&) = delete;
  HttplibShim& operator=(const HttplibShim&) = delete;

  // A bound, listening, non-blocking socket. kUnavailable if the address is in use or not ours.
  base::Result<base::FileDescriptor> bind(const std::string& address, int port);

  // Runs `answer` inside cpp-httplib and gives the bytes to send. Called from many threads at once.
  std::string run(Method method, const std::string& target, const std::function<Prepared()>& answer,
                  Prepared& answered);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
