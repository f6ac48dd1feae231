#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "http/request.h"

namespace http {

// A path whose file is removed when this goes.
class DoomedFile {
 public:
  DoomedFile() = default;
  explicit DoomedFile(std::string path) : path_(std::move(path)) {}
  DoomedFile(DoomedFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  DoomedFile& operator=(DoomedFile&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  DoomedFile(const DoomedFile&) = delete;
  DoomedFile& operator=(const DoomedFile&) = delete;
  ~DoomedFile();

 private:
  std::string path_;
};

// A response made ready to be sent: every header field it will have, its file opened. Move only.
struct Prepared {
  int status = 200;
  base::Headers headers;  // with Content-Length and Connection
  std::string body;       // empty for HEAD, 204 and 304
  base::FileDescriptor file;
  std::uint64_t file_size = 0;
  DoomedFile doomed;  // that file, if it is to be removed
  bool close = true;  // close the connection afterwards
};

// The headers that every answer has: the browser is told to guess, keep, frame and reveal nothing. A handler that set
// one of them itself (a page its own Content-Security-Policy, say) keeps its own. Never names the server.
void add_fixed_headers(base::Headers& headers, std::string_view request_id);

// Completes a handler's response. A header field that could be read as two is made harmless; a file that cannot be
// opened becomes a 500.
Prepared prepare(Response response, Method method, std::string_view request_id, bool close);

// Status line, fields and body as they go on the wire (the file is sent after them).
std::string serialize(const Prepared& prepared);

}  // namespace http
