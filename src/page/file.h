#pragma once

#include <span>
#include <string_view>

namespace page {

// One file of the built web page, in the forms it can be sent in. The bytes are part of the program.
struct File {
  std::string_view name;  // "index.html", "assets/app-1a2b3c.js"
  std::string_view content_type;
  std::string_view etag;  // strong, with its quotes
  std::string_view identity;
  std::string_view gzip;    // empty: not smaller
  std::string_view brotli;  // empty: not smaller
};

// What ui/ was built to; empty if the program was built without its web page.
std::span<const File> files();

}  // namespace page
