#include "page/page.h"

#include <algorithm>
#include <string>

#include "base/random.h"
#include "base/strings.h"
#include "page/encoding.h"

namespace page {
namespace {

constexpr std::string_view kDocument = "index.html";
constexpr std::string_view kNoncePlace = "NONCE-OF-THIS-ANSWER";
constexpr std::size_t kNonceLength = 24;

// In a program that was built without npm.
constexpr const char* kWithoutPage = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>runbridge</title></head>
<body>
<main>
<h1>runbridge is running</h1>
<p>This server was built without its web page (npm was missing). Use its HTTP API and its command line.</p>
<ul>
<li>First start: <code>runbridge setup LINK</code></li>
<li>API: <code>/api/v2</code>, with <code>Authorization: Bearer</code> and a token of yours</li>
<li>Health: <a href="/healthz">/healthz</a>, readiness: <a href="/readyz">/readyz</a></li>
</ul>
</main>
</body>
</html>
)";

const File* find(std::span<const File> files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &File::name);
  return found == files.end() ? nullptr : &*found;
}

// https://www.w3.org/TR/CSP3/
std::string policy(const std::string& nonce) {
  return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce +
         "'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; object-src 'none'; "
         "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
}

http::Response not_there() {
  http::Response response{.status = 404};
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.body = "There is no such file.\n";
  return response;
}

// RFC 9110 section 13.1.2; our tags are strong and hold no comma.
bool matches(std::string_view if_none_match, std::string_view etag) {
  for (const std::string& one : base::split(std::string(if_none_match), ',')) {
    const std::string_view tag = base::trim(one);
    if (tag == "*" || tag == etag || (tag.starts_with("W/") && tag.substr(2) == etag)) return true;
  }
  return false;
}

http::Response document_for(const http::Request&) { return document(); }

}  // namespace

http::Response document(int status) {
  http::Response response{.status = status};
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  const std::string nonce = base::random_base58(kNonceLength);
  response.headers.set("Content-Security-Policy", policy(nonce));
  const File* file = find(files(), kDocument);
  response.body = file == nullptr ? kWithoutPage : base::replace_all(file->identity, kNoncePlace, nonce);
  return response;
}

http::Response asset(std::span<const File> all, const http::Request& request) {
  const File* file = find(all, "assets/" + request.param("asset"));
  if (file == nullptr) return not_there();
  http::Response response;
  response.headers.set("ETag", std::string(file->etag));
  response.headers.set("Vary", "Accept-Encoding");
  response.headers.set("Cache-Control", "public, max-age=31536000, immutable");
  if (matches(request.headers.get_or("If-None-Match"), file->etag)) {
    response.status = 304;
    return response;
  }
  response.headers.set("Content-Type", std::string(file->content_type));
  const std::string_view accepted = request.headers.get_or("Accept-Encoding");
  if (!file->brotli.empty() && accepts_encoding(accepted, "br")) {
    response.headers.set("Content-Encoding", "br");
    response.body = file->brotli;
  } else if (!file->gzip.empty() && accepts_encoding(accepted, "gzip")) {
    response.headers.set("Content-Encoding", "gzip");
    response.body = file->gzip;
  } else {
    response.body = file->identity;
  }
  return response;
}

std::vector<http::Route> routes() {
  std::vector<http::Route> all;
  for (const char* pattern :
       {"/", "/sign-in", "/invitation", "/account", "/app/:organization", "/app/:organization/:section",
        "/app/:organization/:section/:name", "/app/:organization/:section/:name/:part",
        "/app/:organization/:section/:name/:part/:detail"}) {
    all.push_back({http::Method::kGet, pattern, document_for});
  }
  all.push_back(
      {http::Method::kGet, "/assets/:asset", [](const http::Request& request) { return asset(files(), request); }});
  return all;
}

}  // namespace page
