#include "oauth/landing.h"

#include "base/random.h"
#include "base/strings.h"

namespace oauth {
namespace {

constexpr std::size_t kNonceLength = 22;

struct Words {
  int status = 200;
  std::string title, text;
};

Words words_of(const Authorization& authorization) {
  if (authorization.state == Authorization::State::kGranted) {
    const std::string who = authorization.account.empty() ? "" : " as " + authorization.account;
    return {200, "You are signed in" + who, "Close this window and go on where you began. " + authorization.message};
  }
  if (authorization.state == Authorization::State::kFailed) {
    return {200, "The sign-in failed", authorization.message + " Close this window and begin anew."};
  }
  return {200, "The sign-in is under way", "Close this window and go on where you began."};
}

Words words_of(Service::Landing landing, const std::optional<Authorization>& authorization) {
  if (authorization) return words_of(*authorization);
  if (landing == Service::Landing::kOtherBrowser) {
    return {403, "This is not the browser that began",
            "Only the person who began this sign-in can finish it, in the browser where he is signed in here. Sign in "
            "to runbridge in this browser, close this window and begin anew."};
  }
  return {410, "This sign-in is over",
          "It was finished before, given up, or took too long. Close this window and "
          "begin anew."};
}

std::string escaped(std::string text) {
  for (const auto& [from, to] :
       {std::pair("&", "&amp;"), {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}}) {
    text = base::replace_all(text, from, to);
  }
  return text;
}

}  // namespace

http::Response landing_page(Service::Landing landing, const std::optional<Authorization>& authorization) {
  const Words words = words_of(landing, authorization);
  const std::string nonce = base::random_base58(kNonceLength);
  http::Response response{.status = words.status};
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-" + nonce +
                                                      "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.body =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
      escaped(words.title) + " – runbridge</title><style nonce=\"" + nonce +
      "\">:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;"
      "margin:15vh auto;padding:0 1rem}</style></head>\n<body><main><h1>" +
      escaped(words.title) + "</h1><p>" + escaped(words.text) + "</p></main></body></html>\n";
  return response;
}

}  // namespace oauth
