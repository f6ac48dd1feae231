#pragma once

#include <span>
#include <vector>

#include "http/router.h"
#include "page/file.h"

// The web page: static files inside the program. It knows nothing of the server but its public API.
namespace page {

// The document that starts the page, for any of its addresses. Its Content-Security-Policy allows scripts and styles
// of this server only, and style elements with a nonce that is new in every answer. No cache keeps it.
http::Response document(int status = 200);

// A file below assets/: its name holds a hash of its content, so that caches may keep it for ever. Answers 304 to a
// matching If-None-Match, in the smallest form that Accept-Encoding allows, and 404 for what is not there.
http::Response asset(std::span<const File> files, const http::Request& request);

// Every address of the page but the set-up link, which decides its own status, and all assets.
std::vector<http::Route> routes();

}  // namespace page
